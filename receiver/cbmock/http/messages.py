"""HTTP messages as immutable values, with the bytes as received.

It decides how header fields are looked up and joined (RFC 9110 §5). It must not know
sockets, ASGI, or OpenAPI.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus

from cbmock.http.framing import Framing, framing


class Headers:
    """Header fields in the order received; names compare case-insensitively.

    The raw pairs of bytes are kept, so that signatures can be checked. If `recurring`, there
    is only one object for all equal headers, which can be compared by identity. `framing` is
    set if a `HeaderCache` has made the object.
    """

    __slots__ = ("framing", "raw", "recurring")

    def __init__(
        self, raw: Iterable[tuple[bytes, bytes]] = (), *, recurring: bool = False
    ) -> None:
        """Keep the pairs as they are."""
        self.raw: tuple[tuple[bytes, bytes], ...] = tuple(raw)
        self.recurring = recurring
        self.framing = _UNREAD

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Headers:
        """Build headers from text, encoded as Latin-1 (RFC 9110 §5.5)."""
        return cls(
            (name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
            for name, value in pairs
        )

    def all(self, name: str) -> tuple[str, ...]:
        """Return the value of every field line of that name."""
        wanted = name.lower().encode("latin-1", "replace")
        found = [value for key, value in self.raw if key.lower() == wanted]
        return tuple([value.decode("latin-1").strip(" \t") for value in found])

    def get(self, name: str) -> str | None:
        """Return the field's value, several lines joined by `, ` (RFC 9110 §5.3)."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Go through the fields as text."""
        for name, value in self.raw:
            yield name.decode("latin-1"), value.decode("latin-1")

    def __contains__(self, name: object) -> bool:
        """Return whether there is a field of that name."""
        return isinstance(name, str) and bool(self.all(name))

    def __getitem__(self, name: str) -> str:
        """Return the joined value; raises `KeyError` if the field is absent."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __len__(self) -> int:
        """Count the field lines."""
        return len(self.raw)

    def __eq__(self, other: object) -> bool:
        """Return whether the same bytes came in the same order."""
        return isinstance(other, Headers) and self.raw == other.raw

    def __hash__(self) -> int:
        """Hash the raw pairs."""
        return hash(self.raw)

    def __repr__(self) -> str:
        """Show the fields as text."""
        return f"Headers.of({list(self)!r})"


_UNREAD = Framing()


class HeaderCache:
    """Headers that many requests repeat, each set as one object.

    It caches headers that were seen twice recently; no result depends on its content.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._once: set[int] = set()
        self._known: dict[tuple[tuple[bytes, bytes], ...], Headers] = {}

    def get(self, pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Return the headers with these raw pairs."""
        raw = tuple(pairs)
        return self._known.get(raw) or self._new(raw)

    def _new(self, raw: tuple[tuple[bytes, bytes], ...]) -> Headers:
        seen = hash(raw)
        recurs = seen in self._once
        for memory in (self._once, self._known):
            if len(memory) >= _MOST_RECURRING:
                memory.clear()
        headers = Headers(raw, recurring=recurs)
        headers.framing = framing(raw)
        if recurs:
            self._known[raw] = headers
        else:
            self._once.add(seen)
        return headers


_MOST_RECURRING = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request as received.

    `target` is the raw request target (path and query, percent-encoded as sent),
    `body` the content after transfer decoding, `scheme` that of the server it came to.
    """

    method: str
    target: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    scheme: str = "http"

    @property
    def url(self) -> str:
        """The URL that the sender used, by its `Host` header.

        Behind a proxy or tunnel, by `X-Forwarded-Host` and `X-Forwarded-Proto`.
        """
        get = self.headers.get
        scheme = get("x-forwarded-proto") or self.scheme
        host = get("x-forwarded-host") or get("host") or "localhost"
        return f"{scheme}://{host}{self.target}"

    @property
    def path(self) -> str:
        """The raw path, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The raw query without its `?`; empty if there is none."""
        return self.target.partition("?")[2]


@dataclass(frozen=True)
class Response:
    """One HTTP response as it is sent."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @functools.cached_property
    def octets(self) -> bytes:
        """Fields and body as they are sent (RFC 9112 §2.1)."""
        fields = [b"%b: %b\r\n" % pair for pair in self.headers.raw]
        return b"".join((*fields, b"\r\n", self.body))


@functools.cache
def status_line(status: int) -> bytes:
    """Return the first line of a response, with the registered reason phrase."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")
