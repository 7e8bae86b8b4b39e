"""Credentials are nowhere to be read but in the call's own request."""

import itertools
import json
from dataclasses import replace
from urllib.parse import quote

import pytest
from cbmock import Receiver, Signature
from cbmock.contract.policy import Policy
from cbmock.contract.security.redaction import Redaction
from cbmock.contract.security.redaction_rules import redaction_of
from cbmock.http.messages import Headers, Request
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.reports import failures, text
from cbmock.signatures import schemes
from cbmock.testing import matching
from cbmock.violations import Violation
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.documents import describe
from tests.support.mocks import ACCEPTED, described, request, sent
from tests.support.rows import each_row

SCHEMES = {
    "header": {"type": "apiKey", "in": "header", "name": "X-Shop"},
    "query": {"type": "apiKey", "in": "query", "name": "k"},
    "linked": {"$ref": "#/components/securitySchemes/header"},
    "broken": {"$ref": "#/nowhere"},
    "bearer": {"type": "http", "scheme": "bearer"},
}
SHORT = {"type": "string", "maxLength": 3}
PARAMETERS = [
    {"name": "X-Hub-Signature-256", "in": "header", "schema": SHORT},
    {"name": "X-Shop", "in": "header", "schema": SHORT},
    {"name": "X-Plain", "in": "header", "schema": SHORT},
    {"name": "sid", "in": "cookie", "schema": SHORT},
    {"name": "k", "in": "query", "schema": SHORT},
    {"name": "n", "in": "query", "schema": SHORT},
]
DOCUMENT = {
    "webhooks": {
        "w": {
            "post": {
                "parameters": PARAMETERS,
                "security": [{"bearer": []}],
                **ACCEPTED,
            }
        }
    },
    "components": {"securitySchemes": SCHEMES},
}
SECRETS = {
    "Authorization": "Bearer s3cret-token",
    "Proxy-Authorization": "Basic s3cret=",
    "Cookie": "sid=s3cret; b=s3cret",
    "X-Hub-Signature-256": "sha256=s3cret",
    "X-Shop": "s3cret" * 50,
    "X-Gitlab-Token": "s3cret",
    "Api-Key": "s3cret",
    "X-Plain": "plain",
}
TARGETS = (
    "/webhooks/w?n=long&k=s3cret&m=",
    "/webhooks/w?%6B=s3cret&access_token=s3cret",
    "/webhooks/nowhere?k=s3cret'x&b=1",
    "/nowhere?k=s3cret,s3cret",
)


def calls():
    mock = Mock(described(**DOCUMENT))
    requests = itertools.product(TARGETS, ("POST", "PUT"))
    for number, (target, method) in enumerate(requests, 1):
        yield replace(sent(mock, method, target, {"a": 1}, SECRETS), id=number)


def test_no_secret_is_shown_anywhere_but_in_the_request():
    for call in calls():
        shown = [
            json.dumps(call.record()),
            call.response.body.decode(),
            repr(call.violations),
            repr(call),
            text.line(call),
            text.timeline([call], 0),
            failures.broken([call], 0),
        ]
        assert not [each for each in shown if "s3cret" in each]
        assert call.headers["authorization"] == "Bearer s3cret-token"
        assert "s3cret" in call.target


def test_what_is_shown_says_what_was_there():
    call = next(calls())
    assert call.record()["request"]["headers"] == [
        ["Authorization", "Bearer ***"],
        ["Proxy-Authorization", "Basic ***"],
        ["Cookie", "sid=***; b=***"],
        ["X-Hub-Signature-256", "***"],
        ["X-Shop", "***"],
        ["X-Gitlab-Token", "***"],
        ["Api-Key", "***"],
        ["X-Plain", "plain"],
        ["content-type", "application/json"],
    ]
    assert call.record()["request"]["target"] == "/webhooks/w?n=long&k=***&m="
    told = [(each.location, each.name, each.received) for each in call.violations]
    assert told == [
        ("body", None, None),
        ("query", "k", "***"),
        ("query", "n", "long"),
        ("header", "X-Hub-Signature-256", "***"),
        ("header", "X-Plain", "plain"),
        ("header", "X-Shop", "***"),
        ("cookie", "sid", "***"),
    ]
    assert call.violations[3].detail == "*** is too long: 13 characters, at most 3"


def test_a_url_that_was_missed_is_shown_without_its_secrets():
    *_, missed, _ = calls()
    assert missed.violations[0].received == "/nowhere?k=***"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (
            {"headers": {"authorization": "Bearer me"}},
            "header authorization: 'Bearer me' is wanted, 'Bearer ***' came",
        ),
        ({"query": {"k": "me"}}, "query k: 'me' is wanted, '***' came"),
        ({"query": {"m": "me"}}, "query m: 'me' is wanted, '' came"),
        ({"query": {"n": "me"}}, "query n: 'me' is wanted, 'long' came"),
        (
            {"headers": {"x-plain": "me"}},
            "header x-plain: 'me' is wanted, 'plain' came",
        ),
    ],
)
def test_a_test_may_ask_for_a_credential_and_is_not_told_another(asked, told):
    wanted = matching.Matching(**asked)
    assert [str(each) for each in wanted.missing(next(calls()))] == [told]


def test_a_running_mock_shows_no_secret():
    with Receiver({"openapi": "3.1.0", **DOCUMENT}) as receiver:
        import httpx2  # noqa: PLC0415 - only this test sends

        answer = httpx2.post(receiver.url + TARGETS[0], headers=SECRETS)
        listed = httpx2.get(receiver.url + "/_cbmock/api/calls")
        assert answer.status_code == 422
        assert "s3cret" not in answer.text + listed.text
        assert receiver.calls[0].headers["x-gitlab-token"] == "s3cret"
        receiver.allow_violations()


def test_what_is_no_request_may_hold_credentials_too():
    mock = Mock(described(**DOCUMENT))
    data = b"POST /webhooks/w\r\nAuthorization: Bearer s3cret\r\nHost: h\r\n\r\n"
    fault = Violation(location="delivery", code="malformed-http", detail="none")
    call = mock.refuse(Request("POST", "/?k=s3cret", body=data), fault, id=1, now=0)
    assert call.record()["request"]["body"] == (
        "POST /webhooks/w\r\nAuthorization: Bearer ***\r\nHost: h\r\n\r\n"
    )
    assert call.body == data


def test_a_documented_answer_is_shown_without_its_cookie():
    headers = {"Set-Cookie": {"example": "sid=s3cret; Path=/"}}
    answer = {"responses": {"200": {"description": "", "headers": headers}}}
    mock = Mock(described(webhooks={"w": {"post": answer}}))
    call = sent(mock, "POST", "/webhooks/w")
    assert call.response.headers["set-cookie"] == "sid=s3cret; Path=/"
    assert call.record()["response"]["headers"][0] == ["Set-Cookie", "sid=***; Path=/"]


def test_a_journal_keeps_the_request_and_what_may_be_shown_of_it():
    journal = MemoryJournal()
    for call in calls():
        journal.append(call)
    assert [call.record() for call in journal.calls()] == [c.record() for c in calls()]
    assert [call.headers for call in journal.calls()] == [c.headers for c in calls()]


SIGNATURE_HEADERS = sorted(
    {name for each in schemes.known().values() for name in each.headers}
    - {"authorization"}
)
CREDENTIALS = (
    *(
        "Webhook-Signature",
        "Stripe-Signature",
        "X-Shopify-Hmac-SHA256",
        "hmacsignature",
    ),
    *("X-Slack-Signature", "PayPal-Transmission-Sig", "Signature", "X-Auth-Key"),
    *(
        "X-Goog-Channel-Token",
        "X-Api-Key",
        "apikey",
        "api_key",
        "Ocp-Apim-Subscription-Key",
    ),
    *(
        "access_token",
        "accessToken",
        "id_token",
        "clientSecret",
        "client_secret",
        "sig",
    ),
    *("password", "userPassword", "PHPSESSID", "jwt", "X-Amz-Credential", "auth"),
    *("filters[token]", "plaid-verification", *SIGNATURE_HEADERS),
    *("assertion", "client_assertion", "SAMLResponse", "code_verifier", "device_code"),
    *("otp", "X-GitHub-OTP", "totp_code", "connect.sid"),
)
ORDINARY = (
    *("Signature-Input", "Accept-Signature", "X-Significant", "Content-Type", "author"),
    *("Idempotency-Key", "Webhook-Id", "authority", "key", "design", "max_tokens"),
    *("code", "state", "session", "sid", "CallSid", "nonce", "user_code", "hash"),
    *("code_challenge", "assertions", "optional", "hotpot"),
)


@each_row("name", CREDENTIALS)
def test_what_is_named_like_a_credential_is_hidden_wherever_it_stands(name):
    redaction = Redaction(forms=True)
    pair = f"{quote(name)}=s3cret"
    form = [("content-type", "application/x-www-form-urlencoded"), (name, "s3cret")]
    head = f"POST /x?{pair} HTTP/1.1\r\n{name}: s3cret\r\n s3cret\r\nA: b".encode()
    asked = Request("POST", f"/x?a=1&{pair}", Headers.of(form), pair.encode())
    shown = redaction.request(asked)
    assert "s3cret" not in repr(shown)
    assert b"s3cret" not in redaction.head(head)
    assert "s3cret" not in redaction.text(f"called /x?{pair}, due /x")
    referer = Headers.of([("Referer", f"https://h/?{pair}"), ("Location", f"/?{pair}")])
    assert "s3cret" not in repr(redaction.fields(referer))
    part = f'Content-Disposition: form-data; name="{name}"\r\n\r\ns3cret\r\n'
    multipart = Headers.of([("content-type", "multipart/form-data; boundary=b")])
    body = f"--b\r\n{part}--b--\r\n".encode()
    shown = redaction.request(Request("POST", "/", multipart, body))
    assert shown.body == body.replace(b"s3cret", b"***")
    for location in ("header", "query", "cookie", "body"):
        violation = Violation(
            location=location,
            code="type",
            name=name,
            detail="'s3cret' is not an integer",
            received="s3cret",
        )
        assert redaction.violation(violation) == replace(
            violation, detail="*** is not an integer", received="***"
        )


@each_row("name", ORDINARY)
def test_what_has_an_ordinary_name_is_shown(name):
    assert not Redaction().is_header(name)
    assert not Redaction().is_query(name)
    target = f"/x?{quote(name)}=v&b=1"
    assert Redaction().target(target) == target


@each_row(
    ("target", "shown"),
    [
        (
            "/x?cb=http%3A%2F%2Fh%2F%3Ftoken%3Ds3cret&a=1",
            "/x?cb=http%3A%2F%2Fh%2F%3Ftoken%3D***&a=1",
        ),
        ("/x?cb=http%3A%2F%2Fh%2F%3Fn%3D1", "/x?cb=http%3A%2F%2Fh%2F%3Fn%3D1"),
        ("http://user:s3cret@h/x", "http://***@h/x"),
        ("user:s3cret@h:443", "***@h:443"),
        ("/x?u=http%3A%2F%2Fu%3As3cret%40h%2F", "/x?u=http%3A%2F%2F***%40h%2F"),
        ("/x?to=a%40b.example", "/x?to=a%40b.example"),
        ("/x?a=1;token=s3cret", "/x?a=1;token=***"),
        ("/x?token=a=b=c&d=e", "/x?token=***&d=e"),
        ("/x?token=&a=1", "/x?token=&a=1"),
        ("/x?token&a=1", "/x?token&a=1"),
    ],
)
def test_a_target_is_shown_without_credentials(target, shown):
    assert Redaction().target(target) == shown


@each_row(
    "part",
    [
        'Content-Disposition: form-data; name="password"\n\ns3cret\n',
        "Content-Disposition: form-data; name*=utf-8''pass%77ord\r\n\r\ns3cret\r\n",
        "Content-Disposition: form-data; name=password\r\n\r\ns3cret",
        'A: b\nContent-Disposition: form-data; name="password"\r\n\ns3cret\r\n\r\nx',
    ],
)
def test_a_part_is_hidden_however_its_head_is_written(part):
    sent = Headers.of([("content-type", "multipart/form-data; boundary=b")])
    asked = Request("POST", "/", sent, f"--b\r\n{part}--b--".encode())
    assert b"s3cret" not in Redaction(forms=True).request(asked).body


def test_a_form_that_is_compressed_is_hidden_whole():
    fields = [("content-type", "application/x-www-form-urlencoded")]
    sent = Headers.of([*fields, ("content-encoding", "gzip")])
    shown = Redaction(forms=True).request(Request("POST", "/", sent, b"packed"))
    assert shown.body == b"***"


@pytest.mark.parametrize("location", ["query", "body"])
def test_a_member_of_an_object_is_hidden_by_its_own_name(location):
    violation = Violation(
        location=location,
        code="type",
        name="filter",
        pointer="#/token",
        detail="'s3cret' is not an integer",
        received="s3cret",
    )
    shown = Redaction(forms=True).violation(violation)
    assert (shown.detail, shown.received) == ("*** is not an integer", "***")


def test_a_violation_of_the_delivery_shows_no_credential():
    answer = sent_raw("Transfer-Encoding 'token=s3cret' is not supported")
    assert answer == "Transfer-Encoding 'token=***' is not supported"
    assert sent_raw("u:s3cret@h is no host") == "***@h is no host"


def sent_raw(detail):
    fault = Violation(location="delivery", code="malformed-http", detail=detail)
    return Redaction().violation(fault).detail


def test_the_value_of_a_form_is_hidden_where_it_holds_a_field():
    violation = Violation(
        location="body",
        code="maxLength",
        name="a",
        detail="'1;password=s3cret' is too long",
        received="1;password=s3cret",
    )
    assert "s3cret" not in repr(Redaction(forms=True).violation(violation))
    assert Redaction().violation(violation) == violation


def test_form_fields_are_shown_unless_they_are_to_be_hidden():
    form = Headers.of([("content-type", "application/x-www-form-urlencoded")])
    asked = Request("POST", "/", form, b"a=1&password=s3cret")
    assert Redaction().request(asked) == asked
    assert Redaction(forms=True).request(asked).body == b"a=1&password=***"
    assert Redaction(forms=True, names=frozenset({"a"})).request(asked).body == (
        b"a=***&password=***"
    )


def test_nothing_is_hidden_where_secrets_are_to_be_shown():
    tree = {"webhooks": {"w": {"post": {"parameters": PARAMETERS, **ACCEPTED}}}}
    mock = Mock(described(**tree), policy=Policy(show_secrets=True))
    call = sent(mock, "POST", TARGETS[0], {"a": 1}, SECRETS)
    record = json.dumps(call.record())
    assert all(value in record for value in SECRETS.values())
    assert TARGETS[0] in record
    assert call.redaction.head(b"Authorization: x") == b"Authorization: x"


def test_a_name_of_the_users_own_is_hidden_too():
    policy = Policy(hidden_names=frozenset({"X-Plain", "n"}))
    mock = Mock(described(**DOCUMENT), policy=policy)
    call = sent(mock, "POST", TARGETS[0], {"a": 1}, SECRETS)
    assert ["X-Plain", "***"] in call.record()["request"]["headers"]
    assert "n=***" in call.shown_target


@each_row(
    ("head", "shown"),
    [
        (b"Authorization : Bearer s3cret\n", b"Authorization : Bearer ***\n"),
        (b"COOKIE:a=s3cret;s3cret\r\tmore", b"COOKIE:a=***;***\r\t***"),
        (
            b"GET http://u:s3cret@h/?token=s3cret HTTP/1.1\r\nA: b",
            b"GET http://***@h/?token=*** HTTP/1.1\r\nA: b",
        ),
        (b"\x16\x03\xff", b"\x16\x03\xff"),
        (b"A: b\r\n c", b"A: b\r\n c"),
    ],
)
def test_what_is_no_request_is_shown_without_credentials(head, shown):
    assert Redaction().head(head) == shown


@each_row(
    ("received", "detail", "shown"),
    [
        ("x", "'x' is not an integer", "*** is not an integer"),
        (12345, "12345 is greater than 5", "*** is greater than 5"),
        (["s3cret"], '["s3cret"] has 1 item', "*** has 1 item"),
        ("s3cret", "no s3cret as it is", "the cookie 'sid' is not as documented"),
        (None, "'s3cret' is no list", "the cookie 'sid' is not as documented"),
    ],
)
def test_a_violation_hides_the_value_and_keeps_the_rule(received, detail, shown):
    violation = Violation(
        location="cookie", name="sid", code="type", detail=detail, received=received
    )
    assert Redaction().violation(violation).detail == shown


@pytest.mark.parametrize(
    "text",
    [
        lambda n: "/x?token=" + "a" * n,
        lambda n: "/x?" + "a" * n,
        lambda n: "/x?" + "a" * n + "=1",
        lambda n: "/x?" + "a=1&" * (n // 4),
        lambda n: "/x?a=" + "%3D" * (n // 3),
        lambda n: "/x?" + "token=" * (n // 6),
        lambda n: "://" * (n // 3) + "@=",
        lambda n: "'" * n + "=",
    ],
    ids=lambda text: text(36)[:12],
)
def test_hiding_takes_time_linear_to_what_is_shown(text):
    def hide(size):
        redaction, long = Redaction(), text(size)
        redaction.target(long)
        redaction.text(long)
        redaction.head(long.encode())
        redaction.fields(Headers.of([("Cookie", long), ("Referer", long), (long, "x")]))

    assert growth(hide, 3_000) < 4


def test_a_documents_api_keys_are_credentials():
    components = {"securitySchemes": SCHEMES}
    found = redaction_of(describe({"openapi": "3.1.0", "components": components}))
    assert found == Redaction(headers=frozenset({"x-shop"}), query=frozenset({"k"}))
    assert redaction_of(describe({"openapi": "3.1.0"})) == Redaction()


def test_an_api_key_that_is_named_by_its_uri_is_a_credential():
    tree = {
        "x-schemes": {"z": {"type": "apiKey", "in": "header", "name": "X-Zebra"}},
        "webhooks": {"w": {"post": {"security": [{"#/x-schemes/z": []}], **ACCEPTED}}},
    }
    mock = Mock(described(version="3.2.0", **tree))
    call = sent(mock, "POST", "/webhooks/w", headers={"X-Zebra": "s3cret"})
    assert "s3cret" not in json.dumps(call.record())


@each_row(
    ("name", "value", "shown"),
    [
        ("authorization", "s3cret", "***"),
        ("authorization", "", ""),
        ("authorization", "  Bearer   x y ", "Bearer ***"),
        ("cookie", "s3cret", "***"),
        ("cookie", "a=b=c;d=", "a=***;d=***"),
        ("set-cookie", "a=b", "a=***"),
        ("x-signature", " ", " "),
        ("host", "u:s3cret@h", "***@h"),
        ("from", "a@b.example", "a@b.example"),
    ],
)
def test_a_header_is_shown_by_its_form(name, value, shown):
    assert list(Redaction().fields(Headers.of([(name, value)]))) == [(name, shown)]


@given(st.text(st.characters(codec="ascii"), max_size=30))
def test_whatever_a_query_holds_its_key_is_hidden(before):
    secret = "Zq9Zq9"
    redaction = Redaction(query=frozenset({"k"}))
    target = f"/x?{before}&k={secret}'{secret} {secret}&z=1"
    shown = redaction.request(Request("POST", target)).target
    assert secret not in shown
    assert shown.startswith("/x?")
    assert shown.endswith("&z=1")


@each_row(
    ("sentence", "shown"),
    [
        ("the URL has 'k=a', not b", "the URL has 'k=***', not b"),
        ('it has "a=1&k=it\'s" here', 'it has "a=1&k=***" here'),
        ("k=a,b; a=1", "k=***; a=1"),
        ("no pair k at all", "no pair k at all"),
        ("/x?a=1?k=2", "/x?a=1?k=***"),
        ("k=", "k="),
    ],
)
def test_a_sentence_about_a_url_keeps_its_marks(sentence, shown):
    assert Redaction(query=frozenset({"k"})).text(sentence) == shown


def test_a_request_without_credentials_is_shown_as_it_is():
    plain = request("POST", "/webhooks/w?n=1&m", {"a": 1}, {"x-plain": "p"})
    assert Redaction().request(plain) == plain


def test_the_header_of_a_configured_signature_is_hidden():
    own = {"header": "X-Check", "algorithm": "hmac-sha256", "signed": "{body}"}
    policy = Policy(signatures=(("*", Signature(own, secret="s")),))
    mock = Mock(described(**DOCUMENT), policy=policy)
    call = sent(mock, "POST", "/webhooks/w", {"a": 1}, {"X-Check": "abc"})
    assert ["X-Check", "***"] in call.record()["request"]["headers"]


@pytest.mark.parametrize(
    ("secret", "codes"),
    [("s", []), (None, ["unverifiable", "signature-unchecked"])],
)
def test_10_13_a_signature_is_unverifiable_unless_one_is_configured(secret, codes):
    scheme = {"type": "apiKey", "in": "header", "name": "X-Hub-Signature-256"}
    tree = {
        "webhooks": {"w": {"post": {"security": [{"s": []}], **ACCEPTED}}},
        "components": {"securitySchemes": {"s": scheme}},
    }
    signature = Signature("github", secret="s")
    policy = Policy(signatures=(("*", signature),) if secret else ())
    headers = dict(signature.sign(b""))
    call = sent(
        Mock(described(**tree), policy=policy), "POST", "/webhooks/w", headers=headers
    )
    assert [each.code for each in call.violations] == codes


def test_a_receiver_shows_secrets_if_it_is_told_to():
    """Fault 5.11."""
    with Receiver({"openapi": "3.1.0", **DOCUMENT}, show_secrets=True) as receiver:
        import httpx2  # noqa: PLC0415 - only these tests send

        httpx2.post(receiver.url + TARGETS[0], headers=SECRETS)
        listed = httpx2.get(receiver.url + "/_cbmock/api/calls")
        assert "s3cret-token" in listed.text
        receiver.allow_violations()
