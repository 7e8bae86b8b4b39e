"""The SDKs of ten vendors verify what cbmock signs, and sign what it verifies."""

import json
import time

import pytest
from cbmock.signatures.signature import Signature

BODY = b'{"id": "evt_1", "object": "event", "type": "invoice.paid"}'
TEXT = BODY.decode()
URL = "https://receiver.example/hooks"
SECRET = "made_up_secret_0123456789abcdef"
WHSEC = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
ADYEN = "00112233445566778899AABBCCDDEEFF0F1E2D3C4B5A69788796A5B4C3D2E1F0"


def signed(name, secret=SECRET, body=BODY, **options):
    added = Signature(name, secret=secret).sign(
        body, id="msg_1", timestamp=time.time(), url=URL, **options
    )
    return dict(added)


def check(name, headers, secret=SECRET, body=BODY):
    return Signature(name, secret=secret).check(headers, body, url=URL, now=time.time())


def test_standardwebhooks_takes_and_makes():
    import datetime as dt

    from standardwebhooks.webhooks import Webhook

    theirs = Webhook(WHSEC)
    assert theirs.verify(TEXT, signed("standard-webhooks", WHSEC)) == json.loads(BODY)
    now = dt.datetime.now(dt.UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": theirs.sign("msg_1", now, TEXT),
    }
    assert check("standard-webhooks", headers, WHSEC) == ()


def test_svix_takes_and_makes():
    import datetime as dt

    from svix.webhooks import Webhook

    theirs = Webhook(WHSEC)
    theirs.verify(TEXT, signed("standard-webhooks-svix-headers", WHSEC))
    now = dt.datetime.now(dt.UTC)
    headers = {
        "svix-id": "msg_1",
        "svix-timestamp": str(int(now.timestamp())),
        "svix-signature": theirs.sign("msg_1", now, TEXT),
    }
    assert check("svix", headers, WHSEC) == ()


def test_stripe_takes_and_makes():
    import stripe

    header = signed("stripe")["Stripe-Signature"]
    stripe.WebhookSignature.verify_header(TEXT, header, SECRET, 300)
    theirs = stripe.WebhookSignature.generate_signature_header(
        payload=TEXT, secret=SECRET
    )
    assert check("stripe", {"Stripe-Signature": theirs}) == ()


def test_slack_takes_and_makes():
    from slack_sdk.signature import SignatureVerifier

    theirs = SignatureVerifier(SECRET)
    assert theirs.is_valid_request(TEXT, signed("slack"))
    stamp = str(int(time.time()))
    headers = {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": theirs.generate_signature(timestamp=stamp, body=TEXT),
    }
    assert check("slack", headers) == ()


def test_twilio_takes_and_makes():
    from twilio.request_validator import RequestValidator

    theirs = RequestValidator(SECRET)
    form = {"content-type": "application/x-www-form-urlencoded"}
    body, fields = b"b=2&a=1", {"b": "2", "a": "1"}
    ours = signed("twilio", body=body, headers=form)["X-Twilio-Signature"]
    assert theirs.validate(URL, fields, ours)
    headers = {**form, "X-Twilio-Signature": theirs.compute_signature(URL, fields)}
    assert check("twilio", headers, body=body) == ()


def test_gocardless_takes():
    from gocardless_pro import webhooks

    events = b'{"events": []}'
    header = signed("gocardless", body=events)["Webhook-Signature"]
    assert webhooks.parse(events, SECRET, header) == []


def test_adyen_takes():
    from Adyen.util import is_valid_hmac_payload

    header = signed("adyen-header", ADYEN)["hmacsignature"]
    assert is_valid_hmac_payload(header, ADYEN, BODY)


def test_line_takes():
    from linebot.v3.webhook import SignatureValidator

    assert SignatureValidator(SECRET).validate(TEXT, signed("line")["X-Line-Signature"])


def test_workos_takes():
    from workos import WorkOSClient

    theirs = WorkOSClient(api_key="sk_made_up", client_id="client_made_up").webhooks
    header = signed("workos")["WorkOS-Signature"]
    theirs.verify_header(event_body=BODY, event_signature=header, secret=SECRET)


def test_discord_takes():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from discord_interactions import verify_key

    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw().hex()
    headers = signed("discord", f"private:{private.private_bytes_raw().hex()}")
    assert verify_key(
        BODY,
        headers["X-Signature-Ed25519"],
        headers["X-Signature-Timestamp"],
        public,
    )
    assert check("discord", headers, public) == ()


def test_square_takes():
    from square.utils.webhooks_helper import verify_signature

    header = signed("square")["x-square-hmacsha256-signature"]
    assert verify_signature(
        request_body=TEXT,
        signature_header=header,
        signature_key=SECRET,
        notification_url=URL,
    )


def key_pairs():
    """Return the secret of each algorithm for us, and its keys for the library."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    rsa_key = rsa.generate_private_key(65537, 2048)
    made = {
        "ED25519": ed25519.Ed25519PrivateKey.generate(),
        "ECDSA_P256_SHA256": ec.generate_private_key(ec.SECP256R1()),
        "ECDSA_P384_SHA384": ec.generate_private_key(ec.SECP384R1()),
        "RSA_V1_5_SHA256": rsa_key,
        "RSA_PSS_SHA512": rsa_key,
    }
    pairs = {name: (pem(key), key, key.public_key()) for name, key in made.items()}
    return {"HMAC_SHA256": (SECRET, SECRET.encode(), SECRET.encode()), **pairs}


def pem(private):
    from cryptography.hazmat.primitives import serialization

    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def test_http_message_signatures_takes_and_makes():
    import http_message_signatures as hms
    from requests import Request

    differing = {}
    for name, (secret, private, public) in key_pairs().items():
        kind = getattr(hms.algorithms, name)

        class Keys(hms.HTTPSignatureKeyResolver):
            def resolve_public_key(self, key_id, known=public):
                return known

            def resolve_private_key(self, key_id, known=private):
                return known

        content = {"content-type": "application/json"}
        if name != "RSA_PSS_SHA512":  # we sign by the other algorithm for such keys
            ours = Signature("rfc9421", secret=secret, key_id="k").sign(
                BODY, timestamp=time.time(), url=URL, headers=content
            )
            request = Request("POST", URL, data=BODY, headers={**content, **dict(ours)})
            hms.HTTPMessageVerifier(
                signature_algorithm=kind, key_resolver=Keys()
            ).verify(request.prepare())
        for with_name in (True, False):
            theirs = Request("POST", URL, data=BODY).prepare()
            hms.HTTPMessageSigner(signature_algorithm=kind, key_resolver=Keys()).sign(
                theirs,
                key_id="k",
                covered_component_ids=("@method", "@target-uri"),
                include_alg=with_name,
            )
            found = check("rfc9421", dict(theirs.headers), secret)
            differing[name, with_name] = [each.code for each in found]
    assert {*map(tuple, differing.values())} == {("signature-without-body",)}, differing


def test_a_salt_that_rfc_9421_does_not_allow_is_named():
    """As npm's http-message-signatures 1.0.6 signs: OpenSSL's default is the longest salt."""
    import http_message_signatures as hms
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    from requests import Request

    secret, private, _ = key_pairs()["RSA_PSS_SHA512"]

    class LongestSalt(hms.algorithms.RSA_PSS_SHA512):
        def sign(self, message):
            digest = hashes.SHA512()
            salted = padding.PSS(padding.MGF1(digest), padding.PSS.MAX_LENGTH)
            return private.sign(message, salted, digest)

    class Keys(hms.HTTPSignatureKeyResolver):
        def resolve_private_key(self, key_id):
            return private

    sent = Request("POST", URL, data=BODY).prepare()
    hms.HTTPMessageSigner(signature_algorithm=LongestSalt, key_resolver=Keys()).sign(
        sent, key_id="k", covered_component_ids=("@method", "@target-uri")
    )
    (found,) = check("rfc9421", dict(sent.headers), secret)
    assert found.code == "signature-mismatch"
    assert found.detail == (
        "the signature in Signature does not fit HTTP Message Signatures (RFC 9421): "
        "the salt of its padding is not 64 bytes long (RFC 9421 §3.3.1)"
    )
    (other,) = check("rfc9421", dict(sent.headers), key_pairs()["RSA_PSS_SHA512"][0])
    assert other.detail.endswith(
        "another key, or a covered part was changed on its way"
    )


# --- the same verdict as the SDK on what was tampered with ---


def by_header(header, verify):
    """Return a verifier of headers and body, of one that takes the signature alone."""

    def verified(headers, body):
        fields = {name.lower(): value for name, value in headers}
        return verify(fields[header], body)

    return verified


def by_mapping(verify):
    """Return a verifier that says yes where nothing is raised."""

    def verified(headers, body):
        return verify(body.decode(), dict(headers)) is not False

    return verified


def sdks():
    """Return the verifier of each SDK, by the name of its scheme."""
    import stripe
    from Adyen.util import is_valid_hmac_payload
    from linebot.v3.webhook import SignatureValidator
    from slack_sdk.signature import SignatureVerifier
    from square.utils.webhooks_helper import verify_signature
    from standardwebhooks.webhooks import Webhook
    from svix.webhooks import Webhook as Svix

    def square(signature, body):
        return verify_signature(
            request_body=body.decode(),
            signature_header=signature,
            signature_key=SECRET,
            notification_url=URL,
        )

    return {
        "standard-webhooks": by_mapping(Webhook(WHSEC).verify),
        "svix": by_mapping(Svix(WHSEC).verify),
        "slack": by_mapping(SignatureVerifier(SECRET).is_valid_request),
        "stripe": by_header(
            "stripe-signature",
            lambda signature, body: stripe.WebhookSignature.verify_header(
                body.decode(), signature, SECRET, 300
            ),
        ),
        "adyen-header": by_header(
            "hmacsignature",
            lambda signature, body: is_valid_hmac_payload(signature, ADYEN, body),
        ),
        "line": by_header(
            "x-line-signature",
            lambda signature, body: SignatureValidator(SECRET).validate(
                body.decode(), signature
            ),
        ),
        "square": by_header("x-square-hmacsha256-signature", square),
    }


SDK_SECRETS = {"standard-webhooks": WHSEC, "svix": WHSEC, "adyen-header": ADYEN}


def everywhere(change):
    return lambda headers, body: ([change(*each) for each in headers], body)


def signature(change):
    return lambda headers, body: (
        [*headers[:-1], (headers[-1][0], change(headers[-1][1]))],
        body,
    )


TAMPERED = {
    "nothing": lambda headers, body: (headers, body),
    "names in lower case": everywhere(lambda name, value: (name.lower(), value)),
    "one byte": lambda headers, body: (headers, body.replace(b"evt_1", b"evt_2")),
    "a space": lambda headers, body: (headers, body + b" "),
    "a newline": lambda headers, body: (headers, body + b"\n"),
    "re-serialised": lambda headers, body: (
        headers,
        json.dumps(json.loads(body), separators=(",", ":")).encode(),
    ),
    "no signature": lambda headers, body: (headers[:-1], body),
    "empty": signature(lambda value: ""),
    "garbage": signature(lambda value: "garbage"),
    "cut short": signature(lambda value: value[:-2]),
    "capitals": signature(str.upper),
    "small letters": signature(str.lower),
    "in quotation marks": signature(lambda value: f'"{value}"'),
    "without its prefix": signature(lambda value: value[3:]),
    "another version": signature(lambda value: value.replace("v1", "v9").replace("v0", "v9")),
    "an unknown version after it": signature(lambda value: f"{value} v9,AAAA"),
    "an unknown version before it": signature(lambda value: f"v9,AAAA {value}"),
    "a key after it": signature(lambda value: f"{value},v9=abc"),
    "a key before it": signature(lambda value: f"v9=abc,{value}"),
    "twice": signature(lambda value: f"{value},{value}"),
    "another time": everywhere(
        lambda name, value: (name, value.replace(str(int(time.time()))[:6], "170000"))
    ),
    "no time": everywhere(
        lambda name, value: (name, "" if name.lower().endswith("timestamp") else value)
    ),
    "another identity": everywhere(
        lambda name, value: (name, "msg_2" if value == "msg_1" else value)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ["standard-webhooks", "svix", "slack", "stripe", "adyen-header", "line", "square"])  # fmt: skip
def test_what_was_tampered_with_gets_the_verdict_of_the_sdk(name):
    theirs, secret = sdks()[name], SDK_SECRETS.get(name, SECRET)
    differing = {}
    for case, tamper in TAMPERED.items():
        headers, body = tamper([*signed(name, secret).items()], BODY)
        try:
            accepted = theirs(headers, body)
        except Exception:  # noqa: BLE001 - SDKs refuse by whatever error
            accepted = False
        found = check(name, headers, secret, body)
        if accepted is (len(found) > 0):
            differing[case] = [each.detail for each in found]
    assert differing == {}
