"""Byte strings stored one after the other in few large blocks of memory.

It decides where bytes are stored and when memory is allocated and released. It must not
know what they mean. A million Python objects would take more memory than their contents.
"""

from __future__ import annotations

import mmap

_SMALLEST = 64 * 2**10
_LARGEST = 4 * 2**20

_STEP = 64 * 2**10
"""How much memory is populated at a time. The system allocates fresh memory page by page on
first access, which takes as long as checking a body; in steps of this size it takes half of
that, without a long pause."""

_POPULATE_WRITE = 23
"""MADV_POPULATE_WRITE (Linux 5.14), which `mmap` does not name."""


class _Block:
    """One block of memory; `kept` counts the entries in it that are still needed.

    Up to `ready` its pages are populated.
    """

    __slots__ = ("kept", "memory", "ready", "size", "start", "used")

    def __init__(self, start: int, memory: mmap.mmap, ready: int = 0) -> None:
        self.start = start
        self.size = len(memory)
        self.memory = memory
        self.ready = ready
        self.used = 0
        self.kept = 0

    def prepare(self, end: int) -> None:
        """Populate the pages before `end`."""
        ready, self.ready = self.ready, min(-(-end // _STEP) * _STEP, self.size)
        try:
            self.memory.madvise(_POPULATE_WRITE, ready, self.ready - ready)
        except (AttributeError, OSError):  # then pages are populated on first access
            self.ready = self.size


class Blocks:
    """Byte strings that are appended, read by address, and deleted."""

    def __init__(self) -> None:
        """Start with one small block."""
        self._last = _Block(0, _fresh(_SMALLEST))
        self._blocks = [self._last]
        self._spare: _Block | None = None

    @property
    def size(self) -> int:
        """How many bytes of memory are allocated."""
        spare = 0 if self._spare is None else self._spare.size
        return spare + sum(each.size for each in self._blocks)

    def append(self, *parts: bytes) -> int:
        """Store bytes, at least one, at the end; return their address."""
        size = 0
        for part in parts:
            size += len(part)
        block = self._last
        if block.used + size > block.size:
            block = self._grown(size)
        at = block.used
        address, block.used = block.start + at, at + size
        if block.used > block.ready:
            block.prepare(block.used)
        for part in parts:
            end = at + len(part)
            block.memory[at:end] = part
            at = end
        block.kept += 1
        return address

    def view(self, address: int) -> memoryview:
        """Return the bytes from an address to the end of its block.

        Release the view before the next `append` or `forget`.
        """
        block = self._at(address)
        return memoryview(block.memory)[address - block.start :]

    def forget(self, address: int) -> tuple[mmap.mmap, int]:
        """Delete the entry at an address; release its block once that is empty.

        One released block is kept for reuse, so that a journal at its limit allocates
        nothing. Returns the memory and the offset of the entry in it.
        """
        block = self._at(address)
        block.kept -= 1
        if not block.kept and block is not self._last:
            self._let_go(block)
        return block.memory, address - block.start

    def _at(self, address: int) -> _Block:
        # Calls are deleted from the front, where the oldest block is.
        for block in self._blocks:
            if block.start <= address < block.start + block.size:
                return block
        raise LookupError(address)

    def _grown(self, least: int) -> _Block:
        """Start a block twice as large as the last, so that few calls take little memory."""
        before = self._last
        size = max(least, min(2 * before.size, _LARGEST))
        start = before.start + before.size
        if not before.kept:
            self._let_go(before)
        spare = self._spare
        if spare is not None and spare.size == size:
            self._spare = None
            self._last = _Block(start, spare.memory, spare.ready)
        else:
            self._last = _Block(start, _fresh(size))
        self._blocks.append(self._last)
        return self._last

    def _let_go(self, block: _Block) -> None:
        self._blocks.remove(block)
        if block.size == _LARGEST:
            self._spare = block


def _fresh(size: int) -> mmap.mmap:
    """Allocate private memory, so that a forked process cannot write into it."""
    if not hasattr(mmap, "MAP_PRIVATE"):  # systems without it cannot fork
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
