"""Bodies of attempts, compared with each other.

It decides what may differ between two attempts, and where two bodies differ first. It must
not know what follows from a difference.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any

from cbmock.deliveries.conduct import Conduct
from cbmock.description import json_pointer
from cbmock.mock.call import Call
from cbmock.violations import shown


def compared_body(call: Call, conduct: Conduct) -> Any:
    """Return the bytes of a body, or its JSON without the ignored members."""
    if not conduct.ignore:
        return call.body
    try:
        value = copy.deepcopy(call.json)
    except ValueError:
        return call.body
    for pointer in conduct.ignore:
        _remove(value, json_pointer.parse_fragment(pointer[1:]))
    return value


def _remove(value: Any, tokens: Sequence[str]) -> None:
    """Remove the value at a pointer; `*` stands for every item or member."""
    token, *rest = tokens
    if isinstance(value, list):
        at = range(len(value)) if token == "*" else _index(token, value)  # noqa: S105
        for index in at if rest else ():
            _remove(value[index], rest)
        if not rest:
            for index in reversed(at):
                del value[index]
    elif isinstance(value, dict):
        names = list(value) if token == "*" else [n for n in (token,) if n in value]  # noqa: S105
        for name in names:
            if rest:
                _remove(value[name], rest)
            else:
                del value[name]


def _index(token: str, value: Sequence[Any]) -> range:
    at = int(token) if token.isdecimal() else len(value)
    return range(at, at + 1) if at < len(value) else range(0)


def first_difference(one: Any, other: Any) -> str:
    """Say where two bodies differ first: `: #/n is 2 here, 1 there`; empty if unknown."""
    try:
        one, other = (
            json.loads(b) if isinstance(b, bytes) else b for b in (one, other)
        )
    except (ValueError, RecursionError):
        return ""
    found = next(_differences(one, other, "#"), None)
    if found is None:
        return ": the same JSON, written otherwise"
    pointer, there, here = found
    return f": {pointer} is {_value(here)} here, {_value(there)} there"


_ABSENT = object()
_DEEPEST = 100


def _value(value: Any) -> str:
    return "absent" if value is _ABSENT else shown(value)


def _differences(one: Any, other: Any, at: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the place and both values of each difference."""
    nested = at.count("/") < _DEEPEST
    if isinstance(one, dict) and isinstance(other, dict) and nested:
        for name in {**one, **other}:
            pair = one.get(name, _ABSENT), other.get(name, _ABSENT)
            yield from _differences(*pair, at + json_pointer.fragment((name,))[1:])
    elif isinstance(one, list) and isinstance(other, list) and nested:
        for index in range(max(len(one), len(other))):
            pair = _item(one, index), _item(other, index)
            yield from _differences(*pair, f"{at}/{index}")
    elif type(one) is not type(other) or one != other:
        yield at, one, other


def _item(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else _ABSENT
