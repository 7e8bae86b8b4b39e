"""Compression of records, by a dictionary that is trained on records of their operation.

It decides how the records of a block are compressed, and when a dictionary is worth its
bytes. It must not know where blocks and dictionaries are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

import zstandard

from cbmock.journal.protocol import JournalFailure

_RAW, _ZSTD = 0, 1
"""Codings of a block; n + 1 for one that is compressed by dictionary n."""

_COMPRESSED_FROM = 256
_LEVEL = 1
_TRAINED_ON, _TRIED_ON = 24, 8
"""The records that a dictionary is trained on, and those that show whether it pays."""
_LARGEST = 64 * 2**10
"""Longer records repeat enough within themselves, and training would take long."""
_DICTIONARY_SIZE = 8 * 2**10
_WORTH = 0.8
"""A dictionary is kept if it leaves no more than this fraction of the compressed bytes."""
_MOST_OPERATIONS = 256
_MOST_READ = 256
_MOST_NUMBERS = 2**15 - 2
"""Codings are integers of 16 bits."""


class DictionaryStore(Protocol):
    """Where dictionaries are kept; every method may raise `JournalFailure`."""

    def newest(self, operation: str) -> int | None:
        """Return the number of an operation's newest dictionary, from 1."""

    def add(self, operation: str, content: bytes) -> int:
        """Keep a dictionary, and return its number."""

    def read(self, number: int) -> bytes:
        """Return a dictionary."""


class _FirstRecords:
    """The first records of an operation."""

    def __init__(self) -> None:
        self._records: list[bytes] = []

    def add(self, records: Sequence[bytes]) -> bool:
        """Take records, none of them too long; return whether there are enough."""
        self._records += [each for each in records if len(each) <= _LARGEST]
        return len(self._records) >= _TRAINED_ON + _TRIED_ON

    def dictionary(self) -> zstandard.ZstdCompressionDict | None:
        """Return a dictionary; None if it would not pay."""
        training, trial = self._records[:_TRAINED_ON], self._records[_TRAINED_ON:]
        try:
            # As a list of what its stubs allow, which is more than bytes.
            found = zstandard.train_dictionary(_DICTIONARY_SIZE, [*training])
        except zstandard.ZstdError:  # too few bytes, or nothing that recurs
            return None
        without = _size(zstandard.ZstdCompressor(level=_LEVEL), trial)
        return found if _size(_with(found), trial) <= _WORTH * without else None


def _size(compressor: zstandard.ZstdCompressor, records: Sequence[bytes]) -> int:
    return sum(len(compressor.compress(each)) for each in records)


def _with(dictionary: zstandard.ZstdCompressionDict) -> zstandard.ZstdCompressor:
    dictionary.precompute_compress(level=_LEVEL)
    return zstandard.ZstdCompressor(
        level=_LEVEL, dict_data=dictionary, write_dict_id=False
    )


class _Compressor:
    """Compresses the records of one operation."""

    def __init__(self, coding: int, compressor: zstandard.ZstdCompressor) -> None:
        self.coding = coding
        self.compress = compressor.compress


class RecordCompression:
    """Compresses and restores records. Thread-safe.

    A dictionary is kept before the first record that needs it, and never changed.
    """

    def __init__(self, store: DictionaryStore) -> None:
        """Start with the dictionaries of a store."""
        self._store = store
        self._plain = _Compressor(_ZSTD, zstandard.ZstdCompressor(level=_LEVEL))
        self._found: dict[str, _Compressor | _FirstRecords] = {}
        self._read: dict[int, zstandard.ZstdCompressionDict] = {}
        self._lock = threading.Lock()

    def compressed(
        self, operation: str | None, records: Sequence[bytes]
    ) -> tuple[int, bytes]:
        """Return the coding and bytes of records, of one line each, or the lines themselves.

        They are the lines themselves if nothing makes them fewer.
        """
        lines = b"\n".join(records)
        if len(lines) < _COMPRESSED_FROM:
            return _RAW, lines
        with self._lock:
            used = self._compressor(operation, records)
            fewer = used.compress(lines)
        return (used.coding, fewer) if len(fewer) < len(lines) else (_RAW, lines)

    def restored(self, coding: int, content: bytes) -> bytes:
        """Return the lines of a block from its coding and bytes."""
        if coding == _RAW:
            return content
        if coding == _ZSTD:
            return zstandard.ZstdDecompressor().decompress(content)
        dictionary = self._dictionary(coding - _ZSTD)
        return zstandard.ZstdDecompressor(dict_data=dictionary).decompress(content)

    def _compressor(
        self, operation: str | None, records: Sequence[bytes]
    ) -> _Compressor:
        if operation is None or len(records[0]) > _LARGEST:
            return self._plain
        found = self._found.get(operation)
        if isinstance(found, _Compressor):
            return found
        if found is None:
            if len(self._found) >= _MOST_OPERATIONS:
                return self._plain
            found = self._found[operation] = self._kept(operation) or _FirstRecords()
        if isinstance(found, _FirstRecords):
            if not found.add(records):
                return self._plain
            found = self._found[operation] = self._trained(operation, found)
        return found

    def _kept(self, operation: str) -> _Compressor | None:
        """Return the compressor by a dictionary that is there from another run."""
        try:
            number = self._store.newest(operation)
            return None if number is None else self._by(number)
        except JournalFailure:
            return None

    def _by(self, number: int) -> _Compressor:
        return _Compressor(number + _ZSTD, _with(self._dictionary(number)))

    def _trained(self, operation: str, samples: _FirstRecords) -> _Compressor:
        dictionary = samples.dictionary()
        if dictionary is None:
            return self._plain
        try:
            number = self._store.add(operation, dictionary.as_bytes())
        except JournalFailure:
            return self._plain
        return self._by(number) if number <= _MOST_NUMBERS else self._plain

    def _dictionary(self, number: int) -> zstandard.ZstdCompressionDict:
        found = self._read.get(number)
        if found is None:
            if len(self._read) >= _MOST_READ:
                self._read.clear()
            found = zstandard.ZstdCompressionDict(self._store.read(number))
            self._read[number] = found
        return found
