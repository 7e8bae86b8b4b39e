"""The page docs/signatures.md, made from the table of schemes by `make reference`."""

from pathlib import Path

from cbmock.signatures import schemes

PAGE = Path(__file__).parents[2] / "docs" / "signatures.md"

HEAD = """# Signatures

The schemes that `--signature`, `Signature(…)` and `cbmock sign` know by name. This page is written
from the table in the code. "documentation" means that the row follows the vendor's description and
was not run against an SDK; all others pass verdicts of the SDKs named.

A signature is checked over the bytes as received, with every configured secret; one match is enough.
Tolerances are in seconds, past and future; `any` means that any age is accepted. An unreadable part
is `signature-malformed`, an absent part `signature-missing`, an age beyond the tolerance
`signature-stale`, everything else `signature-mismatch`, with its cause.

`secret` is a text, or several while keys rotate. A signature by a `former-secret` is refused, and the
violation names this cause. Asymmetric schemes take a public key to check
(PEM, a certificate, base64 of SubjectPublicKeyInfo, 32 octets in hexadecimal) and a private key to
sign. LiveKit's API key and Braintree's public key are the option `key-id`. Asymmetric schemes,
JSON Web Signatures and RFC 9421 need `openapi-receiver[signatures]`.

A mismatch names its cause if it can be found: the body was serialised again, the secret was read as
text, another URL was signed. A scheme that is not in the list is a table:

```python
from cbmock import Signature

mine = Signature(
    {"header": "X-Sig", "signed": "{timestamp}.{body}", "timestamp": "header X-Time"},
    secret="s3cret",
    tolerance=300,
)
fields = mine.sign(b"{}", timestamp=1795000000)
assert mine.check(fields, b"{}", now=1795000010) == ()
```

A test asks for it with `cbmock.signed("github", secret=…)`, a Receiver with `signature=` and `secret=`, `serve`
with `--signature standard-webhooks --secret env:SECRET`.

| name | sender | where | algorithm | signed | tolerance | seen in |
| --- | --- | --- | --- | --- | --- | --- |
"""


def page():
    return HEAD + "".join(f"{_row(each)}\n" for each in schemes.known().values())


def _row(scheme):
    ages = [scheme.past, scheme.future]
    tolerance = " / ".join("any" if each is None else f"{each:g}" for each in ages)
    signed = scheme.signed.replace("\n", "\\n").replace("|", "\\|")
    own = (
        scheme.algorithm in {"jws", "http-message-signature"}
        or scheme.name == "aws-sns"
    )
    cells = (
        f"`{scheme.name}`",
        scheme.title,
        ", ".join(f"`{each}`" for each in scheme.header),
        scheme.algorithm,
        "see the standard" if own else f"`{signed}`",
        tolerance,
        scheme.source,
    )
    return f"| {' | '.join(cells)} |"
