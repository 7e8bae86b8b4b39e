"""Nested writer: the members of a nested value by name (`deepObject`): `p[a][0]`.

It decides how the levels below the first are named, which no standard does (OAS 3.2.0
§4.8.12.3): the reverse of `contract.parameters.nested_names`. It must not know encoding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


def nested_texts(name: str, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the name and value of each member; an empty array or object has no text."""
    waiting: list[tuple[str, Any]] = [(name, value)]
    while waiting:
        name, here = waiting.pop()
        if isinstance(here, dict | list):
            below = [(f"{name}[{step}]", each) for step, each in _members(here)]
            waiting += reversed(below)
        else:
            yield name, here


def _members(here: dict[str, Any] | list[Any]) -> Iterable[tuple[Any, Any]]:
    return here.items() if isinstance(here, dict) else enumerate(here)
