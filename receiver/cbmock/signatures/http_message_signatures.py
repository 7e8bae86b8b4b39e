"""HTTP Message Signatures (RFC 9421), with the digest of the content (RFC 9530).

It must not know other schemes. Structured Fields are read by http-sf, of the extra
`openapi-receiver[signatures]`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import urllib.parse
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from cbmock.errors import ReceiverError
from cbmock.signatures import digests
from cbmock.signatures.scheme import Algorithm, Scheme
from cbmock.signatures.signed_message import Absent, Message
from cbmock.signatures.wrong import age, key_unknown, malformed, mismatch
from cbmock.violations import Violation

_INPUT = "header Signature-Input"
_SIGNATURE = "header Signature"
_DIGEST = "header Content-Digest"
_LABEL = "sig1"
_DIGESTS: Mapping[str, Callable[[bytes], Any]] = {
    "sha-256": hashlib.sha256,
    "sha-512": hashlib.sha512,
}
# RFC 9421 §6.2.2
_ALGORITHMS: Mapping[str, Algorithm] = {
    "hmac-sha256": "hmac-sha256",
    "ed25519": "ed25519",
    "ecdsa-p256-sha256": "ecdsa-p256-sha256",
    "ecdsa-p384-sha384": "ecdsa-p384-sha384",
    "rsa-v1_5-sha256": "rsa-sha256",
    "rsa-pss-sha512": "rsa-pss-sha512",
}
_COORDINATES: Mapping[Algorithm, int] = {
    "ecdsa-p256-sha256": 32,
    "ecdsa-p384-sha384": 48,
}
"""The octets of each of the two numbers that are an ECDSA signature (§3.3.4)."""
_ED25519_DIGITS = 64


class _UnknownComponent(Exception):
    pass


def check(
    scheme: Scheme, secrets: tuple[str, ...], sent: Message, now: float | None
) -> tuple[Violation, ...]:
    """Return what is wrong with the signatures; one right signature is enough."""
    inputs = _dictionary(sent, _INPUT)
    signatures = _dictionary(sent, _SIGNATURE)
    if isinstance(inputs, Violation) or isinstance(signatures, Violation):
        return tuple(
            each for each in (inputs, signatures) if isinstance(each, Violation)
        )
    wrong_digest = _content_digest(scheme, sent)
    if wrong_digest is not None:
        return (wrong_digest,)
    found: tuple[Violation, ...] = ()
    for label, covered in inputs.items():
        if label not in signatures:
            continue
        found = _check_one(scheme, secrets, sent, now, covered, signatures[label])
        if not any(each.severity == "error" for each in found):
            return found
    return found or (
        malformed(_SIGNATURE, "Signature has no label that Signature-Input has"),
    )


def sign(
    scheme: Scheme, secrets: tuple[str, ...], sent: Message, timestamp: float | None
) -> tuple[tuple[str, str], ...]:
    """Return `Signature-Input`, `Signature` and, for a body, `Content-Digest`."""
    if timestamp is None:
        raise ReceiverError(
            f"{scheme.title} signs a time: give timestamp= in seconds since the epoch"
        )
    digest = base64.b64encode(hashlib.sha256(sent.body).digest()).decode()
    added = [("Content-Digest", f"sha-256=:{digest}:")] if sent.body else []
    fields = {**sent.headers, **{name.lower(): value for name, value in added}}
    whole = Message(fields, sent.body, sent.method, sent.url)
    names = ["@method", "@target-uri"]
    names += [each for each in ("content-type", "content-digest") if each in fields]
    secret = secrets[0]
    algorithm = _algorithms_of(secret)[0]
    named = next(name for name, own in _ALGORITHMS.items() if own == algorithm)
    parameters: dict[str, Any] = {"created": int(timestamp), "alg": named}
    if scheme.key_id is not None:
        parameters["keyid"] = scheme.key_id
    covered: Any = ([(name, {}) for name in names], parameters)
    octets = digests.made(algorithm, secret.encode(), _base(whole, covered))
    if algorithm in _COORDINATES:
        octets = _coordinates(octets, _COORDINATES[algorithm])
    signature = base64.b64encode(octets).decode()
    return (
        *added,
        ("Signature-Input", f"{_LABEL}={_serialised(covered)}"),
        ("Signature", f"{_LABEL}=:{signature}:"),
    )


def _check_one(
    scheme: Scheme,
    secrets: tuple[str, ...],
    sent: Message,
    now: float | None,
    covered: Any,
    signature: Any,
) -> tuple[Violation, ...]:
    octets = signature[0]
    if not isinstance(covered[0], list) or not isinstance(octets, bytes):
        return (
            malformed(_SIGNATURE, "Signature and Signature-Input do not go together"),
        )
    try:
        base = _base(sent, covered)
    except _UnknownComponent as unknown:
        return (malformed(_INPUT, f"{unknown} is not a component of a request"),)
    if not secrets:
        return (key_unknown(scheme, _SIGNATURE),)
    parameters = covered[1]
    if not any(_fits(secret, parameters, base, octets) for secret in secrets):
        return (mismatch(scheme, _SIGNATURE, _cause(secrets, base, octets)),)
    return (*_times(scheme, parameters, now), *_uncovered(sent, covered[0]))


def _times(
    scheme: Scheme, parameters: Mapping[str, Any], now: float | None
) -> tuple[Violation, ...]:
    created, expires = parameters.get("created"), parameters.get("expires")
    if isinstance(expires, int) and now is not None and now > expires:
        return (
            Violation(
                location="signature",
                code="signature-stale",
                name="Signature-Input",
                detail=f"the signature expired {now - expires:.0f} s ago",
            ),
        )
    stale = age(scheme, created if isinstance(created, int) else None, now)
    return () if stale is None else (stale,)


def _uncovered(sent: Message, components: Iterable[Any]) -> tuple[Violation, ...]:
    names = {name for name, _ in components}
    if not sent.body or "content-digest" in names:
        return ()
    return (
        Violation(
            location="signature",
            code="signature-without-body",
            severity="warning",
            name="Signature-Input",
            detail="the signature does not cover content-digest: the body is not signed",
        ),
    )


def _cause(secrets: tuple[str, ...], base: bytes, octets: bytes) -> str:
    for secret in secrets:
        # OpenSSL takes the longest salt that fits unless it gets a length.
        is_pem = secret.strip().startswith("-----BEGIN")
        if is_pem and digests.has_other_salt(secret.encode(), base, octets):
            return "the salt of its padding is not 64 bytes long (RFC 9421 §3.3.1)"
    return "another key, or a covered part was changed on its way"


def _fits(
    secret: str, parameters: Mapping[str, Any], base: bytes, octets: bytes
) -> bool:
    algorithms = _algorithms_of(secret)
    if (named := parameters.get("alg")) is not None:
        algorithms = tuple(
            each for each in algorithms if each == _ALGORITHMS.get(named)
        )
    for algorithm in algorithms:
        size = _COORDINATES.get(algorithm, 0)
        signature = _der(octets, size) if len(octets) == 2 * size else octets
        try:
            if digests.fits(algorithm, secret.encode(), base, signature):
                return True
        except ReceiverError:  # the text of an HMAC's secret is no key
            continue
    return False


def _algorithms_of(secret: str) -> tuple[Algorithm, ...]:
    """Return the algorithms that a secret can be for, the likely one first."""
    text = secret.strip()
    if text.startswith("-----BEGIN"):
        return digests.algorithms_of(text.encode())
    likely: Algorithm = "hmac-sha256"
    if text.startswith("private:") or (
        len(text) == _ED25519_DIGITS
        and all(each in "0123456789abcdef" for each in text)
    ):
        likely = "ed25519"
    return tuple(dict.fromkeys((likely, *_ALGORITHMS.values())))


def _base(sent: Message, covered: Any) -> bytes:
    """Return the signature base (RFC 9421 §2.5)."""
    components, _ = covered
    lines = [
        f"{_serialised(each)}: {_component(sent, each[0], each[1])}"
        for each in components
    ]
    return "\n".join([*lines, f'"@signature-params": {_serialised(covered)}']).encode()


def _component(sent: Message, name: Any, parameters: Mapping[str, Any]) -> str:
    if not isinstance(name, str) or parameters.keys() - {"name", "sf", "key", "bs"}:
        raise _UnknownComponent(name)
    if name.startswith("@"):
        return _derived(sent, name, parameters)
    if name not in sent.headers:
        raise Absent(f"header {name}")
    value = sent.headers[name].strip()
    if "key" in parameters:
        members = _sf().parse(value.encode(), tltype="dictionary")
        if parameters["key"] not in members:
            raise Absent(f"header {name}")
        return _serialised(members[parameters["key"]])
    if "sf" in parameters:
        return str(_sf().ser(_sf().parse(value.encode(), name=name)))
    if "bs" in parameters:
        return _serialised((value.encode("latin-1"), {}))
    return value


def _derived(sent: Message, name: str, parameters: Mapping[str, Any]) -> str:
    """Return a derived component (RFC 9421 §2.2)."""
    url = urllib.parse.urlsplit(sent.url)
    query = f"?{url.query}"
    if name == "@query-param":
        wanted = urllib.parse.unquote_plus(str(parameters.get("name")))
        pairs = urllib.parse.parse_qsl(url.query, keep_blank_values=True)
        values = [value for key, value in pairs if key == wanted]
        if len(values) != 1:
            raise _UnknownComponent(f'{name};name="{wanted}"')
        return urllib.parse.quote(values[0], safe="*-._", errors="replace")
    usual = {"http": ":80", "https": ":443"}.get(url.scheme, "")
    known = {
        "@method": sent.method,
        "@target-uri": sent.url,
        "@authority": url.netloc.lower().removesuffix(usual),
        "@scheme": url.scheme,
        "@request-target": (url.path or "/") + (query if url.query else ""),
        "@path": url.path or "/",
        "@query": query,
    }
    if name not in known:
        raise _UnknownComponent(name)
    return known[name]


def _content_digest(scheme: Scheme, sent: Message) -> Violation | None:
    """Compare Content-Digest with the body, whether it is covered or not."""
    if "content-digest" not in sent.headers:
        return None
    members = _dictionary(sent, _DIGEST)
    if isinstance(members, Violation):
        return members
    for name, (octets, _) in members.items():
        digest = _DIGESTS.get(name)
        if digest is not None and not (
            isinstance(octets, bytes)
            and hmac.compare_digest(octets, digest(sent.body).digest())
        ):
            return mismatch(scheme, _DIGEST, f"{name} is not that of the body")
    return None


def _dictionary(sent: Message, place: str) -> Mapping[str, Any] | Violation:
    sf = _sf()
    written = sent.value(place)
    try:
        found: Mapping[str, Any] = sf.parse(written.encode(), tltype="dictionary")
    except (sf.StructuredFieldError, UnicodeError):
        detail = f"{place.partition(' ')[2]} is not a dictionary of Structured Fields"
        return malformed(place, detail)
    return found


def _serialised(item: Any) -> str:
    return str(_sf().ser([item]))


def _coordinates(der: bytes, size: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import utils  # noqa: PLC0415 - an extra

    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _der(octets: bytes, size: int) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import utils  # noqa: PLC0415 - an extra

    r, s = octets[:size], octets[size:]
    return utils.encode_dss_signature(
        int.from_bytes(r, "big"), int.from_bytes(s, "big")
    )


def _sf() -> Any:
    import http_sf  # noqa: PLC0415 - an extra

    return http_sf
