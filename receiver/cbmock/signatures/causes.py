"""Why a signature does not match: likely mistakes of the sender are tried out.

Each cause is one change to what is signed, and the first change that makes the signature
match is reported. The number of causes and the work are bounded: other spellings are tried
only for bodies up to a limit.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from cbmock.http import content_codings
from cbmock.signatures import digests, keys, schemes, signed_message, spellings
from cbmock.signatures.carried import Carried, Unreadable
from cbmock.signatures.carried import read as read_carried
from cbmock.signatures.scheme import Algorithm, DigestEncoding, Scheme
from cbmock.signatures.signed_message import Absent, HeaderParts, Message

_DOTS = 2
_PARTS = {
    "{body}": "the body",
    "{timestamp}": "the timestamp",
    "{id}": "the identity",
    "{url}": "the URL",
    "{method}": "the method",
    "{path}": "the path",
    "{path:escaped}": "the path",
    "{signed-headers}": "a signed header",
}


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
    """Return whether one of the digests is that of the message, or of a changed one."""
    urls = [url]
    if url is None and scheme.lenient_url:
        urls = [None, *spellings.with_or_without_port(sent.url)]
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
    # SDKs compare texts: a digest in capitals, or with other padding, is refused.
    return any(
        hmac.compare_digest(right.encode(), each.encode("utf-8", "surrogatepass"))
        for each in found
    )


def cause(
    scheme: Scheme,
    known: tuple[str, ...],
    sent: Message,
    got: Carried,
    former: tuple[str, ...] = (),
) -> str:
    """Return the sentence for a mismatch; it contains no secret.

    `former` are secrets that are no longer in force.
    """
    for secret in former:
        key = keys.key(scheme, secret)
        if key is not None and fits(scheme, sent, got, key):
            return "it fits a former secret, which is no longer in force"
    for secret in known:
        for found in _causes(scheme, secret, sent, got):
            return found
    changed = [name for verb, name in _PARTS.items() if verb in scheme.signed]
    if len(changed) == 1:
        return f"another secret, or {changed[0]} was changed on its way"
    parts = f" ({', '.join(changed)})" if changed else ""
    return f"another secret, or a signed part was changed on its way{parts}"


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
    for name, body in spellings.bodies(sent.body):
        if fits(scheme, sent, got, key, body=body):
            yield f"it fits the body {name}, not the octets that were sent"
    if "{url}" in scheme.signed:
        for url in spellings.urls(sent.url, sent.headers):
            if fits(scheme, sent, got, key, url=url):
                yield f"it fits the URL {url}, not {sent.url}"
    yield from _other_templates(scheme, sent, got, key)


def _other_templates(
    scheme: Scheme, sent: Message, got: Carried, key: bytes
) -> Iterator[str]:
    if "{timestamp}" in scheme.signed:
        for name, timestamp in _other_timestamps(got):
            if fits(scheme, sent, got, key, timestamp=timestamp):
                yield f"it fits the timestamp {name}"
    for name, template in _shorter(scheme.signed):
        if fits(replace(scheme, signed=template), sent, got, key):
            yield f"it fits what is signed with {name} left out"


def _decoded(sent: Message) -> bytes | None:
    """Return the body without its content coding; None if it has no supported one."""
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


def _other_timestamps(got: Carried) -> Iterator[tuple[str, str]]:
    if got.moment is not None:
        yield "in seconds", str(int(got.moment))
        yield "in milliseconds", str(int(got.moment * 1000))


def _shorter(signed: str) -> Iterator[tuple[str, str]]:
    """Yield templates without one of the parts and its separator."""
    for name, verbs in (
        ("the timestamp", ("{timestamp}",)),
        ("the identity", ("{id}",)),
        ("the URL", ("{url}",)),
        ("the method", ("{method}",)),
        ("identity and timestamp", ("{id}", "{timestamp}")),
    ):
        if all(verb in signed for verb in verbs):
            bare = joined = signed
            for verb in verbs:
                part = re.escape(verb)
                bare = bare.replace(verb, "")
                joined = re.sub(rf"{part}[.:\n]|[.:\n]{part}|{part}", "", joined)
            yield from ((name, each) for each in dict.fromkeys((bare, joined)))


def _other_schemes(
    scheme: Scheme, sent: Message, got: Carried, key: bytes
) -> Iterator[str]:
    """Try what other senders sign, and other hash functions."""
    tried = {scheme.signed}
    absent = {"{id}": got.id, "{timestamp}": got.timestamp, "{url}": sent.url}
    empty = {verb for verb, value in absent.items() if not value}
    for other in schemes.known().values():
        if other.signed in tried or digests.is_asymmetric(other.algorithm):
            continue
        if any(verb in other.signed for verb in empty):
            continue  # already tried as a shorter template
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
    """Compare the SHA-256 of the body in the query (Twilio); None if it is right."""
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
    """Return the schemes whose header is in the message, in their form."""
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
        # Most values of Authorization are not signatures.
        return (
            got.place != "header Authorization" and got.digests[0].count(".") == _DOTS
        )
    size = digests.size(scheme.algorithm)
    octets = digests.decoded(got.digests[0], scheme.encoding)
    return octets is not None and size in (None, len(octets))
