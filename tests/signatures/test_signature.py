"""What real SDKs made, accepted and refused; and what cbmock signs, it takes."""

import base64
import gzip
import json
from pathlib import Path

import pytest
from cbmock.errors import ReceiverError
from cbmock.signatures import causes, schemes, signed_message
from cbmock.signatures.signature import Signature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

NOW = 1795000000
URL = "https://receiver.example/hooks?x=1"
BODY = b'{"type": "invoice.paid", "id": "evt_1", "data": {"amount": 100}}'
VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
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
ED25519 = pem(ed25519.Ed25519PrivateKey.generate())
SECRETS = {
    "standard-webhooks": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "standard-webhooks-svix-headers": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "adyen-header": "00112233445566778899AABBCCDDEEFF",
    "adyen-payments": "00112233445566778899AABBCCDDEEFF",
    "daily": "AAECAwQFBgcICQoL",
    "discord": ED25519,
    "sendgrid": P256,
    "plaid": P256,
}
FAMILIES = {"shopify", "linear"}  # two names of headers, and a timestamp in the body
EXTRA_HEADERS = {
    "contentful": {
        "x-contentful-signed-headers": "x-contentful-topic,content-type",
        "x-contentful-topic": "Entry.publish",
        "content-type": "application/json",
    },
    "shopify": {
        "X-Shopify-Topic": "orders/create",
        "X-Shopify-Shop-Domain": "shop.example",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": "b5",
    },
}


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


@pytest.mark.parametrize(
    "vector", VECTORS, ids=[f"{each['scheme']}-{each['case']}" for each in VECTORS]
)
def test_every_verdict_of_an_sdk_is_ours(vector):
    signature = Signature(
        vector["scheme"],
        secret=vector["secret"],
        **OPTIONS.get(vector["scheme"], {}),
    )
    found = signature.check(
        [(name, value) for name, value in vector["headers"]],
        base64.b64decode(vector["body_base64"]),
        method=vector["method"],
        url=vector["url"],
        now=vector["now"],
    )
    assert ("refused" if found else "accepted") == vector["expected"], found


@pytest.mark.parametrize(
    "vector", VECTORS, ids=lambda each: f"{each['scheme']} {each['case']}"
)
def test_what_the_fast_check_takes_for_good_is_good(vector):
    name, body = vector["scheme"], base64.b64decode(vector["body_base64"])
    signature = Signature(name, secret=vector["secret"], **OPTIONS.get(name, {}))
    fields = [
        (n.encode("latin-1", "replace"), v.encode()) for n, v in vector["headers"]
    ]
    fast = signature.is_surely_good
    if fast is not None and fast(fields, body, vector["now"]):
        around = {"method": vector["method"], "url": vector["url"]}
        assert (
            signature.check(vector["headers"], body, now=vector["now"], **around) == ()
        )


@pytest.mark.parametrize(
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
        assert fast(fields, BODY, float(NOW))
        assert not fast(fields, BODY + b" ", float(NOW))
        assert not fast(fields * 2, BODY, float(NOW))
        assert not fast([], BODY, float(NOW))


def test_the_cause_is_told_where_the_body_was_signed_before_it_was_compressed():
    signature = Signature("github", secret="secret")
    headers = [*signature.sign(BODY), ("content-encoding", "gzip")]
    (violation,) = signature.check(headers, gzip.compress(BODY))
    assert violation.detail.endswith(
        "it fits the body before its content coding (gzip), not the octets that were sent"
    )


@pytest.mark.parametrize(
    "name", [name for name in SIGNED_BY_HEADER if name != "google-pubsub-push"]
)
def test_what_is_signed_is_taken(name):
    headers = EXTRA_HEADERS.get(name, {})
    body = bodies(name)
    signature = of(name)
    added = signature.sign(body, id="msg_1", timestamp=NOW, url=URL, headers=headers)
    sent = [*headers.items(), *added]
    assert signature.check(sent, body, url=URL, now=NOW) == ()


@pytest.mark.parametrize(
    "name",
    [name for name in SIGNED_BY_HEADER if name not in {"google-pubsub-push", "twilio"}],
)
def test_a_body_that_was_changed_is_refused(name):
    headers = EXTRA_HEADERS.get(name, {})
    body = bodies(name)
    added = of(name).sign(body, id="msg_1", timestamp=NOW, url=URL, headers=headers)
    sent = [*headers.items(), *added]
    changed = body.replace(b"{", b'{"more": 1, ', 1)
    found = of(name).check(sent, changed, url=URL, now=NOW)
    assert codes(found) == ["signature-mismatch"]


@pytest.mark.parametrize(
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


def test_one_of_several_secrets_is_enough():
    added = of("stripe", "old").sign(BODY, timestamp=NOW)
    assert of("stripe", ["new", "old"]).check(added, BODY, now=NOW) == ()


def test_several_secrets_sign_each():
    added = of("stripe", ["new", "old"]).sign(BODY, timestamp=NOW)
    assert of("stripe", "new").check(added, BODY, now=NOW) == ()
    assert of("stripe", "old").check(added, BODY, now=NOW) == ()


@pytest.mark.parametrize(
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


CAUSES = {
    "the secret is read as text": (
        "standard-webhooks",
        lambda: of("standard-webhooks-utf8-secret", SECRETS["standard-webhooks"]),
        BODY,
        "it fits the secret read as text, prefix and all",
    ),
    "a newline ends the secret": (
        "github",
        lambda: of("github", "made_up_secret_0123456789abcdef\n"),
        BODY,
        "it fits the secret read with a newline at its end",
    ),
    "the body was serialised again": (
        "github",
        lambda: of("github"),
        b'{"type":"invoice.paid","id":"evt_1","data":{"amount":100}}',
        "it fits the body serialised again (spaced), not the octets that were sent",
    ),
    "the keys were sorted": (
        "github",
        lambda: of("github"),
        b'{"data": {"amount": 100}, "id": "evt_1", "type": "invoice.paid"}',
        None,
    ),
    "the digest is in base64": (
        "github",
        lambda: of("github", encoding="base64"),
        BODY,
        "it is written in base64; hex is expected",
    ),
    "another hash function": (
        "github",
        lambda: of("github", algorithm="hmac-sha512"),
        BODY,
        "it was made with hmac-sha512; hmac-sha256 is expected",
    ),
    "another template": (
        "stripe",
        lambda: of("stripe", signed="{timestamp}:{body}"),
        BODY,
        "it is signed as Paddle does, over {timestamp}:{body}",
    ),
    "milliseconds": (
        "stripe",
        lambda: of("stripe", signed="1795000000000.{body}"),
        BODY,
        "it fits the timestamp in milliseconds",
    ),
}


@pytest.mark.parametrize("case", CAUSES)
def test_a_mismatch_names_its_cause(case):
    name, signer, body, cause = CAUSES[case]
    added = signer().sign(BODY, id="msg_1", timestamp=NOW)
    title = schemes.named(name).title
    place = schemes.named(name).header[0].partition(" ")[2]
    cause = cause or "another secret, or the body was changed on its way"
    assert wrong(name, added, body) == [
        f"the signature in {place} does not fit {title}: {cause}"
    ]


def test_a_mismatch_names_the_url_that_was_signed():
    added = of("square").sign(BODY, url="http://receiver.example/hooks?x=1")
    assert wrong("square", added) == [
        (
            "the signature in x-square-hmacsha256-signature does not fit Square: it fits the URL "
            f"http://receiver.example/hooks?x=1, not {URL}"
        )
    ]


def test_the_header_of_another_scheme_is_named():
    added = of("stripe").sign(BODY, timestamp=NOW)
    assert wrong("github", added) == [
        (
            "X-Hub-Signature-256 is missing, which GitHub sends; Stripe-Signature is there: this is "
            "signed as Stripe does"
        )
    ]


@pytest.mark.parametrize("name", SIGNED_BY_HEADER)
def test_what_a_request_is_signed_by_is_seen_in_its_header(name):
    headers = EXTRA_HEADERS.get(name, {})
    body = bodies(name)
    if name in {"livekit", "google-pubsub-push"}:
        added = [
            ("Authorization", "Bearer e30.e30.e30")
        ]  # most tokens are no signature
    else:
        added = of(name).sign(body, id="msg_1", timestamp=NOW, url=URL, headers=headers)
    sent = signed_message.read_message([*headers.items(), *added], body)
    found = {each.name for each in causes.looks_like(sent)}
    assert (name in found) == (added[0][0] != "Authorization")


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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
        ({"header": 5}, {}, "signature header: 5 is no text"),
        (
            "github",
            {"tolerance": "long"},
            "signature tolerance: 'long' is no number of seconds",
        ),
        ("github", {"prefix": 5}, "signature prefix: 5 is no text"),
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
