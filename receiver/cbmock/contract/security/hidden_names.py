"""Which names are those of credentials: the same rule for headers, queries and fields.

It must not know where a name was sent or the documents that name more of them.
"""

from __future__ import annotations

import re

# The words of a name: `X-Hub-Signature-256`, `access_token`, `clientSecret`.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_WORDS = frozenset(
    {
        *("assertion", "auth", "authorization", "bearer", "cookie", "hmac", "jwt"),
        *("credential", "credentials", "passphrase", "passwd", "password", "pwd"),
        *("otp", "secret", "secrets", "sig", "signature", "token", "totp"),
    }
)
# Found anywhere in a name without its separators: `apikey`, `HmacSignature`, `X-Api-Key`.
_PARTS = re.compile(
    r"signature|hmac|password|passwd|passphrase|credential|sessionid|sessid|connectsid|"
    r"samlresponse|codeverifier|devicecode|"
    r"(?:access|auth|bearer|id|refresh)token|"
    r"(?:access|api|auth|private|secret|shared|signing|subscription)key"
)
_SIGNATURE = re.compile(r"signature|hmac|plaidverification")
_SEPARATOR = re.compile(r"[^0-9a-z]+")
# Names of credentials that contain none of these words.
_NAMES = frozenset({"plaid-verification"})
# These describe how the request was signed, and hold no secret (RFC 9421 §4.1).
_DESCRIPTIONS = frozenset({"signature-input", "accept-signature"})
_LONGEST = 512
"""Only this many characters of a name are examined."""


def is_credential(name: str) -> bool:
    """Return whether a value of this name is a credential."""
    name = name[:_LONGEST]
    lower = name.lower()
    if lower in _DESCRIPTIONS:
        return False
    return (
        lower in _NAMES
        or not _WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))
        or _PARTS.search(_SEPARATOR.sub("", lower)) is not None
    )


def is_signature_field(lower: bytes) -> bool:
    """Return whether a header field's name, in lower case, is one of a signature."""
    return b"signature" in lower or b"hmac" in lower or lower == b"plaid-verification"


def is_signature(name: str) -> bool:
    """Return whether a value of this name is a signature, which differs in each request."""
    plain = _SEPARATOR.sub("", name[:_LONGEST].lower())
    return _SIGNATURE.search(plain) is not None
