"""Local files: which of them are read, and how much of one.

It decides that only regular files of a limited size are read, and that a document
cannot refer to files outside the allowed folders. It must not know what the files
contain.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cbmock import byte_sizes
from cbmock.description.limits import DEFAULT
from cbmock.errors import ReceiverError

NO_FILE = "is not a regular file"
_PIECE = 65536


def read(path: Path, *, largest: int = DEFAULT.size) -> bytes:
    """Return a regular file's bytes, at most `largest`, or raise `ReceiverError`.

    A device or a pipe is refused before anything is read from it: it may never end.
    """
    try:
        # Without O_NONBLOCK, opening a pipe blocks until a writer opens it.
        flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, os.O_RDONLY | flags)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - it is open already
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise ReceiverError(NO_FILE)
            data = b"".join(_pieces(file, largest + 1, status.st_size))
    except (OSError, ValueError) as error:
        raise ReceiverError(getattr(error, "strerror", None) or str(error)) from None
    if len(data) > largest:
        raise ReceiverError(f"is larger than {byte_sizes.shown(largest)}")
    return data


def _pieces(file: BinaryIO, most: int, expected: int) -> Iterator[bytes]:
    """Read at most so many bytes, without memory for more than a file has.

    Files of /proc have no size, and a file may grow.
    """
    while piece := file.read(min(most, max(expected + 1, _PIECE))):
        most -= len(piece)
        yield piece


def current() -> Path:
    """Return the current folder; raises `ReceiverError` if it was deleted."""
    try:
        return Path.cwd()
    except OSError as error:
        raise ReceiverError(f"the current folder: {error.strerror}") from None


def reachable(folder: Path) -> Path:
    """Return the folder that a document may refer to: its repository or its own."""
    real = folder.resolve()
    for parent in (real, *real.parents):
        if os.path.exists(parent / ".git"):  # noqa: PTH110 - it never raises
            return parent
    return real


def allowed(path: Path, folders: Iterable[Path]) -> bool:
    """Return whether a file is below one of the folders; symbolic links are followed."""
    try:
        real = path.resolve()
    except (OSError, ValueError, RuntimeError):
        return True  # a link to itself, or a null byte: reading the file reports it
    return any(real.is_relative_to(folder) for folder in folders)
