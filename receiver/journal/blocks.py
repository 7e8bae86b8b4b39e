"""Blocks: octets one after the other, in few large pieces of memory.

It decides where octets are put and when memory is given back. It must not know what they
mean. A million objects of their own would cost more than what they hold, and fresh memory
by the page as much as checking a body.
"""

from __future__ import annotations

import mmap
from typing import Any

_SMALLEST = 64 * 2**10
_LARGEST = 4 * 2**20
_HUGE_PAGES = hasattr(mmap, "MADV_HUGEPAGE")


class _Block:
    """One piece of memory; `kept` counts what is still wanted of it."""

    __slots__ = ("kept", "memory", "size", "start", "used")

    def __init__(self, start: int, size: int) -> None:
        self.start = start
        self.size = size
        self.memory = _fresh(size)
        self.used = 0
        self.kept = 0


class Blocks:
    """Octets that are appended, read by their address, and forgotten."""

    def __init__(self) -> None:
        """Begin with next to no memory."""
        self._last = _Block(0, 0)
        self._blocks = [self._last]

    @property
    def size(self) -> int:
        """How many octets of memory are held."""
        return sum(each.size for each in self._blocks)

    def append(self, *parts: bytes) -> int:
        """Put octets, at least one, behind those that are there; return their address."""
        block = self._last
        start = end = block.used
        for part in parts:
            end += len(part)
        if end > block.size:
            block, start = self._grown(end - start), 0
        address = block.start + start
        for part in parts:
            end = start + len(part)
            block.memory[start:end] = part
            start = end
        block.used = end
        block.kept += 1
        return address

    def view(self, address: int) -> memoryview:
        """Return what stands at an address, and all behind it in the same piece."""
        block = self._at(address)
        return memoryview(block.memory)[address - block.start :]

    def forget(self, address: int) -> tuple[Any, int]:
        """Give back the memory of a block once all of it is forgotten.

        Returns the memory and where in it the octets are, for a last look.
        """
        block = self._at(address)
        block.kept -= 1
        if not block.kept and block is not self._last:
            self._blocks.remove(block)
        return block.memory, address - block.start

    def _at(self, address: int) -> _Block:
        # Calls are forgotten from the front, where the oldest block is.
        for block in self._blocks:
            if block.start <= address < block.start + block.size:
                return block
        raise LookupError(address)

    def _grown(self, least: int) -> _Block:
        """Begin a block twice as large: few calls shall not take megabytes."""
        before = self._last
        size = max(least, min(max(2 * before.size, _SMALLEST), _LARGEST))
        if not before.kept:
            self._blocks.remove(before)
        self._last = _Block(before.start + before.size, size)
        self._blocks.append(self._last)
        return self._last


def _fresh(size: int) -> Any:
    """Return memory; large pieces in large pages, which come several times as fast."""
    if size < _LARGEST or not _HUGE_PAGES:
        return bytearray(size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
