import json

import pytest
from cbmock.deliveries.delivery import check_identity, fold
from cbmock.deliveries.identity import NONE_GIVES_IT, identity_field, identity_of, parse
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.documents import describe
from tests.support.rows import each_row

MOCK = Mock(
    describe(
        {
            "openapi": "3.1.0",
            "webhooks": {
                "transactions/{txnId}": {"put": {}},
                "event": {"post": {"responses": {"200": {"description": "ok"}}}},
            },
        }
    )
)


def call(at=1, body=b'{"id": "evt_1"}', target="/webhooks/event", **headers):
    fields = [(name.replace("_", "-"), value) for name, value in headers.items()]
    method = "PUT" if "transactions" in target else "POST"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request(method, target, Headers.of(fields), data)
    return MOCK.receive(request, id=at, now=float(at))


EVENT = {"source": "/s", "id": "1"}
JSON_EVENT = {"content_type": "application/cloudevents+json"}


@each_row(
    ("sent", "identity"),
    [
        (call(webhook_id="msg_1", x_github_delivery="g"), "msg_1"),
        (call(svix_id="msg_1"), "msg_1"),
        (call(ce_source="/s", ce_id="1", idempotency_key="k"), "/s 1"),
        (call(body=EVENT, **JSON_EVENT), "/s 1"),
        (call(x_shopify_event_id="s", idempotency_key="k"), "s"),
        (call(idempotency_key="k"), "k"),
        (call(stripe_signature="t=1"), "evt_1"),
        (call(x_github_delivery="g"), "g"),
        (call(x_mlflow_delivery_id="m"), "m"),
    ],
)
def test_known_conventions_give_the_identity(sent, identity):
    assert identity_of(sent) == identity


def test_attributes_of_an_event_are_the_same_however_they_are_encoded():
    sent = [
        call(ce_source="/s/%C3%AB", ce_id="a%20b"),
        call(ce_source="/s/%c3%ab", ce_id="%61%20b"),
        call(ce_source='"/s/%C3%AB"', ce_id='"a b"'),
        call(body={"source": "/s/ë", "id": "a b"}, **JSON_EVENT),
    ]
    assert {identity_of(each) for each in sent} == {"/s/ë a b"}
    assert identity_of(call(ce_source="/s%FF", ce_id="1")) == "/s%FF 1"


@each_row(
    ("sent", "identity"),
    [
        (call(webhook_id="msg_1"), "msg_1"),
        (call(x_github_delivery="g"), "g"),
        (call(), ""),
        (call(django_webhook_uuid="u"), ""),
        (call(webhook_id="msg_1", x_github_delivery="g"), None),
        (call(stripe_signature="t=1"), None),
        (call(ce_source="/s", ce_id="1"), None),
        (call(body=EVENT, **JSON_EVENT), None),
    ],
)
def test_one_header_field_alone_gives_the_identity_at_once(sent, identity):
    place = identity_field(sent.request.headers)
    assert (place is None) == (identity is None)
    assert (place == NONE_GIVES_IT) == (identity == "")
    if identity:
        found = sent.request.headers.raw[place][1].decode()
        assert found == identity == identity_of(sent)


@each_row(
    "more",
    [{}, {"django_webhook_uuid": "u"}, {"x_attempt_number": "2"}, {"ce_id": "1"}],
)
def test_the_form_of_a_header_proves_nothing(more):
    assert identity_of(call(**more)) == identity_of(call())
    assert identity_of(call(body=b"other", **more)) != identity_of(call())


@each_row(
    ("sent", "configured", "identity"),
    [
        (call(x_id="7"), "header X-Id", "7"),
        (call(), "body #/id", "evt_1"),
        (call(body={"b": 7, "c": True}), "body #/b + body #/c", "7 True"),
        (call(target="/webhooks/transactions/a%2Fb"), "path txnId", "a/b"),
        (call(webhook_id="msg_1"), "header x-absent", "msg_1"),
        (call(webhook_id="msg_1"), "body #/absent", "msg_1"),
        (call(webhook_id="msg_1"), "path absent", "msg_1"),
    ],
)
def test_an_identity_stands_where_it_is_configured(sent, configured, identity):
    assert identity_of(sent, configured) == identity


@each_row("text", ["", "header", "query x", "body id", "body #/a+b x"])
def test_what_names_no_place_is_a_wrong_set_up(text):
    with pytest.raises(ReceiverError, match="must be `header NAME`"):
        parse(text)


def test_attempts_are_folded_by_identity():
    calls = [call(1, webhook_id="a"), call(2, webhook_id="b"), call(3, webhook_id="a")]
    found = fold(calls)
    assert [(each.identity, each.attempts, each.delivered) for each in found] == [
        ("a", (calls[0], calls[2]), True),
        ("b", (calls[1],), True),
    ]


def test_calls_to_no_operation_are_no_attempts():
    assert fold([call(target="/nowhere")]) == ()


@each_row(
    ("second", "triggered", "found"),
    [
        (call(2, b"x", webhook_id="a"), False, {2: ("identity-reuse", "error")}),
        (call(2, webhook_id="a"), False, {2: ("duplicate-delivery", "warning")}),
        (call(2, webhook_id="a"), True, {2: ("duplicate-delivery", "error")}),
        (call(2, webhook_id="b"), True, {}),
    ],
)
def test_what_is_wrong_for_every_sender(second, triggered, found):
    deliveries = fold([call(1, webhook_id="a"), second])
    assert {
        id: (violation.code, violation.severity)
        for each in deliveries
        for id, (violation,) in check_identity(each, triggered=triggered).items()
    } == found
