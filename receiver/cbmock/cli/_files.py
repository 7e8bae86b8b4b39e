"""Files of commands: `-` is standard input.

It decides the errors for unreadable files. It must not know their content.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cbmock import sources
from cbmock.errors import ReceiverError


def read_bytes(file: str) -> bytes:
    """Return a body; raises `ReceiverError` if the file cannot be read."""
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return sources.read_file(Path(file))
    except ReceiverError as error:
        raise _unreadable(file, error.message) from None


def read_text(file: str) -> str:
    """Return a text, also from a pipe; bytes that are not UTF-8 are replaced."""
    if file == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    try:
        return Path(file).read_text("utf-8", "replace")
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from None


def write(option: str, file: Path, content: bytes) -> None:
    """Write the file of an option; raises `ReceiverError` if it cannot be written."""
    try:
        file.write_bytes(content)
    except OSError as error:
        message = f"{option} {file}: cannot be written: {error.strerror or error}"
        raise ReceiverError(message) from None


def _unreadable(file: str, reason: str) -> ReceiverError:
    return ReceiverError(f"{file}: cannot be read: {reason}")
