"""An answer: a fired request, and the response of the receiver."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.call import reference
from cbmock.violations import Violation, errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A request as it was sent to `url`, the response, and its violations.

    `tail` is the rest of the URL after the one that the receiver registered. `response`
    is None if there was none; `duration` is in seconds. `redaction` hides the credentials
    in everything that is printed.
    """

    operation: Operation
    url: str
    request: Request
    response: Response | None
    duration: float
    violations: tuple[Violation, ...]
    tail: str = ""
    redaction: Redaction = field(default_factory=Redaction, repr=False)

    @property
    def valid(self) -> bool:
        """Return whether it has no violations."""
        return not errors(self.violations)

    @property
    def status(self) -> int | None:
        """The status; None if there was no response."""
        return None if self.response is None else self.response.status

    @property
    def headers(self) -> Headers:
        """The header fields of the response."""
        return Headers() if self.response is None else self.response.headers

    @property
    def body(self) -> bytes:
        """The octets of the response."""
        return b"" if self.response is None else self.response.body

    @property
    def text(self) -> str:
        """The body as UTF-8."""
        return self.body.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """The JSON value of the body; raises `ValueError` if it is not JSON."""
        return json.loads(self.body)

    @property
    def curl(self) -> str:
        """The request as a curl command, as it was sent."""
        return curl(self.request, self.url)

    @property
    def shown_curl(self) -> str:
        """The request as a curl command, with its credentials hidden."""
        return curl(self.redaction.request(self.request), self.shown_url)

    @property
    def shown_url(self) -> str:
        """The URL, with its credentials hidden."""
        return self.redaction.target(self.url)

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock fire --format json` prints."""
        response = None
        if self.response is not None:
            response = {
                "status": self.response.status,
                "headers": [
                    list(pair) for pair in self.redaction.fields(self.response.headers)
                ],
                "body": self.text,
            }
        return {
            "operation": reference(self.operation),
            "request": request_record(
                self.redaction.request(self.request), self.shown_url
            ),
            "response": response,
            "violations": [each.record() for each in self.violations],
            "duration_ms": round(self.duration * 1000, 3),
        }


def request_record(request: Request, url: str) -> dict[str, Any]:
    """Return the record of a request, as in calls, with the whole URL."""
    text: str | None
    try:
        text, octets = request.body.decode(), None
    except UnicodeDecodeError:
        text, octets = None, base64.b64encode(request.body).decode()
    return {
        "method": request.method,
        "url": url,
        "target": request.target,
        "headers": [list(pair) for pair in request.headers],
        "body": text,
        "body_base64": octets,
    }


def curl(request: Request, url: str) -> str:
    """Write a request as a curl command."""
    words = ["curl", "-X", request.method]
    for name, value in request.headers:
        words += ["-H", f"{name}: {value}"]
    if request.body:
        body = request.body.decode("utf-8", "surrogateescape")
        words += ["--data-raw", body]  # --data would read a file for a leading @
    return " ".join(_quoted(each) for each in [*words, url])


def _quoted(word: str) -> str:
    """Quote a word for a POSIX shell; bytes that are not printable text are escaped."""
    if all(each.isalnum() or each in "-_./:=@,+%" for each in word) and word:
        return word
    if not word.isprintable():
        octets = word.encode("utf-8", "surrogateescape")
        escaped = "".join(
            chr(each)
            if ord(" ") <= each <= ord("~") and chr(each) not in "'\\"
            else f"\\x{each:02x}"
            for each in octets
        )
        return f"$'{escaped}'"
    return "'" + word.replace("'", "'\\''") + "'"
