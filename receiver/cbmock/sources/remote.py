"""Documents over HTTP: what is fetched, from which addresses, and up to which size.

It decides that a document from a public address cannot reach a service of this machine
or of a private network, not even by a redirect. It must not know what the documents
contain.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import urllib.error
import urllib.request
from typing import Any, Literal
from urllib.parse import urlsplit

from cbmock import byte_sizes
from cbmock.clocks import monotonic
from cbmock.contract.security.redaction import Redaction
from cbmock.description.limits import DEFAULT
from cbmock.errors import DocumentError

_CHUNK = 2**16
_TIMEOUT = 20.0
"""Seconds to wait for the first or next bytes of a response."""
_PATIENCE = 60.0
"""Seconds for a complete document."""


class PrivateAddress(OSError):
    """The host is on this machine or in a private network."""


class Fetcher:
    """Fetches documents; whether private addresses are allowed is decided once.

    The user named the address of the entry document, so any address is allowed for it.
    If it is private, further private addresses are allowed too, but no link-local ones,
    at which clouds hand out credentials, unless it is itself one.
    """

    def __init__(self, *, entry_is_remote: bool, largest: int = DEFAULT.size) -> None:
        """Let the first address decide if the entry document is remote.

        A document may have up to `largest` bytes.
        """
        self._largest = largest
        self._allowed: frozenset[Reach] | None = None if entry_is_remote else _PUBLIC
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            _FarProxyHandler(),
            urllib.request.UnknownHandler(),  # a redirect to ftp:, file: and so on
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPRedirectHandler(),
            urllib.request.HTTPErrorProcessor(),
            _PlainHandler(self),
            _SecureHandler(self),
        ):
            self._opener.add_handler(handler)

    def fetch(self, url: str) -> bytes:
        """Return the document at a URL, or raise `DocumentError`."""
        until = monotonic() + _PATIENCE
        request_headers = {"Accept": "application/json, application/yaml, */*;q=0.5"}
        try:
            request = urllib.request.Request(url, headers=request_headers)  # noqa: S310 - the opener has no other schemes than HTTP's
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return self._read(answer, url, until)
        except (OSError, ValueError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            reason = " ".join(str(error).split())
            shown = Redaction().target(url)
            raise DocumentError(
                f"cannot be fetched: {reason}", document=shown
            ) from None

    def _read(self, answer: Any, url: str, until: float) -> bytes:
        data = bytearray()
        while chunk := answer.read1(_CHUNK):
            data += chunk
            if len(data) > self._largest:
                reason = f"is larger than {byte_sizes.shown(self._largest)}"
                raise DocumentError(reason, document=Redaction().target(url))
            if monotonic() > until:
                shown = Redaction().target(url)
                raise DocumentError("takes too long to fetch", document=shown)
        if answer.length:  # what is left of its Content-Length
            reason = f"was cut off after {len(data)} bytes"
            raise DocumentError(reason, document=Redaction().target(url))
        return bytes(data)

    def check(self, address: str) -> None:
        """Raise `PrivateAddress` if an address is not allowed."""
        reach = reach_of(address)
        if self._allowed is None:
            self._allowed = (
                _PUBLIC | {reach, "private"} if reach != "public" else _PUBLIC
            )
        elif reach not in self._allowed:
            raise PrivateAddress(
                f"{address} is an address of this machine or of a private network, "
                "which a document from elsewhere must not reach"
            )


Reach = Literal["public", "private", "link-local"]
_PUBLIC: frozenset[Reach] = frozenset({"public"})


def reach_of(address: str) -> Reach:
    """Return from where an IP address is reached: `private` includes this machine."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # These contain an IPv4 address, which is the one that is connected to.
        carried = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            carried = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if carried is not None:
            found = carried
    if found.is_link_local:
        return "link-local"
    return "private" if not found.is_global or found.is_multicast else "public"


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _check_by_name(fetcher: Fetcher, url: str) -> None:
    """Check a host by its name, because the connection is to a proxy."""
    host = urlsplit(url).hostname or ""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return  # the proxy may resolve names that this machine cannot
    for *_, (address, *_) in found:
        fetcher.check(str(address))


class _PlainConnection(http.client.HTTPConnection):
    """Checks the address that was connected to, before anything is sent."""

    fetcher: Fetcher | None = None

    def connect(self) -> None:
        """Connect, and close the connection if the address is not allowed."""
        super().connect()
        if self.fetcher is None:
            return
        try:
            self.fetcher.check(self.sock.getpeername()[0])
        except PrivateAddress:
            self.close()
            raise


class _SecureConnection(http.client.HTTPSConnection, _PlainConnection):
    """The same under TLS: the address is checked before the handshake."""


class _FarProxyHandler(urllib.request.ProxyHandler):
    """Uses the user's proxy, except for this machine, which no proxy can reach."""

    def proxy_open(self, req: urllib.request.Request, proxy: str, type: str) -> Any:
        """Do not use the proxy if the host is a loopback name or address."""
        host = urlsplit(req.full_url).hostname or ""
        if host == "localhost" or _is_loopback(host):
            return None
        return super().proxy_open(req, proxy, type)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _PlainHandler(urllib.request.HTTPHandler):
    def __init__(self, fetcher: Fetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def http_open(self, request: urllib.request.Request) -> Any:
        """Connect directly to a checked address, or through the user's proxy."""
        return self.do_open(
            _connecting(self._fetcher, request, _PlainConnection), request
        )


class _SecureHandler(urllib.request.HTTPSHandler):
    def __init__(self, fetcher: Fetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def https_open(self, request: urllib.request.Request) -> Any:
        """Connect directly to a checked address, or through the user's proxy."""
        return self.do_open(
            _connecting(self._fetcher, request, _SecureConnection), request
        )


def _connecting(
    fetcher: Fetcher, request: urllib.request.Request, kind: type[_PlainConnection]
) -> Any:
    proxied = request.has_proxy() or urlsplit(request.full_url).netloc != request.host
    if proxied:
        _check_by_name(fetcher, request.full_url)

    def connection(host: str, **options: Any) -> _PlainConnection:
        made = kind(host, **options)
        made.fetcher = None if proxied else fetcher
        return made

    return connection
