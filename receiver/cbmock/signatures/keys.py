"""Secrets: the octets of a key, from the text that a vendor gives out.

It must not know messages.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from cbmock.errors import ReceiverError
from cbmock.signatures import digests
from cbmock.signatures.scheme import Scheme, SecretEncoding


def key(scheme: Scheme, secret: str) -> bytes | None:
    """Return the key of a scheme for a secret; None if the secret cannot be read."""
    for form in scheme.secret_encoding:
        found = octets(form, secret, scheme.secret_prefix)
        if found is not None:
            return found
    return None


def check(scheme: Scheme, secret: str) -> None:
    """Raise `ReceiverError` if a secret cannot be read, or its library is missing."""
    digests.need(scheme.algorithm, f"the signature scheme of {scheme.title}")
    if key(scheme, secret) is None:
        forms = " or ".join(scheme.secret_encoding)
        raise ReceiverError(
            f"the secret for {scheme.title} is not {forms}: look for white space, and "
            "for a secret of another scheme"
        )


def octets(form: SecretEncoding, secret: str, prefix: str = "") -> bytes | None:
    """Read a secret in one form."""
    if form == "utf-8":
        return secret.encode()
    if form == "sha1":
        return hashlib.sha1(secret.encode(), usedforsecurity=False).digest()
    if form in {"key", "certificate"}:
        return secret.encode()
    text = secret.strip().removeprefix(prefix)
    try:
        if form == "hex":
            return bytes.fromhex(text)
        text += "=" * (-len(text) % 4)  # unpadded secrets are read by most SDKs
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None


def other_forms(scheme: Scheme, secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield the keys that result if a sender reads the secret in another form."""
    used = key(scheme, secret)
    text = secret.encode()
    # `whsec_…` and `polar_whs_…`, whose rest may hold `_` too.
    ends = (secret.partition("_")[2], secret.rpartition("_")[2])
    rests = [each for each in ends if each and "_" in secret]
    forms: tuple[tuple[str, bytes | None], ...] = (
        ("as text, prefix and all", text),
        *(("as text without its prefix", each.encode()) for each in rests),
        ("as text with the prefix whsec_", b"whsec_" + text),
        ("as base64", octets("base64", secret, scheme.secret_prefix)),
        *(("as base64 without its prefix", octets("base64", each)) for each in rests),
        ("as hexadecimal digits", octets("hex", secret)),
        ("as text in base64", base64.b64encode(text)),
        ("as text in hexadecimal digits", text.hex().encode()),
        ("with a newline at its end", text + b"\n"),
        ("without white space around it", secret.strip().encode()),
        ("with quotation marks around it", b'"' + text + b'"'),
        ("with quotation marks around it", b"'" + text + b"'"),
        ("without quotation marks around it", secret.strip("\"'").encode()),
    )
    seen = {used, None}
    for name, form in forms:
        if form not in seen:
            seen.add(form)
            assert form is not None
            yield name, form


def other_secret(scheme: Scheme, secret: str) -> str:
    """Return another secret of the same form, to sign wrongly."""
    form = scheme.secret_encoding[0]
    if form == "base64":
        found = octets(form, secret, scheme.secret_prefix) or b""
        return base64.b64encode(bytes(each ^ 0x55 for each in found)).decode()
    if form == "hex":
        return bytes(each ^ 0x55 for each in bytes.fromhex(secret)).hex()
    if secret.lstrip().startswith("-----BEGIN"):
        return digests.other_private_key(digests.algorithms_of(secret.encode())[0])
    if form in {"key", "certificate"}:
        return digests.other_private_key(scheme.algorithm)
    return f"not {secret}"
