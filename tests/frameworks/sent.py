"""The requests that belong to each document: as a program's bodies make them, and broken."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

Body = str | dict[str, str]
"""JSON as text, or the fields of a form."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to an operation; `rest` is what its URL has after the documented one."""

    operation: str
    rest: str
    headers: dict[str, str]
    body: Body

    @property
    def data(self) -> bytes:
        """Return the body as it is on the wire."""
        text = self.body if isinstance(self.body, str) else multipart(self.body)
        return text.encode()


BEARER = {"Authorization": "Bearer 8d1e"}
TOKEN = {"X-Token": "5b1c"}
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "multipart/form-data; boundary=part"}
REQUESTS: dict[str, Callable[[Body], Sent]] = {
    "paid": lambda body: Sent(
        "paid", "/orders/7", {**BEARER, **JSON, "X-Attempt": "1"}, body
    ),
    "refunded": lambda body: Sent(
        "paid", "/orders/7", {**BEARER, **JSON, "X-Attempt": "2"}, body
    ),
    "shipped": lambda body: Sent("shipped", "", {**JSON, **TOKEN}, body),
    "receipt": lambda body: Sent("receipt", "", {**FORM, **TOKEN}, body),
}
"""The request for each name of a body."""


def _without(sent: Sent, header: str) -> Sent:
    kept = {name: value for name, value in sent.headers.items() if name != header}
    return replace(sent, headers=kept)


def _with(sent: Sent, **members: Any) -> Sent:
    assert isinstance(sent.body, str)
    return replace(sent, body=json.dumps({**json.loads(sent.body), **members}))


def _without_member(sent: Sent, name: str) -> Sent:
    body = json.loads(sent.body) if isinstance(sent.body, str) else dict(sent.body)
    del body[name]
    return replace(sent, body=json.dumps(body) if isinstance(sent.body, str) else body)


DEEP = {"inside": {"inside": {"inside": {"count": "none"}}}}
BROKEN: dict[str, tuple[str, Callable[[Sent], Sent]]] = {
    "no bearer token": ("refunded", lambda sent: _without(sent, "Authorization")),
    "no `X-Attempt`": ("refunded", lambda sent: _without(sent, "X-Attempt")),
    "a name in the path": (
        "refunded",
        lambda sent: replace(sent, rest="/orders/seven"),
    ),
    "an unknown kind": ("refunded", lambda sent: _with(sent, kind="lost")),
    "a wrong date": ("paid", lambda sent: _with(sent, due="soon")),
    "a wrong reason": ("refunded", lambda sent: _with(sent, reason=["lost"])),
    "no `X-Token`": ("shipped", lambda sent: _without(sent, "X-Token")),
    "no id": ("shipped", lambda sent: _without_member(sent, "id")),
    "a wrong map": ("shipped", lambda sent: _with(sent, parcels=DEEP)),
    "no file": ("receipt", lambda sent: _without_member(sent, "file")),
}
"""What is wrong with a request, which one it is made of, and how."""


def valid(bodies: dict[str, Body]) -> dict[str, Sent]:
    """Return the request of each body."""
    return {name: REQUESTS[name](body) for name, body in bodies.items()}


def broken(sent: dict[str, Sent]) -> dict[str, Sent]:
    """Return requests with one thing wrong each, as far as there are such that are right."""
    return {
        what: break_(sent[name])
        for what, (name, break_) in BROKEN.items()
        if name in sent
    }


def multipart(form: dict[str, str]) -> str:
    """Return a form; the part `file` is a file."""
    lines = []
    for name, value in form.items():
        file = '; filename="receipt.pdf"' if name == "file" else ""
        lines += [f'--part\r\nContent-Disposition: form-data; name="{name}"{file}\r\n']
        lines += ["Content-Type: application/pdf\r\n"] if file else []
        lines += [f"\r\n{value}\r\n"]
    return "".join([*lines, "--part--\r\n"])
