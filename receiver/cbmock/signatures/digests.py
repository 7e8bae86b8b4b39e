"""Digests: sign octets with a key, and check whether a signature is right.

It must not know templates, headers or vendors. Asymmetric algorithms need the extra
`openapi-receiver[signatures]`.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cbmock import extras
from cbmock.errors import ReceiverError
from cbmock.signatures.scheme import Algorithm, DigestEncoding

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import (
        PrivateKeyTypes,
        PublicKeyTypes,
    )

HMAC: Mapping[Algorithm, Callable[..., Any]] = {
    "hmac-sha1": hashlib.sha1,
    "hmac-sha256": hashlib.sha256,
    "hmac-sha384": hashlib.sha384,
    "hmac-sha512": hashlib.sha512,
}
_SIZES: Mapping[Algorithm, int] = {
    "sha256": 32,
    "ed25519": 64,
    **{name: made().digest_size for name, made in HMAC.items()},
}
_ED25519 = 32
_PRIVATE, _PUBLIC = b"whsk_", b"whpk_"  # Standard Webhooks, asymmetric signatures
_LIBRARIES = {"jws": "joserfc", "http-message-signature": "http_sf"}
_MOST_KEYS = 64
"""How many keys are kept parsed: to parse one takes longer than to sign or check."""


def is_asymmetric(algorithm: Algorithm) -> bool:
    """Return whether signer and verifier hold different keys."""
    return algorithm not in HMAC and algorithm != "sha256"


def need(algorithm: Algorithm, user: str) -> None:
    """Raise `ReceiverError` if the library of an algorithm is not installed."""
    if is_asymmetric(algorithm):
        extras.need(_LIBRARIES.get(algorithm, "cryptography"), user)


def size(algorithm: Algorithm) -> int | None:
    """Return how many octets a signature has; None if the number varies."""
    return _SIZES.get(algorithm)


def made(algorithm: Algorithm, key: bytes, octets: bytes) -> bytes:
    """Sign octets; a private key is needed where the algorithm is asymmetric."""
    if algorithm in HMAC:
        return hmac.digest(key, octets, HMAC[algorithm])
    if algorithm == "sha256":  # the secret stands in the template
        return hashlib.sha256(octets).digest()
    return _asymmetric_made(algorithm, key, octets)


def hmac_maker(algorithm: Algorithm, key: bytes) -> Callable[[bytes], bytes]:
    """Return a function for HMACs with one key (RFC 2104), whose blocks are hashed once.

    `hmac.digest` looks up the algorithm each time, which takes as long as a short message.
    """
    new = HMAC[algorithm]
    block = new().block_size
    key = (new(key).digest() if len(key) > block else key).ljust(block, b"\0")
    inner = new(bytes(each ^ 0x36 for each in key)).copy
    outer = new(bytes(each ^ 0x5C for each in key)).copy

    def made(octets: bytes) -> bytes:
        within, around = inner(), outer()
        within.update(octets)
        around.update(within.digest())
        digest: bytes = around.digest()
        return digest

    return made


def fits(algorithm: Algorithm, key: bytes, octets: bytes, signature: bytes) -> bool:
    """Return whether a signature is that of the octets; takes constant time for HMAC."""
    if not is_asymmetric(algorithm):
        return hmac.compare_digest(made(algorithm, key, octets), signature)
    return _asymmetric_fits(algorithm, key, octets, signature)


def has_other_salt(key: bytes, octets: bytes, signature: bytes) -> bool:
    """Return whether a signature is that of `rsa-pss-sha512` but for its salt's length."""
    return _asymmetric_fits("rsa-pss-sha512", key, octets, signature, any_salt=True)


def encoded(octets: bytes, encoding: DigestEncoding) -> str:
    """Encode a signature for its header."""
    if encoding == "hex":
        return octets.hex()
    if encoding == "base64":
        return base64.b64encode(octets).decode()
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def decoded(text: str, encoding: DigestEncoding) -> bytes | None:
    """Decode a signature; None if it is not in this encoding."""
    try:
        if encoding == "hex":
            return bytes.fromhex(text)
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None


def _asymmetric_made(algorithm: Algorithm, key: bytes, octets: bytes) -> bytes:
    _, ec, ed25519, _, rsa = _cryptography()
    private = _private(key)
    digest, padding = _hash_and_padding(algorithm)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return bytes(private.sign(octets))
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return bytes(private.sign(octets, ec.ECDSA(digest)))
    if isinstance(private, rsa.RSAPrivateKey):
        return bytes(private.sign(octets, padding, digest))
    raise ReceiverError(f"the secret is not a private key for {algorithm}")


def _asymmetric_fits(
    algorithm: Algorithm,
    key: bytes,
    octets: bytes,
    signature: bytes,
    *,
    any_salt: bool = False,
) -> bool:
    _, ec, ed25519, _, rsa = _cryptography()
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - an extra

    public = _public(key)
    digest, padding = _hash_and_padding(algorithm, any_salt=any_salt)
    try:
        if isinstance(public, ed25519.Ed25519PublicKey):
            public.verify(signature, octets)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, octets, ec.ECDSA(digest))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, octets, padding, digest)
        else:
            return False
    except InvalidSignature:
        return False
    return True


def _hash_and_padding(
    algorithm: Algorithm, *, any_salt: bool = False
) -> tuple[Any, Any]:
    """Return the hash function, and the padding for a key of RSA."""
    hashes, _, _, padding, _ = _cryptography()
    if algorithm == "rsa-pss-sha512":  # RFC 9421 §3.3.1
        digest = hashes.SHA512()
        salt = padding.PSS.AUTO if any_salt else digest.digest_size
        return digest, padding.PSS(padding.MGF1(digest), salt)
    by_name = {"rsa-sha1": hashes.SHA1, "ecdsa-p384-sha384": hashes.SHA384}
    return by_name.get(algorithm, hashes.SHA256)(), padding.PKCS1v15()


def _cryptography() -> tuple[Any, Any, Any, Any, Any]:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import (  # noqa: PLC0415 - an extra
        ec,
        ed25519,
        padding,
        rsa,
    )

    return hashes, ec, ed25519, padding, rsa


@functools.lru_cache(maxsize=_MOST_KEYS)
def _private(key: bytes) -> PrivateKeyTypes:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra

    text = key.strip()
    try:
        if text.startswith(b"-----BEGIN"):
            return serialization.load_pem_private_key(text, None)
        if text.startswith(_PRIVATE):
            # The public key may follow the private one.
            raw = base64.b64decode(text.removeprefix(_PRIVATE), validate=True)[
                :_ED25519
            ]
        else:
            raw = bytes.fromhex(text.removeprefix(b"private:").decode())
        return ed25519.Ed25519PrivateKey.from_private_bytes(raw)
    except ValueError:
        raise ReceiverError(
            "to sign, the secret must be a private key: PEM, whsk_…, or `private:` and the "
            "32 octets of an Ed25519 key in hexadecimal digits"
        ) from None


@functools.lru_cache(maxsize=_MOST_KEYS)
def _public(key: bytes) -> PublicKeyTypes:
    """Read a public key: PEM, a certificate, base64 of SubjectPublicKeyInfo, or hex."""
    from cryptography import x509  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - an extra

    text = key.strip()
    try:
        if text.startswith(b"-----BEGIN CERTIFICATE"):
            return x509.load_pem_x509_certificate(text).public_key()
        if text.startswith(b"-----BEGIN PUBLIC"):
            return serialization.load_pem_public_key(text)
        if text.startswith((b"-----BEGIN", b"private:", _PRIVATE)):
            return _private(text).public_key()
        is_hex = len(text) == 2 * _ED25519
        raw = (
            bytes.fromhex(text.decode())
            if is_hex
            else base64.b64decode(text.removeprefix(_PUBLIC), validate=True)
        )
        if len(raw) == _ED25519:
            return ed25519.Ed25519PublicKey.from_public_bytes(raw)
        return serialization.load_der_public_key(raw)
    except ValueError:
        raise ReceiverError(
            "the secret is not a public key: give PEM, a certificate, base64 of its "
            "SubjectPublicKeyInfo, or 32 octets in hexadecimal digits or base64 (whpk_…)"
        ) from None


def algorithms_of(key: bytes) -> tuple[Algorithm, ...]:
    """Return the algorithms that a key in PEM can be for, the usual one first."""
    _, ec, ed25519, _, _ = _cryptography()
    public = _public(key)
    if isinstance(public, ed25519.Ed25519PublicKey):
        return ("ed25519",)
    if isinstance(public, ec.EllipticCurvePublicKey):
        if isinstance(public.curve, ec.SECP384R1):
            return ("ecdsa-p384-sha384",)
        return ("ecdsa-p256-sha256",)
    return ("rsa-sha256", "rsa-pss-sha512")


def other_private_key(algorithm: Algorithm) -> str:
    """Return a new private key in PEM."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - an extra

    _, ec, ed25519, _, rsa = _cryptography()
    if algorithm == "ed25519":
        private = ed25519.Ed25519PrivateKey.generate()
    elif algorithm == "ecdsa-p256-sha256":
        private = ec.generate_private_key(ec.SECP256R1())
    elif algorithm == "ecdsa-p384-sha384":
        private = ec.generate_private_key(ec.SECP384R1())
    else:
        private = rsa.generate_private_key(65537, 2048)
    octets: bytes = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return octets.decode()
