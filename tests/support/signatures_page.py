"""The page docs/signatures.md, made from the table of schemes by `make reference`."""

from pathlib import Path
from typing import get_args

from cbmock.signatures import schemes
from cbmock.signatures.scheme import Algorithm

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
(PEM, a certificate, base64 of SubjectPublicKeyInfo, the 32 octets of Ed25519 in hexadecimal or base64)
and a private key to sign. LiveKit's API key and Braintree's public key are the option `key-id`. Asymmetric schemes,
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

| option of a table | default | meaning |
| --- | --- | --- |
| `scheme` | none | the known scheme whose options this table changes |
| `header` | none | where the signature is: the name of a header field, `body /pointer` or `form NAME`; of several places the first that is present |
| `signed` | `{body}` | what is signed: text with `{body}`, `{timestamp}`, `{id}`, `{url}`, `{path}` (with the query), `{method}`, `{secret}`, `{json:/pointer}`, `{form:name}`, `{form:sorted}` |
| `algorithm` | `hmac-sha256` | ALGORITHMS |
| `encoding` | `hex` | `hex`, `base64` or `base64url` |
| `prefix` | none | what is before the digest: `sha256=` |
| `secret-encoding` | `utf-8` | `utf-8`, `base64`, `hex`, or `key` for a public key |
| `timestamp` | none | where it is: `header NAME`, `body /pointer`, `pair KEY` of the signature's header, or `first word` |
| `unit` | `s` | of the timestamp: `s`, `ms`, `rfc3339`, or `text` if it is not a time |
| `tolerance` | any age | seconds, or `{past = 300, future = 5}` |
| `id` | none | where the identity is, as with `timestamp` |
| `layout` | `value` | `words` (several signatures), `pairs` (`t=1,v1=ab`), `first-word` (a timestamp, then signatures) |
| `separator`, `assign`, `signature-key` | `,`, `=`, none | what separates words or pairs, a key from its value; the key of the signature |
| `rotation` | `any` | `one` if several signatures are an error |

A test asks for it with `cbmock.signed("github", secret=…)`, a Receiver with `signature=` and `secret=`, `serve`
with `--signature standard-webhooks --secret env:SECRET`.

| name | sender | where | algorithm | signed | tolerance | seen in |
| --- | --- | --- | --- | --- | --- | --- |
"""


_SIGNING = get_args(Algorithm).index("jws")


def page():
    named = ", ".join(f"`{each}`" for each in get_args(Algorithm)[:_SIGNING])
    return HEAD.replace("ALGORITHMS", named) + "".join(
        f"{_row(each)}\n" for each in schemes.known().values()
    )


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
        ", ".join(f"`{each}`" for each in scheme.header[:2])
        + " …" * (len(scheme.header) > 2),
        scheme.algorithm,
        "see the standard" if own else f"`{signed}`",
        tolerance,
        scheme.source,
    )
    return f"| {' | '.join(cells)} |"
