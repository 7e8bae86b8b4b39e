"""The requests that are sent repeatedly, as values."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import Any

from cbmock.signatures.signature import Signature

from benchmarks import bodies, documents

SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@dataclass(frozen=True)
class Delivery:
    """A POST with a body; `valid` says whether the answer must accept or refuse it.

    `{}` in the path or in a header field is replaced by a new number each time, and `{n}`
    in a header field by what is left of it when divided by `cycle`.
    """

    path: str
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: documents.HEADERS)
    valid: bool = True
    cycle: int = 1

    @property
    def first(self) -> str:
        """The path of the first request."""
        return self.path.replace("{}", "0")

    def headers_of(self, number: int) -> dict[str, str]:
        """Return the header fields of a request by its number."""
        numbers = {"{}": str(number), "{n}": str(number % self.cycle)}
        found = self.headers
        for mark, text in numbers.items():
            found = {name: each.replace(mark, text) for name, each in found.items()}
        return found

    @property
    def first_headers(self) -> dict[str, str]:
        """The header fields of the first request."""
        return self.headers_of(0)

    @property
    def request(self) -> bytes:
        """The first request, as it arrives."""
        fields = {
            "Host": "127.0.0.1:40000",
            "Content-Length": str(len(self.body)),
            **self.first_headers,
        }
        lines = [f"{name}: {value}" for name, value in fields.items()]
        head = "\r\n".join((f"POST {self.first} HTTP/1.1", *lines, "", ""))
        return head.encode() + self.body

    @property
    def raw(self) -> int:
        """The number of bytes that arrive: request line, headers and body."""
        return len(self.request)


def small() -> Delivery:
    """Return the invoice callback."""
    headers = {"Content-Type": "application/json"}
    body = bodies.dumped(bodies.invoice())
    return Delivery(documents.INVOICE_PATH, body, headers)


def signed(scheme: str) -> Delivery:
    """Return the invoice callback, signed now with the secret of the benchmarks."""
    sent = small()
    added = Signature(scheme, secret=SECRET).sign(sent.body, timestamp=time.time())
    return replace(sent, headers={**sent.headers, **dict(added)})


def own() -> Delivery:
    """Return invoice callbacks as an API sends them: each to a URL of its own."""
    return replace(small(), path=f"{documents.INVOICE_PATH}-{{}}")


def large() -> Delivery:
    """Return the 10 KB push."""
    return _webhook(documents.PUSH_PATH, bodies.push())


def broken() -> Delivery:
    """Return the push with two violations."""
    return _webhook(documents.PUSH_PATH, bodies.broken_push(), valid=False)


def of_many(count: int) -> Delivery:
    """Return the push, each time the event of another of many operations at one URL."""
    headers = {**documents.HEADERS, "X-GitHub-Event": "event{n}"}
    return Delivery(
        documents.WEBHOOKS_PATH, bodies.dumped(bodies.push()), headers, cycle=count
    )


def commits(size: int) -> Delivery:
    """Return commits of about `size` bytes."""
    return _webhook(documents.COMMITS_PATH, bodies.commits(size))


def event(number: int) -> Delivery:
    """Return a small delivery to one of many webhooks."""
    return _webhook(f"/webhooks/event{number}", bodies.invoice())


def _webhook(path: str, body: Any, *, valid: bool = True) -> Delivery:
    return Delivery(path, bodies.dumped(body), valid=valid)
