"""Mutations: bytes and documents, broken in a few places.

The random generator is an argument, so that the same seed gives the same mutations.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

PIECES: tuple[bytes, ...] = (
    *(
        b"\r\n",
        b"\r\n\r\n",
        b" ",
        b":",
        b";",
        b",",
        b"=",
        b"&",
        b'"',
        b"\\",
        b"--",
        b"{",
    ),
    *(
        b"[",
        b"<",
        b"%",
        b"%00",
        b"../",
        b"/t/x",
        b"\x00",
        b"\xff",
        b"\xed\xa0\x80",
        b"0",
    ),
    *(b"-1", b"1e999", b"9" * 30, b"null", b"\x1b[2J", "\u202e".encode(), b"a" * 300),
)
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        "x",
        "\x1b[2J",
        "#/",
        "\ud800",
        "{$url}",
    ),
    *([], {}, [[]], {"": {}}, {"$ref": "#"}, {"type": "object"}, {"not": {}}),
)
_COUNTS = (0, 1, 1, 2, 5)


def mutated(chance: random.Random, data: bytes) -> bytes:
    """Return bytes that differ in up to five places."""
    found = bytearray(data)
    for _ in range(chance.choice(_COUNTS)):
        at = chance.randrange(len(found) + 1)
        end = at + chance.randrange(9)
        match chance.randrange(4):
            case 0:
                found[at:at] = chance.choice(PIECES)
            case 1:
                del found[at:end]
            case 2:
                found[at:at] = found[at:end] * chance.choice((1, 2, 50))
            case _:
                found[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(found)


def mutated_tree(chance: random.Random, tree: Any, others: Sequence[Any]) -> Any:
    """Return a document in which up to five values are replaced or removed."""
    found = copy.deepcopy(tree)
    for _ in range(chance.choice(_COUNTS)):
        parent, key = chance.choice([*_places(found)] or [(None, None)])
        if parent is None:
            return chance.choice(_VALUES)
        match chance.randrange(4):
            case 0:
                parent[key] = copy.deepcopy(chance.choice(_VALUES))
            case 1:
                del parent[key]
            case 2:
                _, value = _picked(chance, chance.choice(others))
                parent[key] = copy.deepcopy(value)
            case _:
                name, value = _picked(chance, found)
                if isinstance(parent, dict):
                    parent[str(name)] = copy.deepcopy(value)
                else:
                    parent.append(copy.deepcopy(value))
    return found


def _picked(chance: random.Random, tree: Any) -> tuple[Any, Any]:
    parent, key = chance.choice([*_places(tree)] or [([None], 0)])
    return key, parent[key]


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the places of a tree, each as the container and the name or index in it."""
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        named = value.items() if isinstance(value, dict) else None
        listed = enumerate(value) if isinstance(value, list) else ()
        for key, each in listed if named is None else named:
            yield value, key
            waiting.append(each)
