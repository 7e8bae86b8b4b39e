"""Standard output and standard error, and what can be wrong with them.

It must not know what is written.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import TextIO

GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ESHUTDOWN})
"""Errors of an output whose reader has ended, as in `| head`: nothing is lost."""


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
