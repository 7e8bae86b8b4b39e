"""A violation: what a sender did against the contract, with place, value and rule.

It must not know how violations are found or how they are shown.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from json import JSONEncoder
from typing import Any, Literal

from cbmock.description.source_pointer import SourcePointer

Location = Literal[
    "body",
    "query",
    "path",
    "header",
    "cookie",
    "url",
    "method",
    "media_type",
    "security",
    "signature",
    "delivery",
    "handshake",
]
Severity = Literal["error", "warning", "info"]

MOST_VIOLATIONS = 20
"""How many violations of one value are reported."""

_LONGEST_VALUE = 120
_WRITER = JSONEncoder(ensure_ascii=False, default=str)
"""Unlike `json.dumps`, it is not replaced by tests."""
_DEEPEST_VALUE = 6
_MOST_MEMBERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One violation by the sender.

    `location` and `name` (a header, parameter or property) or `pointer` (a JSON Pointer
    into the body, as URI fragment) say where it is. `code` and `detail` say what is
    wrong. `schema` is the place of the rule in the user's document (`line` is its
    line). `expected` and `received` are the two values, shortened. Only the severity
    `error` makes a call invalid.
    """

    location: Location
    code: str
    detail: str
    name: str | None = None
    pointer: str | None = None
    severity: Severity = "error"
    schema: str | None = None
    expected: Any = None
    received: Any = None

    def record(self) -> dict[str, Any]:
        """Return the record of the control API, the journal and the reports."""
        return {
            "location": self.location,
            "name": self.name,
            "pointer": self.pointer,
            "code": self.code,
            "severity": self.severity,
            "detail": self.detail,
            "schema": None if self.schema is None else str(self.schema),
            "line": self.line,
            "expected": self.expected,
            "received": self.received,
        }

    @property
    def line(self) -> int | None:
        """The line of `schema` in its document, from 1; looked up on access."""
        return self.schema.line if isinstance(self.schema, SourcePointer) else None

    @property
    def rule(self) -> str | None:
        """The rule's place for messages: `openapi.json:41 #/components/schemas/E`."""
        if self.schema is None or self.line is None:
            return self.schema
        name, _, pointer = self.schema.partition("#")
        return f"{name}:{self.line} #{pointer}"

    @property
    def where(self) -> str:
        """The place for messages: `body #/paid`, `header X-Signature`, `query ids #/1`."""
        location = self.location.replace("_", " ")
        named = self.name if self.location != "body" or self.pointer is None else None
        return " ".join(filter(None, (location, named, self.pointer)))


def errors(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    """Return the violations that make a call invalid."""
    return tuple([each for each in violations if each.severity == "error"])


def merged(
    own: tuple[Violation, ...], found: Iterable[Violation]
) -> tuple[Violation, ...]:
    """Add later violations; an error replaces the same one as a warning."""
    more = tuple(found)
    graver = {each.code for each in errors(more)}
    kept = (v for v in own if v.severity == "error" or v.code not in graver)
    return (*kept, *more)


def shown(value: Any) -> str:
    """Format a value for a sentence: `'yes'`, `{"a": 1}`, at most 120 characters."""
    if isinstance(value, str):
        text = repr(value[:_LONGEST_VALUE])
    elif isinstance(value, Decimal):
        text = str(value)
    else:
        beginning, _ = _cut(value, _LONGEST_VALUE + 1)
        text = _WRITER.encode(beginning)
    if len(text) > _LONGEST_VALUE:
        text = text[: _LONGEST_VALUE - 1] + "…"
    return text.encode("utf-8", "backslashreplace").decode()


def _cut(value: Any, room: int) -> tuple[Any, int]:
    """Return the part of a value that fits, and the room that is left.

    Each part counts with its least length, so that nothing is left out too early.
    """
    if isinstance(value, str):
        return value[: max(room, 0)], room - len(value) - len('""')
    if isinstance(value, dict):
        members: dict[Any, Any] = {}
        room -= len("{")
        for name, each in value.items():
            if room <= 0:
                break
            # A shortened name might be the name of another member.
            members[name], room = _cut(each, room - len(str(name)) - len('"": '))
        return members, room - len("}")
    if isinstance(value, list):
        items: list[Any] = []
        room -= len("[")
        for each in value:
            if room <= 0:
                break
            item, room = _cut(each, room)
            items.append(item)
        return items, room - len("]")
    return value, room - 1


def shortened(value: Any, depth: int = 0) -> Any:
    """Cut a value for a record: texts to 120 characters, collections to 20 members."""
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
        return cut.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict | list) and depth >= _DEEPEST_VALUE:
        return "…"
    if isinstance(value, dict):
        members = islice(value.items(), _MOST_MEMBERS)
        return {shortened(k): shortened(v, depth + 1) for k, v in members}
    if isinstance(value, list):
        return [shortened(item, depth + 1) for item in value[:_MOST_MEMBERS]]
    if value is None or isinstance(value, bool | int | float):
        return value if abs(value or 0) < 1 << 63 else shown(value)
    return shown(value)


def internal(error: BaseException) -> Violation:
    """Return the violation of a request that cbmock itself failed to check."""
    if isinstance(error, MemoryError):  # which no report would mend
        detail = "no memory was left to check this request"
    elif isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        detail = "too many files were open to check this request"
    else:
        what = f"{type(error).__name__}: {shown(str(error))}"
        detail = f"cbmock failed to check this request, please report it: {what}"
    return Violation(location="delivery", code="internal", detail=detail)
