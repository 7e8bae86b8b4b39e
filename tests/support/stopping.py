"""Processes that are stopped, and go on afterwards."""

import os
import signal
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def stopped(*pids):
    for each in pids:
        os.kill(each, signal.SIGSTOP)
    try:
        yield
    finally:
        for each in pids:
            os.kill(each, signal.SIGCONT)


def processes(cluster):
    """Return the process of a PostgreSQL, and those of its connections."""
    first = cluster._process.pid
    children = Path(f"/proc/{first}/task/{first}/children").read_text("ascii")
    return first, *map(int, children.split())
