"""Forks: a forked child process closes the sockets that its parent serves on.

Otherwise a child that outlives the server keeps its port, and senders wait for an
answer that never comes. It decides which sockets are closed, by their addresses, and
must not know the library that serves.
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
_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


@contextlib.contextmanager
def only_here(sockets: Iterable[socket.socket]) -> Generator[None, None, None]:
    """Close listening sockets, and connections accepted by them, in child processes."""
    addresses = tuple(each.getsockname() for each in sockets)
    _HELD.append(addresses)
    try:
        yield
    finally:
        _HELD.remove(addresses)


def _let_go() -> None:
    """Close them in a new child, which does not run their event loop.

    Their descriptors stay in use, since inherited objects may close them later.
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
    """Return the local address of a descriptor; None if it is not a socket."""
    with contextlib.suppress(
        OSError
    ):  # the descriptor of the listing itself is closed by now
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            with socket.socket(fileno=os.dup(number)) as copy:
                return copy.getsockname()
    return None


def _is_of(address: Any, served: Any) -> bool:
    """Return whether a socket with this address listens, or was accepted, at `served`."""
    if isinstance(address, tuple) and isinstance(served, tuple):
        same_host = address[0] == served[0] or served[0] in _EVERYWHERE
        return bool(same_host and address[1] == served[1])
    return bool(address == served)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)
