"""Framing: the fields of a request that say how to read it.

It decides whether Host and Transfer-Encoding are valid in HTTP/1.1 (RFC 9112 §3.2 and §6.1),
for a server that has to refuse invalid ones. It must not know sockets or operations.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import NamedTuple


class Framing(NamedTuple):
    """What the fields of a request say about its framing.

    `error` says what is wrong and `code` is its code; both are None if nothing is wrong.
    `lacks_host` is allowed in HTTP/1.0 only. `expects` means `Expect: 100-continue`.
    """

    code: str | None = None
    error: str | None = None
    lacks_host: bool = False
    expects: bool = False


LACKS_HOST = "an HTTP/1.1 request must have a Host header"
_LACKS_HOST = Framing(lacks_host=True)
PLAIN = Framing()
"""Nothing is wrong, and nothing special is asked for."""

FIELDS = frozenset((b"host", b"transfer-encoding", b"expect"))
"""The names of the fields that are read here."""

# uri-host [ ":" port ] (RFC 3986 §3.2.2): a name, an IPv4 address, or an IP literal.
_HOST = re.compile(
    rb"(?:\[[0-9A-Fa-fvV:.%\-_~!$&'()*+,;=]+\]|(?:[\w\-.~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
    rb"(?::[0-9]{0,5})?"
)


def framing(fields: Iterable[tuple[bytes, bytes]]) -> Framing:
    """Read the fields of a request; their names are in lower case."""
    found = [pair for pair in fields if pair[0] in FIELDS]
    if len(found) == 1 and found[0][0] == b"host" and _is_host(found[0][1]):
        return PLAIN
    return _read(found) if found else _LACKS_HOST


@functools.lru_cache(maxsize=64)
def _is_host(value: bytes) -> bool:
    return _HOST.fullmatch(value) is not None


def _read(found: list[tuple[bytes, bytes]]) -> Framing:
    hosts = [value for name, value in found if name == b"host"]
    codings = b",".join(value for name, value in found if name == b"transfer-encoding")
    expects = any(
        name == b"expect" and value.strip().lower() == b"100-continue"
        for name, value in found
    )
    coding = codings.decode("latin-1").strip(" \t")
    if coding and coding.lower() != "chunked":
        error = f"Transfer-Encoding {coding[:100]!r} is not supported, only chunked is"
        return Framing("transfer-encoding", error)
    if len(hosts) > 1:
        return Framing("malformed-http", f"the request has {len(hosts)} Host headers")
    if hosts and not _is_host(hosts[0].strip(b" \t")):
        # The text before an `@` may be a password.
        _, mark, host = hosts[0].decode("latin-1").rpartition("@")
        shown = f"***{mark}{host}"[:100] if mark else host[:100]
        return Framing("malformed-http", f"the Host header {shown!r} is not valid")
    return Framing(lacks_host=not hosts, expects=expects)
