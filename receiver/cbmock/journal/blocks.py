"""Byte strings stored one after the other in few blocks of memory, compressed once full.

It decides where bytes are stored, and when they are compressed and released. It must not
know what they mean. A million Python objects would need more memory than their
contents. Calls resemble each other: compressed together they need a tenth of their
bytes.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterator
from typing import NamedTuple

import zstandard

_SIZE = 64 * 2**10
"""How many bytes are compressed together: larger blocks would save little memory, and
take longer to decompress for one call."""

_LEVEL = 1
_WORTH = 0.9
"""A block is stored uncompressed if compression leaves more than this fraction of
it."""


class _Block:
    """One full block: where its entries start, how many are still needed, its content."""

    __slots__ = ("content", "entries", "is_packed", "kept", "size", "start")

    def __init__(
        self,
        start: int,
        entries: array[int],
        kept: int,
        content: memoryview,
        compressor: zstandard.ZstdCompressor,
    ) -> None:
        self.start = start
        self.entries = entries
        self.kept = kept
        self.size = len(content)
        packed = compressor.compress(content)
        self.is_packed = len(packed) < len(content) * _WORTH
        # A copy, because the compressor's result keeps its larger buffer allocated.
        self.content = bytes(memoryview(packed) if self.is_packed else content)


class WholeBlock(NamedTuple):
    """Where a full block begins, how long it is, and how many entries it has."""

    start: int
    size: int
    entries: int


class Blocks:
    """Byte strings that are appended, read by address, and deleted.

    Full blocks are compressed; the last one is open, in a buffer that is used again.
    """

    def __init__(self) -> None:
        """Start with one block."""
        self._full: list[_Block] = []
        self._starts: list[int] = []
        self._buffer = bytearray(_SIZE)
        self._start = self._used = self._kept = 0
        self._entries = array("I")
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._decompressor = zstandard.ZstdDecompressor()
        self._unpacked: tuple[_Block | None, bytes] = None, b""

    @property
    def size(self) -> int:
        """How many bytes of memory are allocated."""
        unpacked = len(self._unpacked[1])
        full = sum(len(each.content) + 4 * len(each.entries) for each in self._full)
        return len(self._buffer) + 4 * len(self._entries) + unpacked + full

    def append(self, head: bytes, body: bytes = b"") -> int:
        """Store the two parts of an entry, at least one byte, at the end; return its address."""
        at = self._used
        middle = at + len(head)
        end = middle + len(body)
        if end > len(self._buffer):
            self._seal(end - at)
            at, middle, end = 0, middle - at, end - at
        self._buffer[at:middle] = head
        self._buffer[middle:end] = body
        # Allocate first: nothing has changed if this raises MemoryError.
        self._entries.append(at)
        self._used = end
        self._kept += 1
        return self._start + at

    def view(self, address: int) -> memoryview:
        """Return the bytes from an address to the end of its block.

        Release the view before the next `append` or `forget`.
        """
        if address >= self._start:
            return memoryview(self._buffer)[address - self._start : self._used]
        block = self._full[self._at(address)]
        return memoryview(self._content(block))[address - block.start :]

    def forget(self, address: int) -> int:
        """Delete the entry at an address, and its block once that is empty.

        Returns the entry's size.
        """
        if address >= self._start:
            self._kept -= 1
            return _size(self._entries, address - self._start, self._used)
        at = self._at(address)
        block = self._full[at]
        block.kept -= 1
        if not block.kept:
            del self._full[at], self._starts[at]
            if self._unpacked[0] is block:
                self._unpacked = None, b""
        return _size(block.entries, address - block.start, block.size)

    def whole(self) -> Iterator[WholeBlock]:
        """Go through the first full blocks as long as nothing of them is forgotten."""
        for each in self._full:
            if each.kept < len(each.entries):
                return
            yield WholeBlock(each.start, each.size, each.kept)

    def forget_whole(self, count: int) -> None:
        """Delete the first full blocks, with all their entries."""
        if self._unpacked[0] in self._full[:count]:
            self._unpacked = None, b""
        del self._full[:count], self._starts[:count]

    def _at(self, address: int) -> int:
        """Return which full block holds an address."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0 or address >= self._starts[at] + self._full[at].size:
            raise LookupError(address)
        return at

    def _content(self, block: _Block) -> bytes:
        """Return a full block's content; the last one is cached for adjacent calls."""
        if not block.is_packed:
            return block.content
        if self._unpacked[0] is not block:
            content = self._decompressor.decompress(block.content)
            self._unpacked = block, content
        return self._unpacked[1]

    def _seal(self, least: int) -> None:
        """Compress the open block, and begin another, for `least` bytes at least."""
        # Allocate first: nothing has changed if this raises MemoryError.
        size = max(least, _SIZE)
        buffer = self._buffer if len(self._buffer) == size else bytearray(size)
        if self._kept:
            with memoryview(self._buffer)[: self._used] as content:
                block = _Block(
                    self._start, self._entries, self._kept, content, self._compressor
                )
            self._full.append(block)
            self._starts.append(block.start)
        self._start += self._used
        self._buffer = buffer
        self._used = self._kept = 0
        self._entries = array("I")


def _size(entries: array[int], at: int, end: int) -> int:
    """Return the size of the entry that begins at `at`, in a block that ends at `end`."""
    following = bisect.bisect_right(entries, at)
    return (entries[following] if following < len(entries) else end) - at
