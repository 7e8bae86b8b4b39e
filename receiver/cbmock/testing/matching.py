"""Matching: the content that a test requires of a call.

It decides whether a call has that content. Mappings name the required members; all
other values must be equal; `Exactly` allows no further members. It must not know
operations, waiting or pytest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from cbmock.errors import ReceiverError
from cbmock.http import media_types
from cbmock.mock.call import Call
from cbmock.reports.differences import Difference

Where = Callable[[Call], object]


@dataclass(frozen=True, slots=True)
class Exactly:
    """A value that equals `value`, without further members: `Exactly({"paid": True})`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Like:
    """A string in which the regular expression `pattern` is found."""

    pattern: str


@dataclass(frozen=True, slots=True)
class IsInstance:
    """Any value of a type: `IsInstance(int)`. A boolean is not a number."""

    type: type


@dataclass(frozen=True, slots=True)
class Matching:
    """The content that a call must have; parts that are None match anything.

    `json` is compared with the JSON body, or the fields of a form. Each item of a list
    must be among the items of the array. `headers` and `query` are compared with the
    values by name; header names are case-insensitive. `where` is a predicate on the
    call.
    """

    json: Any = field(default=None)
    headers: Mapping[str, Any] | None = None
    query: Mapping[str, Any] | None = None
    where: Where | None = None

    def __call__(self, call: Call) -> bool:
        """Return whether a call matches."""
        return not self.missing(call)

    def missing(self, call: Call) -> tuple[Difference, ...]:
        """Return where a call does not match."""
        found: list[Difference] = []
        if self.json is not None:
            try:
                body = call.form if _is_form(call) else call.json
                is_list = isinstance(self.json, list | tuple)
                compare = _items if is_list else differences
                found += compare(self.json, body, "body")
            except ValueError:
                found.append(Difference("body", "JSON", "no JSON"))
        if self.headers is not None:
            sent = {name.lower(): call.headers.get(name) for name in self.headers}
            wanted = {name.lower(): value for name, value in self.headers.items()}
            missing = differences(wanted, _present(sent), "header")
            shown = {name: call.shown.headers.get(name) for name in sent}
            found += [_hidden(each, sent, shown) for each in missing]
        if self.query is not None:
            pairs = _query(call.target)
            missing = differences(self.query, pairs, "query")
            seen = _query(call.shown_target)
            found += [_hidden(each, pairs, seen) for each in missing]
        if self.where is not None and not self.where(call):
            found.append(Difference("`where`", "true", "false"))
        return tuple(found)

    def as_came(self, call: Call) -> dict[str, Any] | None:
        """Return the same members with the received values; None if members are missing."""
        others = (self.headers, self.query, self.where)
        if not isinstance(self.json, Mapping) or any(
            each is not None for each in others
        ):
            return None
        try:
            came = call.form if _is_form(call) else call.json
            return _likewise(self.json, came)
        except (ValueError, TypeError):
            return None


def _likewise(wanted: Mapping[str, Any], came: Any) -> dict[str, Any]:
    return {
        name: _likewise(each, came[name]) if isinstance(each, Mapping) else came[name]
        for name, each in wanted.items()
        if name in came
    }


def _is_form(call: Call) -> bool:
    stated = media_types.parse(call.headers.get("content-type") or "")
    return stated is not None and stated.essence in _FORMS


_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def _query(target: str) -> dict[str, str]:
    return dict(parse_qsl(target.partition("?")[2], keep_blank_values=True))


def _hidden(
    found: Difference, sent: Mapping[str, str | None], shown: Mapping[str, str | None]
) -> Difference:
    """Hide the value of a credential."""
    for name, value in sent.items():
        if value != shown.get(name) and found.came == repr(value):
            return found._replace(came=repr(shown.get(name)))
    return found


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def differences(wanted: Any, came: Any, where: str) -> list[Difference]:
    """Yield where a value does not match."""
    if isinstance(wanted, Mapping):
        if not isinstance(came, Mapping):
            return [Difference(where, "an object", repr(came))]
        found = []
        for name, each in wanted.items():
            below = f"{where} {name}"
            if name not in came:
                found.append(Difference(below, _shown(each), "nothing"))
            else:
                found += differences(each, came[name], below)
        return found
    if _fits(wanted, came):
        return []
    return [Difference(where, _shown(wanted), repr(came))]


def _items(wanted: Sequence[Any], came: Any, where: str) -> list[Difference]:
    """Yield the items that are missing in an array."""
    if not isinstance(came, list | tuple):
        return [Difference(where, "an array", repr(came))]
    return [
        Difference(where, f"an item {_shown(each)}", repr(came))
        for each in wanted
        if all(differences(each, item, where) for item in came)
    ]


def _fits(wanted: Any, came: Any) -> bool:
    if isinstance(wanted, Exactly):
        return bool(wanted.value == came)
    if isinstance(wanted, Like):
        return isinstance(came, str) and re.search(wanted.pattern, came) is not None
    if isinstance(wanted, IsInstance):
        boolean = isinstance(came, bool) and wanted.type is not bool
        return isinstance(came, wanted.type) and not boolean
    # In JSON `true` is not `1`; in Python they are equal.
    if isinstance(came, bool) is not isinstance(wanted, bool) and wanted in (0, 1):
        return False
    return bool(wanted == came)


def _shown(wanted: Any) -> str:
    if isinstance(wanted, Like):
        return f"a string like {wanted.pattern!r}"
    if isinstance(wanted, IsInstance):
        return f"a value of type {wanted.type.__name__}"
    return repr(wanted.value if isinstance(wanted, Exactly) else wanted)


MatchingArgument = Mapping[str, Any] | Sequence[Any] | Where | Matching | None
"""Members that the body must have (nested ones too), items that its array must have, a
predicate on the call, or a `Matching`."""


def read(argument: MatchingArgument) -> Matching:
    """Read the argument of `wait_for(matching=...)`: members of the body, or a predicate."""
    if isinstance(argument, Matching):
        return argument
    if argument is None or callable(argument):
        return Matching(where=argument)
    if isinstance(argument, Mapping | list | tuple):
        return Matching(json=argument)
    message = (
        f"matching={argument!r}: pass members of the body, a list of items, or a function "
        "of the call"
    )
    raise ReceiverError(message)
