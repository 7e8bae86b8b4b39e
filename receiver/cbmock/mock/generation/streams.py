"""Streams: values to choose from, the plainest first.

Whoever finds a value unfit takes the next; a stream that ends at once says that there is
no value. It must not know schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from cbmock.mock.generation.merged_schema import same

T = TypeVar("T")


def in_turn(streams: Iterator[Iterator[T]]) -> Iterator[T]:
    """Take from every stream in turn, beginning a new one with each round."""
    begun: list[Iterator[T]] = []
    more = True
    while begun or more:
        fresh = next(streams, None)
        more = fresh is not None
        if fresh is not None:
            begun.insert(0, fresh)
        for stream in tuple(begun):
            try:
                value = next(stream)
            except StopIteration:
                begun.remove(stream)
                continue
            yield value


def varied(whole: Any, key: Any, values: Iterator[Any]) -> Iterator[Any]:
    """Put one value after another at one place of an array or object."""
    for value in values:
        other = whole.copy()
        other[key] = value
        yield other


def distinct(stream: Iterator[Any], others: list[Any]) -> Iterator[Any]:
    """Leave out the values that are among the others."""
    for value in stream:
        if not any(same(value, other) for other in others):
            yield value
