"""Blocks: octets one after the other, in few large pieces of memory.

It decides where octets are put and when memory is taken and given back. It must not know
what they mean. A million objects of their own would cost more than what they hold.
"""

from __future__ import annotations

import mmap

_SMALLEST = 64 * 2**10
_LARGEST = 4 * 2**20

_STEP = 64 * 2**10
"""How much memory is asked for at a time. The system hands out fresh memory by the page
when it is touched, which takes as long as checking a body; in steps it takes half of that,
and nobody waits for a large piece."""

_POPULATE_WRITE = 23
"""MADV_POPULATE_WRITE (Linux 5.14), which `mmap` does not name."""


class _Block:
    """One piece of memory; `kept` counts what is still wanted of it.

    Up to `ready` there is memory behind it.
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
        """Have memory put behind the octets before `end`."""
        ready, self.ready = self.ready, min(-(-end // _STEP) * _STEP, self.size)
        try:
            self.memory.madvise(_POPULATE_WRITE, ready, self.ready - ready)
        except (AttributeError, OSError):  # it comes when it is touched, as elsewhere
            self.ready = self.size


class Blocks:
    """Octets that are appended, read by their address, and forgotten."""

    def __init__(self) -> None:
        """Begin with next to no memory."""
        self._last = _Block(0, _fresh(_SMALLEST))
        self._blocks = [self._last]
        self._spare: _Block | None = None

    @property
    def size(self) -> int:
        """How many octets of memory are held."""
        spare = 0 if self._spare is None else self._spare.size
        return spare + sum(each.size for each in self._blocks)

    def append(self, *parts: bytes) -> int:
        """Put octets, at least one, behind those that are there; return their address."""
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
        """Return what stands at an address, and all behind it in the same piece.

        It is to be let go before anything else is forgotten or appended.
        """
        block = self._at(address)
        return memoryview(block.memory)[address - block.start :]

    def forget(self, address: int) -> tuple[mmap.mmap, int]:
        """Give back the memory of a block once all of it is forgotten, but for one.

        Whoever forgets as much as is appended needs no fresh memory. Returns the memory
        and where in it the octets are, for a last look.
        """
        block = self._at(address)
        block.kept -= 1
        if not block.kept and block is not self._last:
            self._let_go(block)
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
    """Return memory of this process alone: a fork of it shall not write into ours."""
    if not hasattr(mmap, "MAP_PRIVATE"):  # no system without it has forks
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
