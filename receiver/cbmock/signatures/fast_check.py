"""Fast checking and signing for simple schemes.

These sign the body and some header fields by HMAC, as most schemes do. True means that a
signature is certainly right; False proves nothing, and `Signature.check` decides. The
results must agree with `check` and `sign`. Every signed request is checked here first.
"""

from __future__ import annotations

import binascii
import functools
import hmac
import re
from collections.abc import Callable, Sequence

from cbmock.http.messages import HeaderForm, Headers
from cbmock.signatures import digests, keys
from cbmock.signatures.scheme import Scheme

RawFields = Sequence[tuple[bytes, bytes]]
SignatureFastCheck = Callable[[Headers, bytes, float | None], bool]
"""Takes the header fields, the body and the time; True if the signature is right."""
SignatureFastSign = Callable[[str, float, bytes], RawFields]
"""Takes the delivery's identity, the time, and the body; returns the fields to add."""

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "hex": binascii.hexlify,
    "base64": functools.partial(binascii.b2a_base64, newline=False),
}
_UNITS = {"s": 1, "ms": 1000}
_PARTS = re.compile(r"(\{(?:body|timestamp|id)\})")
_LONGEST_TIMESTAMP = 18
_MOST_FORMS = 512
_VERBS = ("{id}", "{timestamp}", "{body}")
_Parts = tuple[bytes, bytes, bytes]
_Places = tuple[int, ...]


def fast_check(scheme: Scheme, secrets: Sequence[str]) -> SignatureFastCheck | None:
    """Return the fast check of a scheme with these secrets; None if it is not simple."""
    known = [keys.key(scheme, each) for each in secrets]
    if not _is_plain(scheme) or not known or None in known:
        return None
    makers = [digests.hmac_maker(scheme.algorithm, key or b"") for key in known]
    encode, prefix = _ENCODERS[scheme.encoding], scheme.prefix.encode()
    template, ordered = _template(scheme)
    header, time_header = _header(scheme.header[0]), _header(scheme.timestamp)
    wanted = [each for each in (header, time_header, _header(scheme.id)) if each]
    has_time, has_id = scheme.timestamp is not None, scheme.id is not None
    separator = scheme.separator.encode() if scheme.layout == "words" else None
    unit = _UNITS[scheme.unit]
    places_of = _places_of(wanted)

    def is_surely_good(headers: Headers, body: bytes, now: float | None) -> bool:
        raw = headers.raw
        sent = [raw[at][1] for at in places_of(headers)]
        if not sent or b"" in sent:
            return False
        timestamp = sent[1] if has_time else b""
        if has_time and not _is_fresh(scheme, timestamp, unit, now):
            return False
        octets = template % ordered((sent[-1] if has_id else b"", timestamp, body))
        written = (sent[0],) if separator is None else sent[0].split(separator)
        for made in makers:
            right = prefix + encode(made(octets))
            for each in written:
                if hmac.compare_digest(right, each):
                    return scheme.raw or _is_utf8(body)
        return False

    return is_surely_good


def fast_sign(scheme: Scheme, secrets: Sequence[str]) -> SignatureFastSign | None:
    """Return the fast signing of a scheme with one secret; None if it is not simple."""
    key = keys.key(scheme, secrets[0]) if len(secrets) == 1 else None
    if not _is_plain(scheme) or key is None:
        return None
    make = digests.hmac_maker(scheme.algorithm, key)
    encode, prefix = _ENCODERS[scheme.encoding], scheme.prefix.encode()
    template, ordered = _template(scheme)
    header = _header_name(scheme.header[0])
    time_header, id_header = _header_name(scheme.timestamp), _header_name(scheme.id)
    unit = _UNITS[scheme.unit]

    def sign(id: str, moment: float, body: bytes) -> RawFields:
        identity = id.encode()
        timestamp = b"%d" % (int(moment) if unit == 1 else round(moment * unit))
        digest = make(template % ordered((identity, timestamp, body)))
        fields = [(id_header, identity)] if id_header else []
        if time_header:
            fields.append((time_header, timestamp))
        fields.append((header, prefix + encode(digest)))
        return fields

    return sign


def _template(scheme: Scheme) -> tuple[bytes, Callable[[_Parts], tuple[bytes, ...]]]:
    """Return the template as bytes, and a function that orders the parts for it."""
    template = _PARTS.sub("%b", scheme.signed.replace("%", "%%")).encode()
    order = [_VERBS.index(each) for each in _PARTS.findall(scheme.signed)]
    return template, _ordered(order)


def _ordered(order: Sequence[int]) -> Callable[[_Parts], tuple[bytes, ...]]:
    """Return a function that puts parts in the order of a template."""
    if tuple(order) == (0, 1, 2):
        return lambda parts: parts
    return lambda parts: tuple([parts[at] for at in order])


def _is_plain(scheme: Scheme) -> bool:
    places = scheme.header + tuple(filter(None, (scheme.timestamp, scheme.id)))
    one_of_words = scheme.layout == "words" and scheme.rotation == "one"
    return (
        scheme.algorithm in digests.HMAC
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


def _places_of(wanted: Sequence[bytes]) -> Callable[[Headers], _Places]:
    """Return a function that finds fields, once for each form of headers.

    It returns their places; nothing if one is absent or repeated.
    """
    forms: dict[int, tuple[HeaderForm, _Places]] = {}

    def places(headers: Headers) -> _Places:
        form = headers.form
        known = forms.get(id(form))
        if known is not None:
            return known[1]
        names = [name.lower() for name, _ in headers.raw]
        once = all(names.count(each) == 1 for each in wanted)
        found = tuple([names.index(each) for each in wanted]) if once else ()
        if form is not None:
            if len(forms) >= _MOST_FORMS:
                forms.clear()
            # Keeps a reference to the form, so that its id is not reused.
            forms[id(form)] = form, found
        return found

    return places


def _header(place: str | None) -> bytes:
    return _header_name(place).lower()


def _header_name(place: str | None) -> bytes:
    return b"" if place is None else place.removeprefix("header ").encode()


def _is_fresh(scheme: Scheme, timestamp: bytes, unit: int, now: float | None) -> bool:
    if not timestamp.isdigit() or len(timestamp) > _LONGEST_TIMESTAMP:
        return False
    if timestamp.startswith(b"0") and timestamp != b"0":
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
