"""Streams: values or schemas to choose from, the plainest first.

It decides in which order several are gone through. It must not know what they hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

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


class Remembered(Generic[T]):
    """A stream that can be gone through again; what it gave is kept."""

    def __init__(self, stream: Iterator[T]) -> None:
        """Keep the stream; nothing is taken yet."""
        self._stream = stream
        self._taken: list[T] = []

    def __iter__(self) -> Iterator[T]:
        """Go through all, from the beginning."""
        position = 0
        while True:
            if position == len(self._taken):
                value = next(self._stream, self)
                if isinstance(value, Remembered):
                    return
                self._taken.append(value)
            yield self._taken[position]
            position += 1
