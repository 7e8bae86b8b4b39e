"""Summaries: a call in one row, and the search for calls.

It decides what a row contains, and how calls are searched by text and by pointer. It
must not know who shows them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cbmock.description import json_pointer
from cbmock.description.json_pointer import Tokens
from cbmock.http import json_text
from cbmock.lint.findings import SEVERITIES
from cbmock.mock.call import Call
from cbmock.mock.timestamps import timestamp

ABSENT = object()
"""No value, as opposed to null."""


def summary(call: Call) -> dict[str, Any]:
    """Return the part of a call's record that a list shows, without bodies, as JSON."""
    request, delivery = call.shown, call.delivery
    found = {each.severity for each in call.violations}
    return {
        "id": call.id,
        "token": call.token,
        "received_at": timestamp(call.received_at),
        "outcome": call.outcome,
        "operation": None if call.operation is None else call.operation.name,
        "identity": None if call.operation is None else call.operation.identity,
        "valid": call.valid,
        "severity": next((each for each in SEVERITIES if each in found), None),
        "delivery": None if delivery is None else delivery.record(),
        "method": request.method,
        "target": request.target,
        "status": call.response.status,
        "sent": call.sent,
    }


@dataclass(frozen=True)
class CallSearch:
    """The filters of a search that a journal has no index for.

    `text` occurs in the request as shown, in any case. The JSON body has the value
    `equals` at `pointer`, or any value there if `equals` is `ABSENT`.
    """

    valid: bool | None = None
    text: str = ""
    pointer: str | None = None
    equals: Any = ABSENT

    @cached_property
    def _tokens(self) -> Tokens | None:
        return (
            None if self.pointer is None else json_pointer.parse_fragment(self.pointer)
        )

    def finds(self, call: Call) -> bool:
        """Return whether a call matches."""
        return (
            self.valid in (None, call.valid)
            and (not self.text or self.text.casefold() in _shown(call))
            and (self._tokens is None or self._holds(call, self._tokens))
        )

    def _holds(self, call: Call, tokens: Tokens) -> bool:
        try:
            value, _ = json_text.read(call.request.body)
            for token in tokens:
                value = json_pointer.step(value, token)
        except (ValueError, LookupError):
            return False
        return self.equals is ABSENT or _same(value, self.equals)


def search(
    *, valid: bool | None, text: str, pointer: str | None, equals: str | None
) -> Callable[[Call], bool]:
    """Read a search from texts; raises `ValueError` for an invalid pointer.

    `equals` is JSON, or else the text itself.
    """
    if pointer is not None:
        pointer = pointer.removeprefix("#")
        json_pointer.parse_fragment(pointer)
    return CallSearch(valid, text, pointer, _value(equals)).finds


def _value(text: str | None) -> Any:
    if text is None:
        return ABSENT
    try:
        return json.loads(text)
    except ValueError:
        return text


def _same(left: Any, right: Any) -> bool:
    """Compare JSON values, in which true is not 1."""
    return left == right and isinstance(left, bool) is isinstance(right, bool)


def _shown(call: Call) -> str:
    request = call.shown
    body = request.body.decode("utf-8", "replace")
    fields = "\n".join(f"{name}: {value}" for name, value in request.headers)
    return f"{request.method} {request.target}\n{fields}\n{body}".casefold()
