"""HTTP messages as immutable values, with the bytes as received.

It decides how header fields are looked up and joined (RFC 9110 §5). It must not know
sockets, ASGI, or OpenAPI.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urlsplit

from cbmock.http.framing import FIELDS, PLAIN, Framing, framing

SUCCESS = range(200, 300)
"""The statuses of success (RFC 9110 §15.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class HeaderForm:
    """What headers have in common that differ only in the values of `varying` fields.

    `names` are those of all fields, in lower case. There is only one object for all equal
    forms, which can be compared by identity.
    """

    framing: Framing
    varying: frozenset[bytes] = frozenset()
    names: frozenset[bytes] = frozenset()


class Headers:
    """Header fields in the order received; names compare case-insensitively.

    The raw pairs of bytes are kept, so that signatures can be checked. If a `HeaderCache`
    has made the object, `framing` is set, and `form` if it was seen before.
    """

    __slots__ = ("form", "framing", "raw")

    def __init__(
        self,
        raw: Iterable[tuple[bytes, bytes]] = (),
        framing: Framing = PLAIN,
        form: HeaderForm | None = None,
    ) -> None:
        """Keep the pairs as they are."""
        self.raw: tuple[tuple[bytes, bytes], ...] = tuple(raw)
        self.framing = framing
        self.form = form

    @property
    def recurring(self) -> bool:
        """Whether all equal ones are this object."""
        return self.form is not None and not self.form.varying

    @property
    def names(self) -> frozenset[bytes]:
        """The names of all fields, in lower case."""
        if self.form is not None:
            return self.form.names
        return frozenset([name.lower() for name, _ in self.raw])

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
        if self.form is not None and wanted not in self.form.names:
            return ()
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


class HeaderCache:
    """Headers that many requests repeat, each set as one object, or with a form in common.

    It caches what was seen twice recently; no result depends on its content.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._once: set[int] = set()
        self._known: dict[_ComparedFields, tuple[HeaderForm, Headers | None]] = {}
        self._values: dict[bytes, set[int]] = {}
        self._varying: set[bytes] = set()

    def get(self, pairs: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Return the headers with these raw pairs."""
        raw = tuple(pairs)
        fields: _ComparedFields = raw
        if self._varying:
            varying = self._varying
            fields = tuple(
                [(pair[0], None) if pair[0] in varying else pair for pair in raw]
            )
        known = self._known.get(fields)
        if known is None:
            return self._new(raw, fields)
        form, headers = known
        return headers or Headers(raw, form.framing, form)

    def _new(
        self, raw: tuple[tuple[bytes, bytes], ...], fields: _ComparedFields
    ) -> Headers:
        seen = hash(fields)
        recurs = seen in self._once
        for memory in (self._once, self._known, self._values, self._varying):
            if len(memory) >= _MOST_RECURRING:
                memory.clear()
        self._learn(raw)
        if not recurs:
            self._once.add(seen)
            return Headers(raw, framing(raw))
        varying = frozenset(name for name, value in fields if value is None)
        form = HeaderForm(framing(raw), varying, Headers(raw).names)
        headers = Headers(raw, form.framing, form)
        self._known[fields] = form, None if varying else headers
        return headers

    def _learn(self, raw: tuple[tuple[bytes, bytes], ...]) -> None:
        """Note the values of each field; a field with many values counts as varying."""
        for name, value in raw:
            if name in _NEVER_VARYING or name in self._varying:
                continue
            values = self._values.setdefault(name, set())
            values.add(hash(value))
            if len(values) > _MOST_VALUES:
                self._varying.add(name)
                del self._values[name]


_ComparedFields = tuple[tuple[bytes, bytes | None], ...]
_NEVER_VARYING = FIELDS | {b"content-type"}
"""What decides how the rest of a request is read is always compared."""
_MOST_VALUES = 16
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


def target_of(url: str) -> str:
    """Return the request target of a URL: its path and query (RFC 9112 §3.2.1)."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


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


_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def unquoted(value: str) -> str:
    """Return the content of a quoted string (RFC 9110 §5.6.4), any other value as it is."""
    quoted = _QUOTED.fullmatch(value)
    return value if quoted is None else re.sub(r"\\(.)", r"\1", quoted[1])


@functools.cache
def status_line(status: int) -> bytes:
    """Return the first line of a response, with the registered reason phrase."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return f"HTTP/1.1 {status} {phrase}\r\n".encode("ascii")
