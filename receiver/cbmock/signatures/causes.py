"""Why a signature does not fit: what the sender did instead, tried out.

Each cause is one change to what is signed; the first that fits is the sentence. Their
number is bounded, and so is the work: only bodies up to a limit are tried in other
spellings.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from cbmock.http import content_codings
from cbmock.signatures import digests, keys, schemes, signed_message
from cbmock.signatures.carried import Carried, Unreadable
from cbmock.signatures.carried import read as read_carried
from cbmock.signatures.scheme import Algorithm, DigestEncoding, Scheme
from cbmock.signatures.signed_message import Absent, HeaderParts, Message

_LARGEST = 1 << 20
_SEPARATORS = {"compact": (",", ":"), "spaced": (", ", ": ")}
_DOTS = 2
_UNKNOWN = "another secret, or the body was changed on its way"


def fits(
    scheme: Scheme,
    sent: Message,
    got: Carried,
    key: bytes,
    *,
    algorithm: Algorithm | None = None,
    body: bytes | None = None,
    url: str | None = None,
    timestamp: str | None = None,
) -> bool:
    """Return whether one of the digests is that of the message, perhaps changed in one way."""
    urls = [url]
    if url is None and scheme.lenient_url:
        urls = [None, *_with_or_without_port(sent.url)]
    for each in urls:
        parts = HeaderParts(
            timestamp=got.timestamp if timestamp is None else timestamp,
            id=got.id,
            secret=key,
            url=each,
            body=body,
        )
        octets = signed_message.signed_octets(scheme, sent, parts)
        tried = (
            [octets, octets + b"\n"]
            if "{form:bt_payload}" in scheme.signed
            else [octets]
        )
        for one in tried:
            if _is_one(scheme, algorithm or scheme.algorithm, key, one, got.digests):
                return True
    return False


def _is_one(
    scheme: Scheme,
    algorithm: Algorithm,
    key: bytes,
    octets: bytes,
    found: tuple[str, ...],
) -> bool:
    if digests.is_asymmetric(algorithm):
        read = (digests.decoded(each, scheme.encoding) for each in found)
        return any(
            each is not None and digests.fits(algorithm, key, octets, each)
            for each in read
        )
    right = digests.encoded(digests.made(algorithm, key, octets), scheme.encoding)
    # SDKs compare the texts: a digest in capitals, or padded otherwise, is refused.
    return any(
        hmac.compare_digest(right.encode(), each.encode("utf-8", "surrogatepass"))
        for each in found
    )


def cause(scheme: Scheme, known: tuple[str, ...], sent: Message, got: Carried) -> str:
    """Return the sentence for a mismatch; secrets do not stand in it."""
    for secret in known:
        for found in _causes(scheme, secret, sent, got):
            return found
    return _UNKNOWN


def _causes(scheme: Scheme, secret: str, sent: Message, got: Carried) -> Iterator[str]:
    key = keys.key(scheme, secret)
    assert key is not None
    if not digests.is_asymmetric(scheme.algorithm):
        for form, other in keys.other_forms(scheme, secret):
            if fits(scheme, sent, got, other):
                yield f"it fits the secret read {form}"
        yield from _other_encodings(scheme, sent, got, key)
    yield from _other_parts(scheme, sent, got, key)
    if not digests.is_asymmetric(scheme.algorithm):
        yield from _other_schemes(scheme, sent, got, key)


def _other_parts(
    scheme: Scheme, sent: Message, got: Carried, key: bytes
) -> Iterator[str]:
    decoded = _decoded(sent)
    if decoded is not None and fits(scheme, sent, got, key, body=decoded):
        coding = sent.headers["content-encoding"]
        yield f"it fits the body before its content coding ({coding}), not the octets that were sent"
    for name, body in _other_bodies(sent.body):
        if fits(scheme, sent, got, key, body=body):
            yield f"it fits the body {name}, not the octets that were sent"
    if "{url}" in scheme.signed:
        for url in _other_urls(sent.url):
            if fits(scheme, sent, got, key, url=url):
                yield f"it fits the URL {url}, not {sent.url}"
    if "{timestamp}" in scheme.signed:
        for name, timestamp in _other_timestamps(got):
            if fits(scheme, sent, got, key, timestamp=timestamp):
                yield f"it fits the timestamp {name}"


def _decoded(sent: Message) -> bytes | None:
    """Return the body without its content coding; None where it has none that is read."""
    coding = sent.headers.get("content-encoding")
    if not coding:
        return None
    try:
        return content_codings.decode(sent.body, coding)
    except content_codings.NotDecoded:
        return None


def _other_encodings(
    scheme: Scheme, sent: Message, got: Carried, key: bytes
) -> Iterator[str]:
    lowered = replace(got, digests=tuple(each.lower() for each in got.digests))
    if scheme.encoding == "hex" and fits(scheme, sent, lowered, key):
        yield "its hexadecimal digits are capitals; small letters are expected"
    if scheme.layout == "value" and "," in got.digests[0]:
        each = tuple(part.strip() for part in got.digests[0].split(","))
        each = tuple(part.removeprefix(scheme.prefix) for part in each)
        if fits(scheme, sent, replace(got, digests=each), key):
            yield "several signatures are joined by commas; one is expected"
    encodings: tuple[DigestEncoding, ...] = ("hex", "base64", "base64url")
    for encoding in encodings:
        if encoding != scheme.encoding and fits(
            replace(scheme, encoding=encoding), sent, got, key
        ):
            yield f"it is written in {encoding}; {scheme.encoding} is expected"


def _other_bodies(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Give the spellings that senders sign by mistake: what they had before they sent."""
    if len(body) > _LARGEST:
        return
    if body.endswith(b"\n"):
        yield "without its last newline", body.rstrip(b"\r\n")
    else:
        yield "with a newline at its end", body + b"\n"
    if body.startswith(b"\xef\xbb\xbf"):
        yield "without its byte order mark", body[3:]
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return
    for is_sorted, is_ascii, style in itertools.product(
        (False, True), (False, True), ("compact", "spaced")
    ):
        spelling = json.dumps(
            value,
            sort_keys=is_sorted,
            ensure_ascii=is_ascii,
            separators=_SEPARATORS[style],
        ).encode("utf-8", "surrogatepass")
        how = [style, *["keys sorted"] * is_sorted, *["ASCII only"] * is_ascii]
        yield f"serialised again ({', '.join(how)})", spelling
        if b"/" in spelling:
            how.append("slashes escaped")
            escaped = spelling.replace(b"/", b"\\/")
            yield f"serialised again ({', '.join(how)})", escaped


def _other_urls(url: str) -> Iterator[str]:
    parts = urllib.parse.urlsplit(url)
    scheme = {"http": "https", "https": "http"}.get(parts.scheme)
    if scheme:
        yield parts._replace(scheme=scheme).geturl()
    yield from _with_or_without_port(url)
    if parts.query:
        yield parts._replace(query="").geturl()
    yield url.removesuffix("/") if url.endswith("/") else url + "/"
    yield urllib.parse.unquote(url)
    yield urllib.parse.quote(url, safe="/:?&=#%")


def _with_or_without_port(url: str) -> Iterator[str]:
    try:
        parts = urllib.parse.urlsplit(url)
        port = parts.port
    except ValueError:
        return
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if port is not None:
        yield parts._replace(netloc=host).geturl()
    elif usual is not None:
        yield parts._replace(netloc=f"{host}:{usual}").geturl()


def _other_timestamps(got: Carried) -> Iterator[tuple[str, str]]:
    yield "left out", ""
    if got.moment is not None:
        yield "in seconds", str(int(got.moment))
        yield "in milliseconds", str(int(got.moment * 1000))


def _other_schemes(
    scheme: Scheme, sent: Message, got: Carried, key: bytes
) -> Iterator[str]:
    """Try what other senders sign, and other hash functions."""
    tried = {scheme.signed}
    for other in schemes.known().values():
        if other.signed in tried or digests.is_asymmetric(other.algorithm):
            continue
        tried.add(other.signed)
        row = replace(scheme, signed=other.signed, algorithm=other.algorithm)
        try:
            if fits(row, sent, got, key):
                yield f"it is signed as {other.title} does, over {other.signed}"
        except Absent:
            continue
    for algorithm in digests.HMAC:
        if algorithm != scheme.algorithm and fits(
            replace(scheme, algorithm=algorithm), sent, got, key
        ):
            yield f"it was made with {algorithm}; {scheme.algorithm} is expected"


def digest_of_query(name: str, sent: Message) -> str | None:
    """Say what is wrong where the query names the body's SHA-256, as Twilio's does."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(sent.url).query)
    named = query.get(name)
    if not named or named[0].lower() == hashlib.sha256(sent.body).hexdigest():
        return None
    return f"{name} in the query is not the SHA-256 of the body"


def rfc3339(moment: float) -> str:
    """Write a moment as RFC 3339 with milliseconds, in UTC."""
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def looks_like(sent: Message) -> tuple[Scheme, ...]:
    """Return the schemes whose header a message carries, written as they write it."""
    return tuple(
        scheme
        for scheme in schemes.known().values()
        if any(each in sent.headers for each in scheme.headers)
        and _is_written_as(scheme, sent)
    )


def _is_written_as(scheme: Scheme, sent: Message) -> bool:
    if scheme.algorithm == "http-message-signature":
        return "signature-input" in sent.headers
    try:
        got = read_carried(scheme, sent)
    except (Absent, Unreadable):
        return False
    if scheme.algorithm == "jws":
        # Most of what stands in Authorization is no signature.
        return (
            got.place != "header Authorization" and got.digests[0].count(".") == _DOTS
        )
    size = digests.size(scheme.algorithm)
    octets = digests.decoded(got.digests[0], scheme.encoding)
    return octets is not None and size in (None, len(octets))
