"""The standard streams, and what can be wrong with them.

It must not know what is written.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ESHUTDOWN})
"""Errors of an output whose reader has ended, as in `| head`: nothing is lost."""

UNWRITABLE = frozenset(
    getattr(errno, name)
    for name in (
        "EAGAIN",
        "EBADF",
        "EDQUOT",
        "EFBIG",
        "EINVAL",
        "EIO",
        "ENOSPC",
        "EROFS",
    )
    if hasattr(errno, name)
)
"""Errors of an output that cannot take more."""
_MOMENT = 1.0


def open_closed() -> None:
    """Open the standard streams that were closed when Python started, to nothing.

    Python has None for them then, and their numbers would be those of the first sockets or
    files that are opened.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - it stays open


def say_briefly(say: Callable[[], None]) -> None:
    """Say something where perhaps nobody reads it; after a moment, go on without."""
    saying = threading.Thread(target=say, daemon=True)
    saying.start()
    saying.join(_MOMENT)


def discard_output() -> None:
    """Discard buffered output, so that Python exits without an error."""
    _discard(sys.stdout)


def discard_outputs() -> None:
    """Discard what is left for standard output and standard error."""
    _discard(sys.stdout)
    _discard(sys.stderr)


def _discard(stream: TextIO) -> None:
    with contextlib.suppress(OSError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
