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

from tests.frameworks.sent import Sent, broken, valid

CBMOCK = (sys.executable, "-m", "cbmock")
BASE = "http://receiver.example"


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
    wrong: dict[str, Verdict]
    """The verdicts on requests with one thing wrong each."""

    @property
    def counted(self) -> str:
        """Return how many requests are valid, as text."""
        valid = sum(verdict.valid for verdict in self.verdicts.values())
        return f"{valid} of {len(self.verdicts)} valid"

    @property
    def taken(self) -> list[str]:
        """Return what was wrong with requests that are valid all the same."""
        return [what for what, verdict in self.wrong.items() if verdict.valid]

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
        return Judged((), (unread,), nothing, {})
    findings = _said("lint", *options, "--fail-on", "never")["findings"]
    urls = {each["name"]: each["url"] or "" for each in reversed(listed)}
    verdicts, wrong = _verdicts(options, urls, valid(bodies))
    return Judged(
        operations=tuple(each["name"] for each in listed if each["url"]),
        findings=tuple(each for each in findings if each["severity"] != "info"),
        verdicts=verdicts,
        wrong=wrong,
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
    options: list[str], urls: dict[str, str], requests: dict[str, Sent]
) -> tuple[dict[str, Verdict], dict[str, Verdict]]:
    """Serve a document in a process, send it each request, and the valid ones broken."""
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
        verdicts = {name: _verdict(urls, base, each) for name, each in requests.items()}
        right = {name: requests[name] for name in requests if verdicts[name].valid}
        wrong = broken(right).items()
        return verdicts, {what: _verdict(urls, base, each) for what, each in wrong}
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def _verdict(urls: dict[str, str], base: str, sent: Sent) -> Verdict:
    """Send one request, and return the verdict that the mock kept of it."""
    if not urls.get(sent.operation):
        return Verdict(valid=False, said=(f"not there: {sent.operation}",))
    url = base + urls[sent.operation].removeprefix(BASE) + sent.rest
    request = urllib.request.Request(url, sent.data, sent.headers, method="POST")
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    with urllib.request.urlopen(f"{base}/_cbmock/api/calls", timeout=10) as answer:
        call = json.load(answer)["calls"][-1]
    violations = [each for each in call["violations"] if each["severity"] != "info"]
    said = [f"{each['code']}: {each['detail']}" for each in violations]
    matched = (call["operation"] or {}).get("name")
    if matched not in {sent.operation, None}:
        said.append(f"another operation: {matched} instead of {sent.operation}")
    return Verdict(call["valid"] and matched == sent.operation, tuple(said))
