"""Standard output, and its errors.

It must not know what is written.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys

GONE = frozenset({errno.EPIPE, errno.ECONNRESET, errno.ESHUTDOWN})
"""Errors of an output whose reader has ended, as in `| head`: nothing is lost."""


def discard_output() -> None:
    """Discard buffered output, so that Python exits without an error."""
    with contextlib.suppress(OSError, io.UnsupportedOperation):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
