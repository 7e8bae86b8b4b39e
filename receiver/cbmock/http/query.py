"""Pairs of names and values: a raw query and the `Cookie` header, split.

It decides where a pair begins and ends. It must not decode anything, nor know parameters.
"""

from __future__ import annotations

from cbmock.http.messages import Headers

RawPairs = tuple[tuple[str, str], ...]


def query_pairs(query: str) -> RawPairs:
    """Cut a raw query into pairs, in order."""
    if not query:
        return ()
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return tuple((name, value) for name, _, value in pairs)


def cookies(headers: Headers) -> RawPairs:
    """Return the cookie pairs of all `Cookie` lines, in order (RFC 6265 §4.2.1)."""
    pairs = (
        pair.strip(" \t").partition("=")
        for line in headers.all("cookie")
        for pair in line.split(";")
    )
    return tuple((name, value) for name, _, value in pairs if name)
