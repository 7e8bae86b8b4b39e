"""The fast check: whether a signature is surely good, for the plain schemes.

It decides for schemes that sign the body with header fields around it by HMAC, which most
do; a "no" proves nothing, and `Signature.check` says what is wrong, if anything. It must
agree with `check` wherever it says yes. Every signed request costs this.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Callable, Iterable, Sequence

from cbmock.signatures import keys
from cbmock.signatures.scheme import Scheme

RawFields = Iterable[tuple[bytes, bytes]]
SignatureFastCheck = Callable[[RawFields, bytes, float | None], bool]
"""Takes the raw header fields, the body, and the time; says yes where all is good."""

_ALGORITHMS = {
    "hmac-sha1": "sha1",
    "hmac-sha256": "sha256",
    "hmac-sha384": "sha384",
    "hmac-sha512": "sha512",
}
_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "hex": lambda digest: digest.hex().encode(),
    "base64": base64.b64encode,
}
_UNITS = {"s": 1, "ms": 1000}
_PARTS = re.compile(r"(\{(?:body|timestamp|id)\})")
_WHOLE = re.compile(rb"0|[1-9][0-9]{0,17}")
_TIMESTAMP, _ID, _BODY = "{timestamp}", "{id}", "{body}"


def fast_check(scheme: Scheme, secrets: Sequence[str]) -> SignatureFastCheck | None:
    """Return the fast check of a scheme with these secrets; None for all but plain ones."""
    known = [keys.key(scheme, each) for each in secrets]
    if not _is_plain(scheme) or not known or None in known:
        return None
    algorithm, encode = _ALGORITHMS[scheme.algorithm], _ENCODERS[scheme.encoding]
    template = _PARTS.sub("%b", scheme.signed.replace("%", "%%")).encode()
    order = [
        (_ID, _TIMESTAMP, _BODY).index(each) for each in _PARTS.findall(scheme.signed)
    ]
    header, prefix = scheme.headers[0].encode(), scheme.prefix.encode()
    time_header, id_header = _header(scheme.timestamp), _header(scheme.id)
    wanted = {header, time_header, id_header} - {b""}
    separator = scheme.separator.encode() if scheme.layout == "words" else None
    unit = _UNITS[scheme.unit]

    def is_surely_good(fields: RawFields, body: bytes, now: float | None) -> bool:
        sent = _sent(fields, wanted)
        if sent is None:
            return False
        timestamp = sent[time_header] if time_header else b""
        if time_header and not _is_fresh(scheme, timestamp, unit, now):
            return False
        parts = sent.get(id_header, b""), timestamp, body
        octets = template % tuple([parts[each] for each in order])
        written = sent[header]
        digests = (written,) if separator is None else written.split(separator)
        for key in known:
            right = prefix + encode(hmac.digest(key or b"", octets, algorithm))
            for each in digests:
                if hmac.compare_digest(right, each):
                    return scheme.raw or _is_utf8(body)
        return False

    return is_surely_good


def _is_plain(scheme: Scheme) -> bool:
    places = scheme.header + tuple(filter(None, (scheme.timestamp, scheme.id)))
    one_of_words = scheme.layout == "words" and scheme.rotation == "one"
    return (
        scheme.algorithm in _ALGORITHMS
        and scheme.encoding in _ENCODERS
        and scheme.layout in ("value", "words")
        and scheme.unit in _UNITS
        and scheme.name != "twilio"
        and len(scheme.header) == 1
        and all(place.startswith("header ") for place in places)
        and "{" not in _PARTS.sub("", scheme.signed)
        and not one_of_words
        and not (scheme.required or scheme.each or scheme.digest_query)
    )


def _sent(fields: RawFields, wanted: set[bytes]) -> dict[bytes, bytes] | None:
    """Return the fields that are wanted; None where one is absent, empty or repeated."""
    sent: dict[bytes, bytes] = {}
    for name, value in fields:
        lower = name.lower()
        if lower in wanted:
            if lower in sent or not value:
                return None
            sent[lower] = value
    return sent if len(sent) == len(wanted) else None


def _header(place: str | None) -> bytes:
    return b"" if place is None else place.removeprefix("header ").lower().encode()


def _is_fresh(scheme: Scheme, timestamp: bytes, unit: int, now: float | None) -> bool:
    if not _WHOLE.fullmatch(timestamp):
        return False
    if now is None:
        return True
    old = now - int(timestamp) / unit
    return (scheme.past is None or old <= scheme.past) and (
        scheme.future is None or -old <= scheme.future
    )


def _is_utf8(body: bytes) -> bool:
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
