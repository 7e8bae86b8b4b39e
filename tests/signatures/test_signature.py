"""What real SDKs made, accepted and refused; and what cbmock signs, it takes."""

import base64
import gzip
import hmac
import json
import re
import warnings
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers
from cbmock.signatures import causes, schemes, signed_message
from cbmock.signatures.signature import Signature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwk, jws

from tests.support.rows import each_row

NOW = 1795000000
URL = "https://receiver.example/hooks?x=1"
BODY = b'{"type": "invoice.paid", "id": "evt_1", "data": {"amount": 100}}'
VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
VECTORS_OF = {
    scheme: list(vectors)
    for scheme, vectors in groupby(
        sorted(VECTORS, key=itemgetter("scheme")), itemgetter("scheme")
    )
}
# What the SDKs were told beside the secret.
OPTIONS = {"livekit": {"key_id": "APIkey1"}, "braintree": {"key_id": "pub_made_up"}}
IN_THE_BODY = {"adyen-payments", "aws-sns", "braintree", "mailgun"}
SIGNED_BY_HEADER = sorted({*schemes.known()} - IN_THE_BODY)
PLAIN = [
    name
    for name in SIGNED_BY_HEADER
    if schemes.named(name).algorithm.startswith("hmac")
]


def pem(private):
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


P256 = pem(ec.generate_private_key(ec.SECP256R1()))
_ED25519_KEY = ed25519.Ed25519PrivateKey.generate()
ED25519 = pem(_ED25519_KEY)
ED25519_PUBLIC = (
    _ED25519_KEY.public_key()
    .public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    .decode()
)
RSA = pem(rsa.generate_private_key(65537, 2048))
SECRETS = {
    "standard-webhooks": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "standard-webhooks-svix-headers": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "adyen-header": "00112233445566778899AABBCCDDEEFF",
    "adyen-payments": "00112233445566778899AABBCCDDEEFF",
    "daily": "AAECAwQFBgcICQoL",
    "discord": ED25519,
    "standard-webhooks-ed25519": ED25519,
    "sendgrid": P256,
    "plaid": P256,
}
FAMILIES = {"shopify", "linear"}  # two names of headers, and a timestamp in the body


def bodies(name):
    return b'{"webhookTimestamp": 1795000000000}' if name == "linear" else BODY


def of(name, secret=None, **options):
    return Signature(
        name,
        secret=secret or SECRETS.get(name, "made_up_secret_0123456789abcdef"),
        **options,
    )


def codes(violations):
    return [each.code for each in violations]


def wrong(name, headers, body=BODY, secret=None, **options):
    found = of(name, secret, **options).check(headers, body, url=URL, now=NOW)
    return [each.detail for each in found]


def signature_of(vector):
    name = vector["scheme"]
    return Signature(name, secret=vector["secret"], **OPTIONS.get(name, {}))


def checked(vector):
    return signature_of(vector).check(
        vector["headers"],
        base64.b64decode(vector["body_base64"]),
        method=vector["method"],
        url=vector["url"],
        now=vector["now"],
    )


def is_surely_good(vector):
    fields = [
        (n.encode("latin-1", "replace"), v.encode()) for n, v in vector["headers"]
    ]
    fast = signature_of(vector).is_surely_good
    body = base64.b64decode(vector["body_base64"])
    return fast is not None and fast(Headers(fields), body, vector["now"])


@each_row("scheme", VECTORS_OF)
def test_every_verdict_of_an_sdk_is_ours(scheme):
    found = {each["case"]: checked(each) for each in VECTORS_OF[scheme]}
    otherwise = {
        each["case"]: found[each["case"]]
        for each in VECTORS_OF[scheme]
        if ("refused" if found[each["case"]] else "accepted") != each["expected"]
    }
    assert otherwise == {}


@each_row("scheme", VECTORS_OF)
def test_what_the_fast_check_takes_for_good_is_good(scheme):
    found = {
        each["case"]: checked(each)
        for each in VECTORS_OF[scheme]
        if is_surely_good(each)
    }
    assert {case: each for case, each in found.items() if each} == {}


@each_row(
    "name",
    ["standard-webhooks", "github", "slack", "shopify", "line", "zoom", "linear"],
)
def test_the_usual_schemes_have_a_fast_check(name):
    signature = Signature(name, secret=SECRETS.get(name, "c2VjcmV0"))
    added = signature.sign(BODY, timestamp=NOW) if name not in FAMILIES else ()
    fields = [(n.encode(), v.encode()) for n, v in added]
    fast = signature.is_surely_good
    assert (fast is None) == (name in FAMILIES)
    if fast is not None:
        assert fast(Headers(fields), BODY, float(NOW))
        assert not fast(Headers(fields), BODY + b" ", float(NOW))
        assert not fast(Headers(fields * 2), BODY, float(NOW))
        assert not fast(Headers(), BODY, float(NOW))


@each_row("name", sorted({each["scheme"] for each in VECTORS}))
def test_what_signs_fast_signs_alike(name):
    secret = next(each["secret"] for each in VECTORS if each["scheme"] == name)
    signature = Signature(name, secret=secret, **OPTIONS.get(name, {}))
    fast = signature.sign_fast
    if fast is not None:
        added = signature.sign(BODY, id="msg_1", timestamp=NOW + 0.4)
        alike = tuple((n.encode(), v.encode()) for n, v in added)
        assert tuple(fast("msg_1", NOW + 0.4, BODY)) == alike


def test_the_cause_is_told_where_the_body_was_signed_before_it_was_compressed():
    signature = Signature("github", secret="secret")
    headers = [*signature.sign(BODY), ("content-encoding", "gzip")]
    (violation,) = signature.check(headers, gzip.compress(BODY))
    assert violation.detail.endswith(
        "it fits the body before its content coding (gzip), not the octets that were sent"
    )


@each_row("name", [name for name in SIGNED_BY_HEADER if name != "google-pubsub-push"])
def test_what_is_signed_is_taken(name):
    body = bodies(name)
    signature = of(name)
    added = signature.sign(body, id="msg_1", timestamp=NOW, url=URL)
    assert signature.check(added, body, url=URL, now=NOW) == ()


@each_row(
    "name",
    [name for name in SIGNED_BY_HEADER if name not in {"google-pubsub-push", "twilio"}],
)
def test_a_body_that_was_changed_is_refused(name):
    body = bodies(name)
    added = of(name).sign(body, id="msg_1", timestamp=NOW, url=URL)
    changed = body.replace(b"{", b'{"more": 1, ', 1)
    found = of(name).check(added, changed, url=URL, now=NOW)
    assert codes(found) == ["signature-mismatch"]


@each_row(
    "vector",
    [
        each
        for each in VECTORS
        if each["case"] == "valid_compact" and each["scheme"] in PLAIN
    ],
    ids=lambda vector: vector["scheme"],
)
def test_signing_gives_the_very_headers_of_the_sdk(vector):
    headers = {name.lower(): value for name, value in vector["headers"]}
    scheme = schemes.named(vector["scheme"])
    given = {}
    if scheme.unit == "rfc3339":
        given["timestamp"] = headers[scheme.timestamp.partition(" ")[2].lower()]
    if scheme.id:
        given["id"] = headers[scheme.id.partition(" ")[2].lower()]
    added = Signature(vector["scheme"], secret=vector["secret"]).sign(
        base64.b64decode(vector["body_base64"]),
        method=vector["method"],
        url=vector["url"],
        headers=headers,
        **{"timestamp": NOW, **given},
    )
    assert {name.lower(): value for name, value in added}.items() <= headers.items()


def test_what_the_sdk_wants_beside_the_signature_is_signed_with_it():
    given = {"X-Shopify-Topic": "orders/paid", "content-type": "application/json"}
    added = dict(of("shopify").sign(BODY, id="b5", headers=given))
    del added["X-Shopify-Hmac-Sha256"]
    assert added == {
        "X-Shopify-Shop-Domain": "shop.example",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "b5",
    }


@each_row(
    ("target", "signature"),
    # By @contentful/node-apps-toolkit 3.16.1.
    [
        ("/hooks", "b8115cb3ca4a1563c06ce543bfc18468a3a8624ff07b34c099eb52d851cbd597"),
        ("/a%20b/é", "080489f2a8942f6ce0a530e95f471177ecf9969185303c5f42b478ef4bd40eae"),
        ("/hooks?x=1&y=%20z", "10c62da7de9ce5384ec38db2e5d25f91b973689b0697e4446c8726560f108240"),
        ("/hooks?q=a?b", "4686e0cd00923cfdb20884d4577e0166eac30ac0300979a445b11a5637fd1357"),
        ("/hooks?x=(1)!*~'", "909eb8afc5e0610c3cc5d7296a5420d81f6b4692ba798ed49c71eba81bfb3539"),
    ],
)  # fmt: skip
def test_contentful_signs_its_headers_by_name_and_the_url_escaped_again(
    target, signature
):
    others = "x-contentful-topic, Content-Type"
    given = {
        "X-Contentful-Topic": "Entry.publish",
        "content-type": "application/json",
        "x-contentful-signed-headers": others,
    }
    url = f"https://receiver.example{target}"
    added = of("contentful", "c" * 64).sign(
        b'{"n":1}', timestamp=NOW, url=url, headers=given
    )
    assert dict(added)["x-contentful-signature"] == signature


PAIRS = {
    "a space after the comma": ("t={t}, v1={good}", {"workos"}),
    "a tab after the comma": ("t={t},\tv1={good}", set()),
    "no space after it": ("t={t},v1={good}", {"stripe", "mux", "sanity"}),
    "a signature of an unknown version": (
        "t={t},v0={bad},v1={good}",
        {"stripe", "mux"},
    ),
    "a member without a value": ("t={t},v1={good},abc", {"stripe", "mux"}),
    "another order": ("v1={good},t={t}", {"stripe", "mux"}),
    "two signatures": ("t={t},v1={bad},v1={good}", {"stripe", "mux"}),
    "an earlier time before it": ("t=1,t={t},v1={good}", {"stripe", "mux"}),
    "an earlier time after it": ("t={t},v1={good},t=1", set()),
    "a zero before the time": ("t=0{t},v1={good}", {"stripe", "mux"}),
}
"""Forms of a header, and the schemes whose SDKs take it."""


@each_row("scheme", ["stripe", "mux", "workos", "sanity"])
def test_pairs_are_read_as_the_sdks_read_them(scheme):
    [(header, written)] = of(scheme).sign(BODY, timestamp=NOW)
    t, good = (each.partition("=")[2] for each in re.split(", ?", written))
    taken = {
        name
        for name, (form, _) in PAIRS.items()
        if not wrong(scheme, {header: form.format(t=t, good=good, bad="A" * 8)})
    }
    assert taken == {name for name, (_, takers) in PAIRS.items() if scheme in takers}


def test_pairs_of_ones_own_may_be_spaced():
    table = {"header": "X-Sig", "layout": "pairs", "signature-key": "s"}
    mine = Signature({**table, "timestamp": "pair t", "signed": "{timestamp}{body}"}, secret="s")  # fmt: skip
    [(name, written)] = mine.sign(BODY, timestamp=NOW)
    assert mine.check({name: written.replace(",", " , ")}, BODY, now=NOW) == ()


def test_docusign_signs_by_each_active_key_in_a_field_of_its_own():
    made = [dict(of("docusign-connect", each).sign(BODY)) for each in ("new", "old")]
    new, old = (each["X-DocuSign-Signature-1"] for each in made)
    sent = {"X-DocuSign-Signature-1": new, "X-DocuSign-Signature-2": old}
    for secret in ("new", "old"):
        assert of("docusign-connect", secret).check(sent, BODY) == ()
    assert codes(of("docusign-connect", "other").check(sent, BODY)) == [
        "signature-mismatch"
    ]


def test_several_signatures_of_ones_own_may_be_spaced():
    table = {"header": "X-Sig", "layout": "words", "separator": ",", "prefix": "v1="}
    both = Signature(table, secret=["old", "new"])
    [(name, written)] = both.sign(BODY)
    for spaced in (written, written.replace(",", ", "), f"v2=ab , {written}"):
        assert Signature(table, secret="new").check({name: spaced}, BODY) == ()


def test_the_path_that_is_signed_is_the_one_that_was_sent():
    table = {"header": "X-Sig", "signed": "{method}{path}{body}"}
    url = "https://receiver.example/a%20b?x=%2F&y=a+b"
    key = b"POST/a%20b?x=%2F&y=a+b" + BODY
    digest = hmac.digest(b"s", key, "sha256").hex()
    assert dict(Signature(table, secret="s").sign(BODY, url=url)) == {"X-Sig": digest}


def test_a_public_key_of_ed25519_may_be_base64():
    private = ed25519.Ed25519PrivateKey.generate()
    raw, public = private.private_bytes_raw(), private.public_key().public_bytes_raw()
    both = base64.b64encode(raw + public).decode()
    known = base64.b64encode(public).decode()
    telnyx = {
        "header": "Telnyx-Signature-Ed25519",
        "algorithm": "ed25519",
        "encoding": "base64",
        "signed": "{timestamp}|{body}",
        "timestamp": "header Telnyx-Timestamp",
        "secret-encoding": "key",
    }
    for scheme, secret, key in (
        (telnyx, f"private:{raw.hex()}", known),
        ("standard-webhooks-ed25519", f"whsk_{both}", f"whpk_{known}"),
    ):
        added = Signature(scheme, secret=secret).sign(BODY, id="m", timestamp=NOW)
        assert Signature(scheme, secret=key).check(added, BODY, now=NOW) == ()
        assert codes(Signature(scheme, secret=key).check(added, b"{}", now=NOW)) == [
            "signature-mismatch"
        ]


def detached(body, key, header):
    whole = jws.serialize_compact(
        header, body, key, registry=jws.JWSRegistry(algorithms=[header["alg"]], strict_check_header=False)
    )  # fmt: skip
    before, _, signature = whole.split(".")
    return {"x-jws-signature": f"{before}..{signature}"}


EC_CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1, "ES256K": ec.SECP256K1}  # fmt: skip


@each_row("algorithm", [*EC_CURVES, *(f"{kind}{size}" for kind in ("HS", "RS", "PS") for size in (256, 384, 512)), "Ed25519", "EdDSA"])  # fmt: skip
def test_a_detached_jws_may_have_every_algorithm(algorithm):
    private, kind = "made_up_secret" * 8, jwk.OctKey
    if algorithm in EC_CURVES:
        private, kind = pem(ec.generate_private_key(EC_CURVES[algorithm]())), jwk.ECKey
    elif algorithm.startswith("Ed"):
        private, kind = ED25519, jwk.OKPKey
    elif algorithm != "HS" + algorithm[2:]:
        private, kind = RSA, jwk.RSAKey
    with warnings.catch_warnings(action="ignore"):
        sent = detached(BODY, kind.import_key(private), {"alg": algorithm})
    mine = Signature("jws-detached", secret=private)
    with warnings.catch_warnings(action="error"):
        assert mine.check(sent, BODY) == ()
        assert codes(mine.check(sent, BODY + b"1")) == ["signature-mismatch"]
        assert mine.check(mine.sign(BODY), BODY) == ()


def test_a_detached_jws_may_be_large_and_say_more():
    key = jwk.OctKey.import_key("s" * 40)
    body = b"x" * 500_000
    header = {"alg": "HS256", "iss": "shop"}
    mine = Signature("jws-detached", secret="s" * 40)
    assert mine.check(detached(body, key, header), body) == ()
    assert mine.check(detached(b"", key, {**header, "iss": "x" * 400}), b"") == ()


@each_row("header", [{"crit": 5}, {"crit": [[1]]}, {"crit": ["exp"]}, {"b64": False}, {"alg": []}, {}])  # fmt: skip
def test_an_odd_header_of_a_jws_raises_nothing(header):
    odd = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", **header}).encode())
    sent = {"x-jws-signature": f"{odd.decode().rstrip('=')}..AAAA"}
    [violation] = Signature("jws-detached", secret="s" * 40).check(sent, BODY)
    assert violation.code in {"signature-malformed", "signature-mismatch"}


def test_a_secret_that_cannot_sign_is_an_error():
    public = ED25519_PUBLIC
    for scheme in ("jws-detached", "plaid", "discord"):
        with pytest.raises(ReceiverError, match="must be a private key"):
            Signature(scheme, secret=public).sign(BODY, timestamp=NOW)


def test_one_of_several_secrets_is_enough():
    added = of("stripe", "old").sign(BODY, timestamp=NOW)
    assert of("stripe", ["new", "old"]).check(added, BODY, now=NOW) == ()


def test_several_secrets_sign_each():
    added = of("stripe", ["new", "old"]).sign(BODY, timestamp=NOW)
    assert of("stripe", "new").check(added, BODY, now=NOW) == ()
    assert of("stripe", "old").check(added, BODY, now=NOW) == ()


@each_row(
    ("age", "code"),
    [(300, []), (301, ["signature-stale"]), (-300, []), (-301, ["signature-stale"])],
)
def test_the_edge_of_the_tolerance_is_good(age, code):
    added = of("slack").sign(BODY, timestamp=NOW - age)
    assert codes(of("slack").check(added, BODY, now=NOW)) == code


def test_without_a_time_the_age_is_not_judged():
    added = of("slack").sign(BODY, timestamp=0)
    assert of("slack").check(added, BODY) == ()


def test_without_a_secret_nothing_is_wrong():
    added = of("github").sign(BODY)
    (found,) = Signature("github").check(added, BODY)
    assert (found.code, found.severity) == ("signature-key", "info")


def test_a_body_that_is_not_utf8_is_told_where_sdks_refuse_it():
    body = b'{"x": "\xff"}'
    added = of("stripe").sign(body, timestamp=NOW)
    (found,) = of("stripe").check(added, body, now=NOW)
    assert (found.code, found.severity) == ("signature-body-not-utf8", "info")
    assert of("line").check(of("line").sign(body), body) == ()


UNKNOWN = "another secret, or the body was changed on its way"
PARTS = "another secret, or a signed part was changed on its way ({})"
SECRET = "made_up_secret_0123456789abcdef"
AGAIN = "it fits the body {}, not the octets that were sent"
SENT = '{"type": "paid", "name": "Zo\u00eb", "at": "a/b", "n": 1.0}'.encode()
READ = json.loads(SENT)


def dumped(value=READ, **options):
    return json.dumps(value, **options).encode()


# What was signed in place of the body, and how the cause names it.
BODIES = {
    "compact": (
        dumped(ensure_ascii=False, separators=(",", ":")),
        "serialised again (compact)",
    ),
    "compact, ASCII": (
        dumped(separators=(",", ":")),
        "serialised again (compact, ASCII only)",
    ),
    "sorted": (
        dumped(sort_keys=True, ensure_ascii=False),
        "serialised again (spaced, keys sorted)",
    ),
    "spaced, ASCII": (dumped(), "serialised again (spaced, ASCII only)"),
    "slashes": (
        dumped(separators=(",", ":")).replace(b"/", b"\\/"),
        "serialised again (compact, ASCII only, slashes escaped)",
    ),
    "indented": (dumped(indent=2), "serialised again (indented, ASCII only)"),
    "JavaScript": (
        b'{"type":"paid","name":"Zo\xc3\xab","at":"a/b","n":1}',
        "serialised again (compact, numbers as JavaScript's)",
    ),
    "Python": (repr(READ).encode(), "as Python prints it"),
    "twice": (dumped(SENT.decode()), "serialised twice"),
    "newline": (SENT + b"\n", "with a newline at its end"),
    "CRLF": (SENT + b"\r\n", "with a newline at its end (CRLF)"),
    "nothing": (b"", "left out"),
    "Latin-1": (SENT.decode().encode("latin-1"), "in ISO-8859-1"),
}
SIGN_BODIES = (
    "standard-webhooks",
    "stripe",
    "github",
    "square",
    "adyen-header",
    "zoom",
)


@each_row("case", BODIES)
@each_row("name", SIGN_BODIES)
def test_a_body_that_was_signed_as_something_else_is_named(name, case):
    signed, cause = BODIES[case]
    added = of(name).sign(signed, id="msg_1", timestamp=NOW, url=URL)
    assert causes_of(name, added, SENT) == [AGAIN.format(cause)]


def causes_of(name, headers, body=BODY, secret=None, **options):
    return [
        each.partition(": ")[2]
        for each in wrong(name, headers, body, secret, **options)
    ]


@each_row(
    ("sent", "signed", "cause"),
    [
        (b"a=1+2", b"a=1%202", "with %20 for +"),
        (b"a=%7B", b"a={", "percent-decoded"),
        (SENT + b"\n", SENT, "without its last newline"),
        (b"\xef\xbb\xbf" + SENT, SENT, "without its byte order mark"),
        (b" x ", b"x", "without white space around it"),
        (b"a\r\nb", b"a\nb", "with lines that end in LF"),
        (b"a\nb", b"a\r\nb", "with lines that end in CRLF"),
    ],
)
def test_a_body_that_was_changed_after_it_was_signed_is_named(sent, signed, cause):
    added = of("github").sign(signed)
    assert causes_of("github", added, sent) == [AGAIN.format(cause)]


WHSEC = SECRETS["standard-webhooks"]
# Scheme, the secret that is known, the secret that the sender used as text, the cause.
FORMS = [
    ("standard-webhooks", WHSEC, WHSEC, "as text, prefix and all"),
    (
        "standard-webhooks",
        WHSEC,
        WHSEC.removeprefix("whsec_"),
        "as text without its prefix",
    ),
    ("github", f"whsec_{SECRET}", SECRET, "as text without its prefix"),
    ("stripe", SECRET, f"whsec_{SECRET}", "as text with the prefix whsec_"),
    ("github", base64.b64encode(SECRET.encode()).decode(), SECRET, "as base64"),
    ("slack", SECRET.encode().hex(), SECRET, "as hexadecimal digits"),
    ("slack", SECRET, base64.b64encode(SECRET.encode()).decode(), "as text in base64"),
    ("slack", SECRET, SECRET.encode().hex(), "as text in hexadecimal digits"),
    ("github", SECRET, f"{SECRET}\n", "with a newline at its end"),
    ("github", f" {SECRET}\n", SECRET, "without white space around it"),
    ("stripe", SECRET, f'"{SECRET}"', "with quotation marks around it"),
    ("stripe", f"'{SECRET}'", SECRET, "without quotation marks around it"),
    ("adyen-header", "00FF", "00FF", "as text, prefix and all"),
    ("daily", "c2VjcmV0", "c2VjcmV0", "as text, prefix and all"),
]


@each_row(("name", "known", "used", "form"), FORMS)
def test_a_secret_that_is_read_in_another_form_is_named(name, known, used, form):
    signer = of(name, used, **{"secret-encoding": "utf-8"})
    added = signer.sign(BODY, id="msg_1", timestamp=NOW)
    assert causes_of(name, added, secret=known) == [f"it fits the secret read {form}"]


# Scheme, how the sender differs, the cause.
OTHERWISE = [
    ("github", {"encoding": "base64"}, "it is written in base64; hex is expected"),
    ("stripe", {"encoding": "base64url"}, "it is written in base64url; hex is expected"),
    ("standard-webhooks", {"encoding": "hex"}, "it is written in hex; base64 is expected"),
    ("github", {"algorithm": "hmac-sha512"}, "it was made with hmac-sha512; hmac-sha256 is expected"),
    ("xero", {"algorithm": "hmac-sha1"}, "it was made with hmac-sha1; hmac-sha256 is expected"),
    ("stripe", {"signed": "{timestamp}:{body}"}, "it is signed as Paddle does, over {timestamp}:{body}"),
    ("paddle", {"signed": "{timestamp}.{body}"}, "it is signed as Stripe does, over {timestamp}.{body}"),
    ("zoom", {"signed": "{timestamp}.{body}"}, "it is signed as Stripe does, over {timestamp}.{body}"),
    ("standard-webhooks", {"signed": "v0:{timestamp}:{body}"}, "it is signed as Slack does, over v0:{timestamp}:{body}"),
    ("square", {"signed": "{body}"}, "it fits what is signed with the URL left out"),
    ("hubspot-v3", {"signed": "{body}"}, "it is signed as GitHub does, over {body}"),
    ("hubspot-v3", {"signed": "{url}{body}{timestamp}"}, "it fits what is signed with the method left out"),
    ("stripe", {"signed": "{body}"}, "it fits what is signed with the timestamp left out"),
    ("standard-webhooks", {"signed": "{id}.{body}"}, "it fits what is signed with the timestamp left out"),
    ("standard-webhooks", {"signed": "{timestamp}.{body}"}, "it fits what is signed with the identity left out"),
    ("standard-webhooks", {"signed": "{body}"}, "it fits what is signed with identity and timestamp left out"),
    ("stripe", {"signed": "1795000000000.{body}"}, "it fits the timestamp in milliseconds"),
    ("workos", {"signed": "1795000000.{body}"}, "it fits the timestamp in seconds"),
    ("github", {"signed": "{body}{body}"}, UNKNOWN),
    ("stripe", {"signed": "{body}{timestamp}"}, PARTS.format("the body, the timestamp")),
    ("standard-webhooks", {"signed": "{body}.{id}"}, PARTS.format("the body, the timestamp, the identity")),
]  # fmt: skip


@each_row(("name", "options", "cause"), OTHERWISE)
def test_what_was_signed_otherwise_is_named(name, options, cause):
    added = of(name, **options).sign(BODY, id="msg_1", timestamp=NOW, url=URL)
    assert causes_of(name, added) == [cause]


def test_capitals_and_joined_signatures_are_named():
    ((header, value),) = of("linear").sign(bodies("linear"))
    capitals = "its hexadecimal digits are capitals; small letters are expected"
    assert causes_of("linear", [(header, value.upper())], bodies("linear")) == [
        capitals
    ]
    ((header, value),) = of("github").sign(BODY)
    several = "several signatures are joined by commas; one is expected"
    for twice in ([(header, value)] * 2, [(header, f"{value},{value}")]):
        assert causes_of("github", twice) == [several]


def test_a_former_secret_is_named():
    added = of("stripe", "old").sign(BODY, timestamp=NOW)
    former = "it fits a former secret, which is no longer in force"
    assert causes_of("stripe", added, secret="new", former_secret="old") == [former]
    replaced = of("stripe", "new").replacing(of("stripe", ["new", "old"]))
    (found,) = replaced.check(added, BODY, now=NOW)
    assert found.detail.endswith(former)
    assert replaced.former_secrets == ("old",)


@each_row(
    ("name", "timestamp", "told"),
    [
        ("standard-webhooks", str(NOW * 1000), "in milliseconds; seconds are expected"),
        ("slack", str(NOW * 1_000_000), "in microseconds; seconds are expected"),
        ("workos", str(NOW), "in seconds; milliseconds are expected"),
        ("workos", str(NOW * 1000 - 181_000), "181 s old; 180 s are allowed"),
        ("hubspot-v3", str(NOW * 1000 - 400_000), "400 s old; 300 s are allowed"),
    ],
)
def test_a_timestamp_in_another_unit_is_named(name, timestamp, told):
    added = of(name).sign(BODY, id="msg_1", timestamp=timestamp, url=URL)
    assert wrong(name, added) == [f"the signed timestamp is {told}"]


@each_row(
    "url",
    [
        "http://receiver.example/hooks?x=1",
        "https://receiver.example:443/hooks?x=1",
        "https://receiver.example/hooks",
        "https://receiver.example/hooks/?x=1",
        "http://receiver.example/hooks/",
        "http://127.0.0.1:4020/hooks?x=1",
        "https://inner.example/hooks?x=1",
        "/hooks?x=1",
    ],
)
@each_row("name", ["square", "hubspot-v3"])
def test_another_url_that_was_signed_is_named(name, url):
    added = of(name).sign(BODY, url=url, timestamp=NOW)
    hosts = [("Host", "127.0.0.1:4020"), ("X-Forwarded-Host", "inner.example")]
    cause = f"it fits the URL {url}, not {URL}"
    assert causes_of(name, [*hosts, *added]) == [cause]


def test_a_url_that_is_none_raises_nothing():
    found = of("square").check(
        [("Host", "["), *of("square").sign(BODY)], BODY, url="http://["
    )
    assert codes(found) == []


def test_the_header_of_another_scheme_is_named():
    added = of("stripe").sign(BODY, timestamp=NOW)
    assert wrong("github", added) == [
        (
            "X-Hub-Signature-256 is missing, which GitHub sends; Stripe-Signature is there: this is "
            "signed as Stripe does"
        )
    ]


@each_row("name", SIGNED_BY_HEADER)
def test_what_a_request_is_signed_by_is_seen_in_its_header(name):
    body = bodies(name)
    if name in {"livekit", "google-pubsub-push"}:
        added = [
            ("Authorization", "Bearer e30.e30.e30")
        ]  # most tokens are not signature
    else:
        added = of(name).sign(body, id="msg_1", timestamp=NOW, url=URL)
    sent = signed_message.read_message(added, body)
    found = {each.name for each in causes.looks_like(sent)}
    assert (name in found) == (added[0][0] != "Authorization")


@each_row(
    ("header", "value"),
    [
        ("Authorization", "Bearer abc"),
        ("Authorization", "Basic dTpw"),
        ("X-Signature", "yes"),
        ("X-Signature", "ab" * 20),
        ("Signature", "sig1=:AA==:"),
        ("Stripe-Signature", "t=1"),
        ("webhook-signature", "v1,AAAA"),
        ("X-Hub-Signature-256", "sha1=" + "ab" * 20),
        ("Plaid-Verification", "a.b"),
    ],
)
def test_what_is_written_otherwise_looks_like_no_scheme(header, value):
    sent = signed_message.read_message([(header, value)], BODY)
    assert causes.looks_like(sent) == ()


def test_secrets_stand_in_no_violation_and_no_repr():
    secret = "made_up_secret_0123456789abcdef"
    added = of("github", f"{secret}\n").sign(BODY)
    shown = repr(of("github").check(added, BODY)) + repr(of("github"))
    assert secret not in shown


def test_a_scheme_of_ones_own_is_a_table():
    table = {
        "header": "X-Sig",
        "algorithm": "hmac-sha512",
        "encoding": "base64",
        "prefix": "v1=",
        "signed": "{timestamp}|{body}",
        "timestamp": "header X-Time",
        "unit": "ms",
        "tolerance": {"past": 10},
        "secret-encoding": "hex",
    }
    own = Signature(table, secret="00ff")
    added = own.sign(BODY, timestamp=NOW)
    assert [name for name, _ in added] == ["X-Time", "X-Sig"]
    assert own.check(added, BODY, now=NOW + 10) == ()
    assert codes(own.check(added, BODY, now=NOW + 11)) == ["signature-stale"]
    assert own.check(added, BODY, now=NOW - 1000) == ()


@each_row(
    ("table", "options", "message"),
    [
        (
            "strype",
            {},
            "no signature scheme is called 'strype'; did you mean 'stripe'?",
        ),
        ({}, {}, "a signature needs `header`: where the digest stands"),
        (
            {"header": "X", "algoritm": "x"},
            {},
            "a signature has no option 'algoritm'; did you mean 'algorithm'?",
        ),
        (
            {"header": "X", "encoding": "base32"},
            {},
            "signature encoding: 'base32' is none of hex, base64, base64url",
        ),
        ({"header": 5}, {}, "signature header: 5 is not a text"),
        (
            "github",
            {"tolerance": "long"},
            "signature tolerance: 'long' is not a number of seconds",
        ),
        ("github", {"prefix": 5}, "signature prefix: 5 is not a text"),
        (
            "adyen-header",
            {"secret": "no digits"},
            (
                "the secret for Adyen is not hex: look for white space, and for a secret of "
                "another scheme"
            ),
        ),
    ],
)
def test_a_wrong_table_is_an_error_that_says_what_to_do(table, options, message):
    with pytest.raises(ReceiverError) as error:
        Signature(table, **options)
    assert error.value == ReceiverError(message)


def test_to_sign_a_timestamp_and_a_secret_are_needed():
    with pytest.raises(ReceiverError, match="give timestamp= in seconds"):
        of("stripe").sign(BODY)
    with pytest.raises(ReceiverError, match="a secret is needed"):
        Signature("stripe").sign(BODY, timestamp=NOW)
    with pytest.raises(ReceiverError, match="signs within the body"):
        of("mailgun").sign(BODY)


NAMES = st.sampled_from(
    sorted(
        {header for scheme in schemes.known().values() for header in scheme.headers}
        | {"signature-input", "content-digest", "webhook-id", "webhook-timestamp"}
    )
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "t=1,v1=ab",
            "v1,AA==",
            "a..b",
            "e30.e30.e30",
            'a=("@method")',
            "sha256=zz",
            "a=:AA==:",
        ]
    ),
)


@given(
    name=st.sampled_from(sorted(schemes.known())),
    headers=st.lists(st.tuples(NAMES, TEXTS), max_size=5),
    body=st.one_of(
        st.binary(max_size=40),
        st.sampled_from(
            [b"null", b"[]", b'{"Signature": 1}', b'{"notificationItems": [1]}']
        ),
    ),
)
def test_nothing_that_arrives_raises(name, headers, body):
    found = of(name, PUBLIC.get(name)).check(headers, body, url=URL, now=NOW)
    assert {each.location for each in found} <= {"signature"}


PUBLIC = {"aws-sns": P256, "rfc9421": "shared secret"}
