"""Amazon SNS: named values of the envelope are signed, not its octets.

It must not fetch anything: the certificate is given as the secret, and the envelope's
`SigningCertURL` is ignored.
"""

from __future__ import annotations

from typing import Any

from cbmock.signatures import digests
from cbmock.signatures.scheme import Algorithm, Scheme
from cbmock.signatures.signed_message import Absent, Message, text
from cbmock.signatures.wrong import key_unknown, malformed, mismatch
from cbmock.violations import Violation

_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_ALGORITHMS: dict[str, Algorithm] = {"1": "rsa-sha1", "2": "rsa-sha256"}


def check(
    scheme: Scheme, certificates: tuple[str, ...], sent: Message
) -> tuple[Violation, ...]:
    """Return what is wrong with an envelope's signature; raises `Absent`."""
    envelope = sent.json
    if not isinstance(envelope, dict):
        raise Absent("body /Signature")
    written = sent.value("body /Signature")
    version = text(envelope.get("SignatureVersion"))
    algorithm = _ALGORITHMS.get(version)
    if algorithm is None:
        detail = f"SignatureVersion {version[:20]!r} is not 1 or 2"
        return (malformed("body /SignatureVersion", detail),)
    signature = digests.decoded(written, "base64")
    if signature is None:
        return (malformed("body /Signature", "the signature is not base64"),)
    if not certificates:
        return (key_unknown(scheme, "body /Signature"),)
    octets = _octets(envelope)
    for each in certificates:
        if digests.fits(algorithm, each.encode(), octets, signature):
            return ()
    cause = "another certificate, or a signed value was changed on its way"
    return (mismatch(scheme, "body /Signature", cause),)


def _octets(envelope: dict[str, Any]) -> bytes:
    confirms = text(envelope.get("Type")).endswith("Confirmation")
    names = _CONFIRMATION if confirms else _NOTIFICATION
    return "".join(
        f"{name}\n{text(envelope[name])}\n"
        for name in names
        if envelope.get(name) is not None
    ).encode("utf-8", "surrogatepass")
