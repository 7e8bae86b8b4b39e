"""Signatures of requests to a mock: by configuration, by the document, by a test."""

import json
import ssl
import time

import httpx2
import pytest
from cbmock import Receiver, Signature
from cbmock.journal.records import Records
from cbmock.mock.call import dumps

from tests.support.control_document import documented
from tests.support.invoices import DOCUMENT
from tests.support.rows import each_row

SECRET = "made_up_secret"


def send(url, body=b'{"description": "Payment celebration", "paid": true}', headers=()):
    fields = {"content-type": "application/json", **dict(headers)}
    return httpx2.post(url, content=body, headers=fields)


BODY = b'{"description": "Payment celebration", "paid": true}'


def at(receiver):
    return receiver.url_for("invoice_notification") + "/invoices/7"


def codes(call):
    return [each.code for each in call.violations]


def test_a_signed_request_is_good_and_one_that_is_not_is_answered_401():
    signature = Signature("standard-webhooks", secret="AAECAwQFBgcICQoL")
    with Receiver(DOCUMENT, signature=signature) as receiver:
        first, second, third = (
            signature.sign(BODY, id=each, timestamp=time.time()) for each in "abc"
        )
        answers = [
            send(at(receiver), BODY, first).status_code,
            send(at(receiver), BODY, second).status_code,
            send(at(receiver), BODY).status_code,
            send(at(receiver), BODY + b" ", third).status_code,
        ]
        assert answers == [200, 200, 401, 401]
        assert [codes(call) for call in receiver.calls] == [
            [],
            [],
            ["signature-missing"],
            ["signature-mismatch"],
        ]
        receiver.allow_violations()


def test_every_request_is_checked_also_those_like_one_that_was_good():
    with Receiver(DOCUMENT, signature="github", secret=SECRET) as receiver:
        good = Signature("github", secret=SECRET).sign(BODY)
        assert [
            send(at(receiver), body, good).status_code
            for body in (BODY, BODY, BODY.replace(b"true", b"false"), BODY)
        ] == [200, 200, 401, 200]
        receiver.allow_violations()


def test_patterns_of_names_tell_which_operations_are_signed():
    signatures = {"new-*": Signature("github", secret=SECRET)}
    with Receiver(DOCUMENT, signature=signatures) as receiver:
        assert send(at(receiver), BODY).status_code == 200


def test_the_url_is_the_one_that_was_handed_out():
    signature = Signature("square", secret=SECRET)
    with Receiver(DOCUMENT, signature=signature) as receiver:
        good = signature.sign(BODY, url=at(receiver))
        assert send(at(receiver), BODY, good).status_code == 200


@pytest.mark.parametrize(
    ("options", "hosts"),
    [
        ({"public_url": "http://127.0.0.1:{port}"}, {}),
        ({"tls": True}, {}),
        (
            {},
            {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "mock.example"},
        ),
    ],
    ids=["a port to be filled in", "TLS", "a tunnel"],
)
def test_the_url_is_the_one_that_the_sender_knows(options, hosts):
    signature = Signature("square", secret=SECRET)
    with Receiver(DOCUMENT, signature=signature, **options) as receiver:
        url = at(receiver)
        if hosts:
            url = url.replace(receiver.url, "https://mock.example")
        headers = {**dict(signature.sign(BODY, url=url)), **hosts}
        authority = receiver.ca_file if "tls" in options else None
        trust = ssl.create_default_context(cafile=authority)
        fields = {"content-type": "application/json", **headers}
        answer = httpx2.post(at(receiver), content=BODY, headers=fields, verify=trust)
        assert (answer.status_code, receiver.calls[0].url) == (200, url)


def test_a_document_names_the_scheme_and_the_user_the_secret():
    callbacks = DOCUMENT["paths"]["/invoices/"]["post"]["callbacks"]
    ((key, item),) = callbacks["invoice_notification"].items()
    operation = {**item["post"], "x-webhook-signature": "github"}
    post = {
        **DOCUMENT["paths"]["/invoices/"]["post"],
        "callbacks": {"invoice_notification": {key: {"post": operation}}},
    }
    document = {**DOCUMENT, "paths": {"/invoices/": {"post": post}}}
    with Receiver(document, secret=SECRET) as receiver:
        assert send(at(receiver), BODY).status_code == 401
        receiver.allow_violations()
    with Receiver(document) as receiver:
        good = Signature("github", secret=SECRET).sign(BODY)
        assert send(at(receiver), BODY, good).status_code == 200
        assert codes(receiver.calls[0]) == ["signature-key"]


def test_a_signature_that_nothing_checks_is_noted_once_for_each_operation():
    good = Signature("stripe", secret=SECRET).sign(BODY, timestamp=time.time())
    with Receiver(DOCUMENT) as receiver:
        send(at(receiver), BODY)
        for _ in range(3):
            assert send(at(receiver), BODY, good).status_code == 200
        assert [codes(each) for each in receiver.calls] == [
            [],
            ["signature-unchecked"],
            [],
            [],
        ]
        (note,) = receiver.calls[1].violations
        assert (note.severity, note.name, note.detail) == (
            "info",
            "stripe-signature",
            (
                'it looks signed as Stripe does; configure `signature = "stripe"` and its '
                "secret to check it"
            ),
        )


def test_a_signature_that_is_configured_needs_no_note():
    good = Signature("github", secret=SECRET).sign(BODY)
    with Receiver(DOCUMENT, signature="github") as receiver:
        send(at(receiver), BODY, good)
        assert codes(receiver.calls[0]) == ["signature-key"]
    with Receiver(DOCUMENT) as receiver:
        one = receiver.for_test("one")
        one.signed("github", secret=SECRET)
        send(at(one), BODY, good)
        assert codes(one.calls[0]) == []


def test_a_note_is_given_although_another_test_checks_its_signatures():
    good = Signature("github", secret=SECRET).sign(BODY)
    with Receiver(DOCUMENT) as receiver:
        one, other = receiver.for_test("one"), receiver.for_test("other")
        one.signed("github", secret=SECRET)
        for test in (one, one, other, other):
            send(at(test), BODY, good)
        assert [codes(each) for each in (*one.calls, *other.calls)] == [
            [],
            [],
            ["signature-unchecked"],
            [],
        ]


def test_one_test_asks_for_signatures_of_its_own_calls():
    with Receiver(DOCUMENT) as receiver:
        one, other = receiver.for_test("one"), receiver.for_test("other")
        one.signed("github", secret=SECRET)
        assert send(at(one), BODY).status_code == 401
        assert send(at(other), BODY).status_code == 200
        receiver.allow_violations()


def test_a_good_signature_is_unlike_one_that_nobody_checked():  # fault 5.11
    good = Signature("github", secret=SECRET).sign(BODY)
    wrong = Signature("github", secret="another").sign(BODY)
    with Receiver(DOCUMENT) as receiver:
        one, other = receiver.for_test("one"), receiver.for_test("other")
        one.signed("github", secret=SECRET)
        for headers in (good, good, wrong):
            send(at(one), BODY, headers)
        for headers in (good, good, {}):
            send(at(other), BODY, headers)
        found = [each.signature for each in (*one.calls, *other.calls)]
        assert found == ["good", "good", "wrong", "unchecked", "unchecked", None]
        written = [json.loads(dumps(each.record())) for each in receiver.calls]
        read = [Records().call(each) for each in written]
        assert [each["signature"] for each in written] == found
        assert [each.signature for each in read] == found
        receiver.allow_violations()


def test_without_a_secret_a_signature_is_not_checked():  # fault 5.11
    good = Signature("github", secret=SECRET).sign(BODY)
    with Receiver(DOCUMENT, signature="github") as receiver:
        send(at(receiver), BODY, good)
        assert receiver.calls[0].signature == "unchecked"


SCHEMES = [
    ("github", {}),
    ("standard-webhooks", {"tolerance": 60}),
    (
        {"header": "X-Sig", "signed": "{timestamp}.{body}", "timestamp": "header X-At"},
        {"past": 60, "secret_encoding": ["utf-8"]},
    ),
]
OLD, NEW = ("AAECAwQFBgcICQoL", "DAECAwQFBgcICQoL")


@pytest.mark.parametrize(("scheme", "options"), SCHEMES, ids=["github", "std", "own"])
def test_a_mock_of_another_process_is_given_a_signature_by_its_test(scheme, options):
    with Receiver(DOCUMENT) as receiver:
        remote = Receiver.at(receiver.url).for_test("one")
        sent = {"now": time.time(), "old": time.time() - 90}
        old, new = (Signature(scheme, secret=each, **options) for each in (OLD, NEW))
        remote.signed(scheme, secret=OLD, **options)
        remote.signed(new)
        send(at(remote), BODY, new.sign(BODY, id="m0", timestamp=sent["now"]))
        send(at(remote), BODY, old.sign(BODY, id="m1", timestamp=sent["now"]))
        send(at(remote), BODY, new.sign(BODY, id="m2", timestamp=sent["old"]))
        send(at(receiver))
        stale = [] if scheme == "github" else ["signature-stale"]
        assert [codes(each) for each in remote.calls] == [
            [],
            ["signature-mismatch"],
            stale,
        ]
        assert "a former secret" in remote.calls[1].violations[0].detail
        assert [each.signature for each in receiver.calls] == [
            "good", "wrong", "wrong" if stale else "good", None,
        ]  # fmt: skip
        remote.end_test()
        send(at(remote))
        assert receiver.calls[-1].valid
        receiver.allow_violations()


def test_secrets_go_to_a_mock_and_never_come_back():
    with Receiver(DOCUMENT) as receiver:
        api = f"{receiver.url}/_cbmock/api/signatures"
        given = {"scheme": "github", "secret": SECRET, "former-secret": ["gone"]}
        listed = {"signatures": [{"token": "one", "scheme": "github"}]}
        said = httpx2.post(f"{api}?token=one", json=given)
        assert (said.status_code, said.json()) == (201, listed)
        assert documented("requireSignature", 201, listed)
        assert httpx2.get(api).json() == listed
        assert documented("listSignatures", 200, listed)
        gone = httpx2.delete(f"{api}?token=one").json()
        assert (gone, documented("deleteSignatures", 200, gone)) == (
            {"deleted": 1},
            True,
        )
        assert httpx2.get(api).json() == {"signatures": []}


@each_row(
    ("given", "message"),
    [
        ({}, "a signature needs `header`"),
        ({"scheme": "githup"}, "githup"),
        ({"scheme": "github", "secret": 7}, "`secret` must be a text, or an array"),
        ({"scheme": "github", "former-secret": [7]}, "`former-secret` must be a text"),
        ({"scheme": "github", "tolerence": 7}, "did you mean 'tolerance'?"),
        ({"scheme": "adyen-header", "secret": "no hex"}, "is not hex"),
    ],
)
def test_a_signature_that_makes_no_sense_is_refused(given, message):
    with Receiver(DOCUMENT) as receiver:
        said = httpx2.post(f"{receiver.url}/_cbmock/api/signatures", json=given)
        assert said.status_code == 400
        assert message in said.json()["detail"]
        assert "no hex" not in said.text
