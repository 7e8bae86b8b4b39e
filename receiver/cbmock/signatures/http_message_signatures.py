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
# RFC 9421 §6.2.2, those that `digests` supports.
_ALGORITHMS: Mapping[str, Algorithm] = {
    "hmac-sha256": "hmac-sha256",
    "ed25519": "ed25519",
    "ecdsa-p256-sha256": "ecdsa-p256-sha256",
    "rsa-v1_5-sha256": "rsa-sha256",
}
_COORDINATE = 32


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
    algorithm = _algorithm_of_key(secret)
    named = next(name for name, own in _ALGORITHMS.items() if own == algorithm)
    parameters: dict[str, Any] = {"created": int(timestamp), "alg": named}
    if scheme.key_id is not None:
        parameters["keyid"] = scheme.key_id
    covered: Any = ([(name, {}) for name in names], parameters)
    octets = digests.made(algorithm, secret.encode(), _base(whole, covered))
    if algorithm == "ecdsa-p256-sha256":
        octets = _coordinates(octets)
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
        cause = "another key, or a covered part was changed on its way"
        return (mismatch(scheme, _SIGNATURE, cause),)
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


def _fits(
    secret: str, parameters: Mapping[str, Any], base: bytes, octets: bytes
) -> bool:
    named = parameters.get("alg")
    algorithm = _algorithm_of_key(secret) if named is None else _ALGORITHMS.get(named)
    if algorithm is None:
        return False
    if algorithm == "ecdsa-p256-sha256" and len(octets) == 2 * _COORDINATE:
        octets = _der(octets)
    try:
        return digests.fits(algorithm, secret.encode(), base, octets)
    except ReceiverError:  # a secret of another algorithm
        return False


def _algorithm_of_key(secret: str) -> Algorithm:
    text = secret.strip()
    if text.startswith("private:") or (
        len(text) == 2 * _COORDINATE
        and all(each in "0123456789abcdef" for each in text)
    ):
        return "ed25519"
    if not text.startswith("-----BEGIN"):
        return "hmac-sha256"
    return digests.algorithm_of(text.encode())


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


def _coordinates(der: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import utils  # noqa: PLC0415 - an extra

    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")


def _der(octets: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import utils  # noqa: PLC0415 - an extra

    r, s = octets[:_COORDINATE], octets[_COORDINATE:]
    return utils.encode_dss_signature(
        int.from_bytes(r, "big"), int.from_bytes(s, "big")
    )


def _sf() -> Any:
    try:
        import http_sf  # noqa: PLC0415 - an extra
    except ImportError:
        raise ReceiverError(
            "HTTP Message Signatures need http-sf: pip install 'openapi-receiver[signatures]'"
        ) from None
    return http_sf
