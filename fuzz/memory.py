"""The memory of a process."""

from __future__ import annotations

import os
from pathlib import Path

_MIB = 2**20


def resident(pid: int | str = "self") -> int:
    """Return the resident memory of a process in MiB; 0 if it is not known."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") // _MIB
