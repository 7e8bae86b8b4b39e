"""Streams: values or schemas to choose from, the plainest first.

It decides in which order several are gone through. It must not know what they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, islice
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
    """A stream that can be gone through again, by any thread; what it gave is kept."""

    def __init__(self, begin: Callable[[], Iterator[T]]) -> None:
        """Take what begins the stream; nothing is read yet."""
        self._begin = begin
        self._stream = begin()
        self._taken: list[T] = []

    def __iter__(self) -> Iterator[T]:
        """Go through all, from the beginning."""
        for position in count():
            while position >= len(self._taken):
                try:
                    value = next(self._stream, self)
                except ValueError:  # another thread is reading it
                    yield from islice(self._begin(), position, None)
                    return
                except BaseException:  # an interrupt empties a generator
                    self._stream, self._taken = self._begin(), []
                    raise
                if isinstance(value, Remembered):
                    return
                self._taken.append(value)
            yield self._taken[position]
