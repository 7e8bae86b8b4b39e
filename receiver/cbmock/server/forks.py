"""Forks: a child process lets go of the sockets that its parent serves on.

It decides what is closed: else a child that outlives the server keeps its port, and senders
wait for an answer that nobody gives. It must not know how sockets are served.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

_Held = tuple[Sequence[socket.socket], Callable[[], Iterable[Any]]]
_HELD: list[_Held] = []


@contextlib.contextmanager
def only_here(
    sockets: Sequence[socket.socket], connections: Callable[[], Iterable[Any]]
) -> Generator[None, None, None]:
    """Keep listening sockets, and those of connections, out of child processes."""
    held = sockets, connections
    _HELD.append(held)
    try:
        yield
    finally:
        _HELD.remove(held)


def _let_go() -> None:
    """Close them in a new child; the event loop that they belong to is not there."""
    for sockets, connections in _HELD:
        numbers = [each.detach() for each in sockets]
        for each in connections():
            connected = each.transport.get_extra_info("socket")
            if connected is not None:
                numbers.append(connected.fileno())
        for number in numbers:
            with contextlib.suppress(OSError):  # it was closing
                os.close(number)
    _HELD.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
