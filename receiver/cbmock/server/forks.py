"""Forks: a child process lets go of the sockets that its parent serves on.

It decides what is let go: else a child that outlives the server keeps its port, and senders
wait for an answer that nobody gives. It must not know who serves, nor how: what was
accepted is known by its address, whichever library holds it.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

_HELD: list[tuple[Any, ...]] = []
_DESCRIPTORS = Path("/dev/fd")
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - what is compared with


@contextlib.contextmanager
def only_here(sockets: Iterable[socket.socket]) -> Generator[None, None, None]:
    """Keep listening sockets, and what they accept, out of child processes."""
    addresses = tuple(each.getsockname() for each in sockets)
    _HELD.append(addresses)
    try:
        yield
    finally:
        _HELD.remove(addresses)


def _let_go() -> None:
    """Let go of them in a new child; the event loop that they belong to is not there.

    Their numbers stay taken: objects that the child has inherited may close them later.
    """
    served = [address for addresses in _HELD for address in addresses]
    _HELD.clear()
    if not served:
        return
    nothing = os.open(os.devnull, os.O_RDWR)
    for each in tuple(_DESCRIPTORS.iterdir()):
        number = int(each.name)
        address = _address(number)
        if address and any(_is_of(address, listening) for listening in served):
            os.dup2(nothing, number, inheritable=False)
    os.close(nothing)


def _address(number: int) -> Any:
    """Return the local address of a descriptor; None where it is no socket."""
    with contextlib.suppress(OSError):  # the list's own descriptor is closed by now
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            with socket.socket(fileno=os.dup(number)) as copy:
                return copy.getsockname()
    return None


def _is_of(address: Any, served: Any) -> bool:
    """Return whether a socket at an address listens there, or was accepted there."""
    if isinstance(address, tuple) and isinstance(served, tuple):
        same_host = address[0] == served[0] or served[0] in _EVERYWHERE
        return bool(same_host and address[1] == served[1])
    return bool(address == served)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
