"""JSON Web Signatures in a header: over a digest of the body, or over the body detached.

It must not know other schemes. Needs the extra `openapi-receiver[signatures]`.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from cbmock.errors import ReceiverError
from cbmock.signatures.scheme import Scheme
from cbmock.signatures.signed_message import Message
from cbmock.signatures.wrong import age, key_unknown, malformed, mismatch
from cbmock.violations import Violation

_LEEWAY = 60
_LIFETIME = 300


def _standard(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def _hexadecimal(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


# Each scheme's algorithm, and the claim that is a digest of the body.
_CLAIMS: Mapping[str, tuple[str, str | None, Callable[[bytes], str]]] = {
    "livekit": ("HS256", "sha256", _standard),
    "plaid": ("ES256", "request_body_sha256", _hexadecimal),
    "google-pubsub-push": ("RS256", None, _standard),
}
# RFC 7518 §3.1, RFC 8812, RFC 8037 and RFC 9864: all but `none`.
_DETACHED = [
    *(f"{kind}{size}" for kind in ("HS", "RS", "PS", "ES") for size in (256, 384, 512)),
    *("ES256K", "EdDSA", "Ed25519", "Ed448"),
]
_BY_KEY = ("ES256", "ES384", "ES512", "ES256K", "Ed25519", "Ed448", "RS256", "HS256")
"""What a private key signs by: the first of these that it can."""


def check(
    scheme: Scheme, secrets: tuple[str, ...], sent: Message, now: float | None
) -> tuple[Violation, ...]:
    """Return what is wrong with the token, and with its claim about the body."""
    place = scheme.header[0]
    token = sent.value(place)
    if scheme.name == "google-pubsub-push":
        token = token.removeprefix("Bearer ")
    header = _header(token)
    if header is None:
        expected = (
            "header..signature" if scheme.name not in _CLAIMS else "a JSON Web Token"
        )
        return (malformed(place, f"{place.partition(' ')[2]} is not {expected}"),)
    if not secrets:
        return (key_unknown(scheme, place),)
    if scheme.name not in _CLAIMS:
        return _check_detached(scheme, secrets, sent, token, header)
    algorithm, claim, digest = _CLAIMS[scheme.name]
    claims = _claims(token, secrets, algorithm)
    if claims is None:
        return (mismatch(scheme, place, f"{algorithm} by another key"),)
    if scheme.key_id is not None and claims.get("iss") != scheme.key_id:
        return (mismatch(scheme, place, "its issuer is another API key"),)
    if claim is not None and claims.get(claim) != digest(sent.body):
        cause = f"its claim {claim} is not the SHA-256 of the body"
        if claims.get(claim) is None:
            cause = f"its claim {claim} is missing"
        return (mismatch(scheme, place, cause),)
    return _times(scheme, claims, now)


def sign(
    scheme: Scheme, secrets: tuple[str, ...], sent: Message, timestamp: float | None
) -> tuple[tuple[str, str], ...]:
    """Return the header field with a token, or with a detached signature."""
    name = scheme.header[0].partition(" ")[2]
    if scheme.name not in _CLAIMS:
        made = _signed(secrets[0], sent.body, {"b64": False, "crit": ["b64"]})
        before, _, _ = made.partition(".")
        return ((name, f"{before}..{made.rpartition('.')[2]}"),)
    if timestamp is None:
        raise ReceiverError(
            f"{scheme.title} signs times: give timestamp= in seconds since the epoch"
        )
    algorithm, claim, digest = _CLAIMS[scheme.name]
    begin = int(timestamp)
    claims: dict[str, Any] = {"iss": scheme.key_id} if scheme.key_id else {}
    claims |= {"iat": begin, "nbf": begin, "exp": begin + _LIFETIME}
    if claim is not None:
        claims[claim] = digest(sent.body)
    payload = json.dumps(claims, separators=(",", ":")).encode()
    token = _signed(secrets[0], payload, {"typ": "JWT"}, algorithm)
    prefix = "Bearer " if scheme.name == "google-pubsub-push" else ""
    return ((name, prefix + token),)


def _signed(
    secret: str, payload: bytes, header: Mapping[str, Any], algorithm: str | None = None
) -> str:
    """Return a compact JWS, by the algorithm or else by the first that the key is for."""
    jws, key = _library()
    from joserfc.errors import JoseError  # noqa: PLC0415 - an extra

    by_text = ("HS256",)
    usual = _BY_KEY if secret.lstrip().startswith(("-----BEGIN", "{")) else by_text
    for each in usual if algorithm is None else (algorithm,):
        try:
            made: str = jws.serialize_compact(
                {"alg": each, **header},
                payload,
                key(secret, each),
                registry=_registry(each),
            )
        except (JoseError, ValueError):
            continue
        return made
    raise ReceiverError(
        f"to sign by {algorithm or 'a key'}, the secret must be a private key: PEM or a JWK"
    )


def _times(
    scheme: Scheme, claims: Mapping[str, Any], now: float | None
) -> tuple[Violation, ...]:
    if now is None:
        return ()
    ends, begins, issued = (_number(claims.get(each)) for each in ("exp", "nbf", "iat"))
    place = scheme.header[0]
    if ends is not None and now > ends + _LEEWAY:
        return (_stale(place, f"expired {now - ends:.0f} s ago"),)
    if begins is not None and now < begins - _LEEWAY:
        return (_stale(place, f"begins in {begins - now:.0f} s"),)
    stale = age(scheme, issued, now)
    return () if stale is None else (stale,)


def _stale(place: str, how: str) -> Violation:
    return Violation(
        location="signature",
        code="signature-stale",
        name=place.partition(" ")[2],
        detail=f"the token {how}; {_LEEWAY} s are allowed",
    )


def _check_detached(
    scheme: Scheme,
    secrets: tuple[str, ...],
    sent: Message,
    token: str,
    header: Mapping[str, Any],
) -> tuple[Violation, ...]:
    """Check `header..signature` (RFC 7515 appendix F, RFC 7797)."""
    place = scheme.header[0]
    before, payload, signature = token.split(".")
    crit = header.get("crit", [])
    critical = crit if isinstance(crit, list) else [crit]
    unencoded = header.get("b64") is False
    is_understood = all(each == "b64" for each in critical)
    if payload or (unencoded and "b64" not in critical) or not is_understood:
        detail = (
            "b64 false must be listed in crit"
            if unencoded and "b64" not in critical
            else "crit is not understood"
        )
        if payload:
            detail = "the payload must be left out"
        return (malformed(place, f"{place.partition(' ')[2]}: {detail}"),)
    jws, key = _library()
    from joserfc.errors import JoseError  # noqa: PLC0415 - an extra

    body = sent.body
    whole = token
    if not unencoded:
        coded = base64.urlsafe_b64encode(body).decode().rstrip("=")
        whole = f"{before}.{coded}.{signature}"
    for secret in secrets:
        try:
            jws.deserialize_compact(
                whole,
                key(secret, str(header.get("alg"))),
                registry=_registry(*_DETACHED),
                payload=body if unencoded else None,
            )
        except (JoseError, ValueError):
            continue
        return ()
    return (mismatch(scheme, place, "another key, or the body was changed on its way"),)


def _claims(
    token: str, secrets: tuple[str, ...], algorithm: str
) -> Mapping[str, Any] | None:
    jws, key = _library()
    from joserfc.errors import JoseError  # noqa: PLC0415 - an extra

    for secret in secrets:
        try:
            found = jws.deserialize_compact(
                token, key(secret, algorithm), registry=_registry(algorithm)
            )
            claims = json.loads(found.payload)
        except (JoseError, ValueError):
            continue
        return claims if isinstance(claims, dict) else None
    return None


def _header(token: str) -> Mapping[str, Any] | None:
    parts = token.split(".")
    if len(parts) != len(("header", "payload", "signature")):
        return None
    try:
        text = base64.urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4))
        header = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return header if isinstance(header, dict) else None


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None


@functools.cache
def _registry(*algorithms: str) -> Any:
    """Return joserfc's rules without its limits on sizes and on uncritical members.

    They refuse good signatures: of a large body, or with a chain of certificates. Sizes
    are limited where a request is read.
    """
    from joserfc import jws  # noqa: PLC0415 - an extra

    class Registry(jws.JWSRegistry):
        max_header_length = max_payload_length = max_signature_length = sys.maxsize

        def get_alg(self, name: str) -> Any:
            # Without the warning that EdDSA is now called Ed25519.
            return super().get_alg(name) if name != "EdDSA" else self.algorithms[name]

    return Registry(algorithms=algorithms, strict_check_header=False)


def _library() -> tuple[Any, Callable[[str, str], Any]]:
    from joserfc import jwk, jws  # noqa: PLC0415 - an extra

    def key(secret: str, algorithm: str) -> Any:
        value: Any = json.loads(secret) if secret.lstrip().startswith("{") else secret
        if algorithm.startswith("HS"):
            return jwk.OctKey.import_key(value)
        if algorithm.startswith("Ed"):
            return jwk.OKPKey.import_key(value)
        rsa = algorithm.startswith(("RS", "PS"))
        return jwk.RSAKey.import_key(value) if rsa else jwk.ECKey.import_key(value)

    return jws, key
