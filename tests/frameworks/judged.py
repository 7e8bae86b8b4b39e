"""What cbmock makes of a document and of the requests that belong to it."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CBMOCK = (sys.executable, "-m", "cbmock")
BASE = "http://receiver.example"
BEARER = {"Authorization": "Bearer 8d1e"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=part"}
SENT = {
    "paid": ("paid", "/orders/7", {**BEARER, **JSON, "X-Attempt": "1"}),
    "refunded": ("paid", "/orders/7", {**BEARER, **JSON, "X-Attempt": "2"}),
    "shipped": ("shipped", "", {**JSON, "X-Token": "5b1c"}),
    "receipt": ("receipt", "", {**FORM, "X-Token": "5b1c"}),
}
"""For each name of a body: its operation, the rest of the URL, and the headers."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request is valid, and its errors and warnings as `code: detail`."""

    valid: bool
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """The operations of a document, its errors and warnings, and verdicts by request."""

    operations: tuple[str, ...]
    findings: tuple[dict[str, Any], ...]
    verdicts: dict[str, Verdict]

    @property
    def counted(self) -> str:
        """Return how many requests are valid, as text."""
        valid = sum(verdict.valid for verdict in self.verdicts.values())
        return f"{valid} of {len(self.verdicts)} valid"

    @property
    def said(self) -> set[str]:
        """Return what is wrong in the document and in the requests, each once."""
        findings = {f"{each['code']}: {each['detail']}" for each in self.findings}
        return findings.union(*(each.said for each in self.verdicts.values()))

    @property
    def codes(self) -> Counter[str]:
        """Return how often each code of an error or a warning was found."""
        return Counter(each["code"] for each in self.findings)


def judge(folder: Path) -> Judged:
    """List, lint and serve the document in a folder, and send it the bodies there."""
    (document,) = folder.glob("openapi.*")
    options = [str(document)]
    if (folder / "cbmock.toml").exists():
        options += ["--config", str(folder / "cbmock.toml")]
    bodies = json.loads((folder / "bodies.json").read_text("utf-8"))
    try:
        listed = _said("list", "--public-url", BASE, *options)["operations"]
    except ValueError as error:
        unread = {"code": "the document is not read", "detail": str(error)}
        nothing = dict.fromkeys(bodies, Verdict(valid=False, said=()))
        return Judged((), (unread,), nothing)
    findings = _said("lint", *options, "--fail-on", "never")["findings"]
    urls = {each["name"]: each["url"] or "" for each in reversed(listed)}
    return Judged(
        operations=tuple(each["name"] for each in listed if each["url"]),
        findings=tuple(each for each in findings if each["severity"] != "info"),
        verdicts=_verdicts(options, urls, bodies),
    )


def _said(command: str, *options: str) -> dict[str, Any]:
    result = subprocess.run(
        [*CBMOCK, command, "--format", "json", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise ValueError(result.stderr.removeprefix("Error: ").strip()[-2_000:])
    return json.loads(result.stdout)


def _verdicts(
    options: list[str], urls: dict[str, str], bodies: dict[str, Any]
) -> dict[str, Verdict]:
    """Serve a document in a process, and send it each body."""
    folder = Path(options[0]).parent
    port_file, log = folder / "port", (folder / "serve.txt").open("w")
    port_file.unlink(missing_ok=True)
    command = [*CBMOCK, "serve", *options, "--port", "0", "--port-file", str(port_file)]
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        while not port_file.exists():
            if server.poll() is not None:
                raise ValueError(f"cbmock serve: {(folder / 'serve.txt').read_text()}")
            time.sleep(0.05)
        base = f"http://127.0.0.1:{port_file.read_text().strip()}"
        return {name: _sent(urls, base, name, body) for name, body in bodies.items()}
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def _sent(urls: dict[str, str], base: str, name: str, body: Any) -> Verdict:
    """Send one body, and return the verdict that the mock kept of it."""
    operation, rest, headers = SENT[name]
    if not urls.get(operation):
        return Verdict(valid=False, said=(f"not there: {operation}",))
    data = (body if isinstance(body, str) else multipart(body)).encode()
    url = base + urls[operation].removeprefix(BASE) + rest
    request = urllib.request.Request(url, data, headers, method="POST")
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    with urllib.request.urlopen(f"{base}/_cbmock/api/calls", timeout=10) as answer:
        call = json.load(answer)["calls"][-1]
    violations = [each for each in call["violations"] if each["severity"] != "info"]
    said = [f"{each['code']}: {each['detail']}" for each in violations]
    matched = (call["operation"] or {}).get("name")
    if matched not in {operation, None}:
        said.append(f"another operation: {matched} instead of {operation}")
    return Verdict(call["valid"] and matched == operation, tuple(said))


def multipart(form: dict[str, str]) -> str:
    """Return a form; the part `file` is a file."""
    lines = []
    for name, value in form.items():
        file = '; filename="receipt.pdf"' if name == "file" else ""
        lines += [f'--part\r\nContent-Disposition: form-data; name="{name}"{file}\r\n']
        lines += ["Content-Type: application/pdf\r\n"] if file else []
        lines += [f"\r\n{value}\r\n"]
    return "".join([*lines, "--part--\r\n"])
