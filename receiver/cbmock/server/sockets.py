"""Sockets: where a server listens, and the URL for it.

It decides which addresses a host name stands for. It must not know what is served.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cbmock.errors import ReceiverError

BACKLOG = 2048
_ANY_IPV4, _ANY_IPV6 = "0.0.0.0", "::"  # noqa: S104 - requested by the user
_LOOPBACKS = ("127.0.0.1", "::1")
_TRIES = 20


class AddressTaken(ReceiverError):
    """Something else listens at this address."""


@dataclass(frozen=True, slots=True)
class SocketFile:
    """The file of a Unix socket that this process made."""

    path: Path
    inode: int
    owner: int

    @classmethod
    def made(cls, path: str) -> SocketFile:
        """Remember the file that was just made."""
        return cls(Path(path).absolute(), Path(path).stat().st_ino, os.getpid())

    def remove(self) -> None:
        """Remove it, unless another process has made it or replaced it."""
        with contextlib.suppress(OSError):
            if os.getpid() == self.owner and self.path.stat().st_ino == self.inode:
                self.path.unlink()


@dataclass(frozen=True, slots=True)
class Listening:
    """Listening sockets: the requested `host`, and the `url` for it."""

    host: str
    sockets: tuple[socket.socket, ...]
    url: str
    file: SocketFile | None = None

    def close(self) -> None:
        """Close the sockets, and remove the file of a Unix socket."""
        for each in self.sockets:
            each.close()
        if self.file is not None:
            self.file.remove()

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IP addresses that it listens on."""
        internet = (socket.AF_INET, socket.AF_INET6)
        return tuple(
            each.getsockname()[0] for each in self.sockets if each.family in internet
        )

    def public(self, url: str | None) -> str:
        """Return the URL to hand out: `url` with `{port}` filled in, or the server's own."""
        if url is None:
            return self.url
        return url.replace("{port}", self.url.rpartition(":")[2]).rstrip("/")


def listen(
    host: str, port: int, *, uds: str | None = None, tls: bool = False
) -> Listening:
    """Open listening sockets; port 0 takes a free port. `ReceiverError` if that fails.

    `localhost` means both loopback addresses, if there are two; `uds` is the path of a
    Unix socket to listen on as well.
    """
    sockets = _both_loopbacks(port) if host == "localhost" else [bind(host, port)]
    url = address(sockets[0], tls=tls)
    if host in ("localhost", _ANY_IPV6):
        scheme, _, rest = url.partition("://")
        url = f"{scheme}://localhost:{rest.rpartition(':')[2]}"
    file = None
    if uds is not None:
        try:
            sockets.append(_bind_path(uds))
        except ReceiverError:
            for each in sockets:
                each.close()
            raise
        file = SocketFile.made(uds)
    return Listening(host, tuple(sockets), url, file)


def bind(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free port. `ReceiverError` if that fails."""
    with contextlib.ExitStack() as opened:
        try:
            family, place = _resolve(host, port)
            listening = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                # `::` accepts both families; any other IPv6 address only its own.
                only = int(host != _ANY_IPV6)
                listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
            listening.bind(place)
            listening.listen(BACKLOG)
        except (OSError, OverflowError) as error:
            raise _cannot_listen(f"{host}:{port}", error) from None
        except RuntimeError as error:  # of what guards sockets in tests
            raise _guarded(f"{host}:{port}", host, error) from None
        listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
        opened.pop_all()
        return listening


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """Return the family of a host, and its address: of a name the IPv4 one, if it has one."""
    if not host or host.replace(".", "").isdigit():
        return socket.AF_INET, (host, port)
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    family, _, _, _, (address, _, *scope) = found[0]
    return family, (address, port, *scope)


def address(listening: socket.socket, *, tls: bool = False) -> str:
    """Return the URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    if host in (_ANY_IPV4, _ANY_IPV6):
        host = "127.0.0.1" if host == _ANY_IPV4 else "::1"
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _both_loopbacks(port: int) -> list[socket.socket]:
    """Listen on the same port of both loopback addresses, or of the only one."""
    first, *others = [*filter(_is_here, _LOOPBACKS)] or _LOOPBACKS[:1]
    for _ in range(_TRIES):
        sockets = [bind(first, port)]
        try:
            number = sockets[0].getsockname()[1]
            sockets += [bind(each, number) for each in others]
        except ReceiverError:
            sockets[0].close()
            if port:
                raise
        else:
            return sockets
    return [bind(first, port)]


def _is_here(host: str) -> bool:
    """Return whether this machine has an address."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family) as probe:
        probe.bind((host, 0))
        return True
    return False


def _bind_path(path: str) -> socket.socket:
    """Listen on a Unix socket; one left by a dead server is replaced."""
    if not hasattr(socket, "AF_UNIX"):
        message = "this system has no Unix sockets."
        raise ReceiverError(message)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if _is_abandoned(path):
            Path(path).unlink()
        listening.bind(path)
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise _cannot_listen(path, error) from None
    listening.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return listening


def _is_abandoned(path: str) -> bool:
    """Return whether there is a socket at this path without a listener."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):  # noqa: PTH116 - takes bytes and text
            return False
    except OSError:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(path) == errno.ECONNREFUSED


def _cannot_listen(where: str, error: Exception) -> ReceiverError:
    reason = getattr(error, "strerror", None) or error
    message = f"cannot listen on {where}: {reason}."
    if not isinstance(error, OSError) or error.errno != errno.EADDRINUSE:
        return ReceiverError(message)
    if Path(where).exists():
        return ReceiverError(
            f"{message} Something else is there; another path may be free."
        )
    return AddressTaken(f"{message} Choose another port; port 0 takes a free one.")


def _guarded(where: str, host: str, error: RuntimeError) -> ReceiverError:
    home = type(error).__module__.partition(".")[0]
    message = f"cannot listen on {where}: {home} refuses sockets."
    if home == "pytest_socket":
        message += (
            f" `--allow-hosts={host}` lets its tests use this address and no other; "
            "`@pytest.mark.enable_socket` lets one test use all."
        )
    return ReceiverError(message)
