"""Spellings: other forms of a body or URL that a sender may have signed.

It decides which forms are tried if a signature does not match. Their number is bounded;
large bodies are not serialized again. It must not know schemes or secrets.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

_LARGEST = 1 << 20
_LARGEST_JSON = 1 << 17
"""A body of more bytes than this is not serialized in two dozen ways."""
_BOM = b"\xef\xbb\xbf"
_SEPARATORS = {"compact": (",", ":"), "spaced": (", ", ": ")}
_INDENTS = (2, 4)


def bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the bodies that senders sign by mistake, each with its name."""
    if len(body) > _LARGEST:
        return
    yield "left out", b""
    yield from _white_space(body)
    with contextlib.suppress(UnicodeError):
        yield "in ISO-8859-1", body.decode().encode("latin-1")
    if len(body) > _LARGEST_JSON:
        return
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        yield from _forms(body)
        return
    with contextlib.suppress(ValueError, RecursionError):
        yield from _written_again(value)
        yield "as Python prints it", repr(value).encode("utf-8", "surrogatepass")
    with contextlib.suppress(UnicodeError):
        yield "serialised twice", json.dumps(body.decode()).encode()


def _white_space(body: bytes) -> Iterator[tuple[str, bytes]]:
    if body.endswith(b"\n"):
        yield "without its last newline", body.rstrip(b"\r\n")
    else:
        yield "with a newline at its end", body + b"\n"
        yield "with a newline at its end (CRLF)", body + b"\r\n"
    if body.startswith(_BOM):
        yield "without its byte order mark", body.removeprefix(_BOM)
    yield "without white space around it", body.strip()
    lines = body.replace(b"\r\n", b"\n")
    yield "with lines that end in LF", lines
    yield "with lines that end in CRLF", lines.replace(b"\n", b"\r\n")


def _forms(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the spellings of an urlencoded form."""
    if b"=" in body:
        yield "with %20 for +", body.replace(b"+", b"%20")
        yield "with + for %20", body.replace(b"%20", b"+")
        yield "percent-decoded", urllib.parse.unquote_to_bytes(body.replace(b"+", b" "))


def _written_again(value: Any) -> Iterator[tuple[str, bytes]]:
    for each, is_sorted, is_ascii, style in itertools.product(
        _readings(value), (False, True), (False, True), ("compact", "spaced", *_INDENTS)
    ):
        kind, read = each
        is_indented = style not in _SEPARATORS
        spelling = json.dumps(
            read,
            sort_keys=is_sorted,
            ensure_ascii=is_ascii,
            indent=style if is_indented else None,
            separators=None if is_indented else _SEPARATORS[str(style)],
        ).encode("utf-8", "surrogatepass")
        how = ["indented" if is_indented else str(style), *kind]
        how += [*["keys sorted"] * is_sorted, *["ASCII only"] * is_ascii]
        yield f"serialised again ({', '.join(how)})", spelling
        if b"/" in spelling and not is_indented:
            how.append("slashes escaped")
            escaped = spelling.replace(b"/", b"\\/")
            yield f"serialised again ({', '.join(how)})", escaped


def _readings(value: Any) -> Iterator[tuple[list[str], Any]]:
    """Yield a value as read, and with its numbers as JavaScript prints them."""
    yield [], value
    numbers = _as_javascript(value)
    if repr(numbers) != repr(value):
        yield ["numbers as JavaScript's"], numbers


def _as_javascript(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_javascript(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_javascript(each) for each in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:  # noqa: PLR2004 - ECMA-262, Number::toString
        return int(value)
    return value


def urls(url: str, headers: Mapping[str, str]) -> Iterator[str]:
    """Yield other spellings of a URL, fewer changes first; `headers` give other hosts."""
    parts = urllib.parse.urlsplit(url)
    other = {"http": "https", "https": "http"}.get(parts.scheme, parts.scheme)
    hosts = [parts.netloc, *_ports(parts)]
    hosts += [h for n in ("host", "x-forwarded-host") if (h := headers.get(n))]
    slashed = parts.path.removesuffix("/")
    paths = [parts.path, slashed if slashed != parts.path else f"{parts.path}/"]
    found = [
        urllib.parse.urlunsplit((scheme, host, path, query, ""))
        for query in dict.fromkeys((parts.query, ""))
        for path in paths
        for host in dict.fromkeys(hosts)
        for scheme in dict.fromkeys((parts.scheme, other))
    ]
    found += [
        urllib.parse.urlunsplit(("", "", parts.path, parts.query, "")),
        parts.path,
    ]
    found += [
        urllib.parse.unquote(url),
        urllib.parse.quote(url, safe="/:?&=#%", errors="replace"),
    ]
    yield from (each for each in dict.fromkeys(found) if each not in ("", url))


def with_or_without_port(url: str) -> Iterator[str]:
    """Yield a URL with the default port of its scheme, or without its port."""
    parts = urllib.parse.urlsplit(url)
    for host in _ports(parts):
        yield parts._replace(netloc=host).geturl()


def _ports(parts: urllib.parse.SplitResult) -> Iterator[str]:
    try:
        port = parts.port
    except ValueError:
        return
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if port is not None:
        yield parts.netloc.rpartition(":")[0]
    elif usual is not None:
        yield f"{parts.netloc}:{usual}"
