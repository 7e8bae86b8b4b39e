"""Every known handshake: its question, the answer that says yes, and the one that says no."""

import base64
import hashlib
import hmac
import json

import pytest
from cbmock.contract.policy import Policy
from cbmock.errors import ReceiverError
from cbmock.handshakes import expected, table
from cbmock.handshakes.handshake_request import HandshakeRequest
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.mocks import ACCEPTED, described, request
from tests.support.rows import each_row

SECRET = "made_up_secret"


def hmac_of(text, kind="hex"):
    made = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256)
    return (
        made.hexdigest() if kind == "hex" else base64.b64encode(made.digest()).decode()
    )


def get(query, method="GET", **headers):
    return Request(method, f"/webhooks/event?{query}", Headers.of(headers.items()))


def post(body=None, query="", **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    target = "/webhooks/event" + (f"?{query}" if query else "")
    return request("POST", target, body, fields)


CHALLENGE = {"type": "url_verification", "challenge": "c/é", "token": "t"}
HUB = "hub.mode=subscribe&hub.topic=x&hub.challenge=c%2F%C3%A9"
SNS = {
    "Type": "SubscriptionConfirmation",
    "Token": "1",
    "SubscribeURL": "http://127.0.0.1:9/",
}
GRID = [
    {
        "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
        "data": {"validationCode": "v"},
    }
]
ADYEN = {"notificationItems": [{"NotificationRequestItem": {"pspReference": "test_A"}}]}
ORIGIN = {"webhook_request_origin": "events.example"}

# name, question, status of a yes, its body, some of its header fields, status of a no
ROWS = [
    ("slack", post(CHALLENGE), 200, "c/é", {"content-type": "text/plain; charset=utf-8"}, 403),
    ("lark", post(CHALLENGE), 200, {"challenge": "c/é"}, {}, 403),
    ("microsoft-graph", post(query="validationToken=Validation%3A+a%2Fb"), 200, "Validation: a/b", {}, 403),
    ("event-grid", post(GRID), 200, {"validationResponse": "v"}, {}, 403),
    ("websub", get(HUB), 200, "c/é", {}, 404),
    ("websub", get("hub.mode=denied&hub.topic=x"), 200, "", {}, 404),
    ("meta", get(HUB + "&hub.verify_token=v"), 200, "c/é", {}, 403),
    ("strava", get(HUB + "&hub.verify_token=v"), 200, {"hub.challenge": "c/é"}, {}, 403),
    ("dropbox", get("challenge=a%3Cb%3E"), 200, "a<b>", {"x-content-type-options": "nosniff"}, 404),
    (
        "zoom",
        post({"event": "endpoint.url_validation", "payload": {"plainToken": "p"}}),
        200,
        {"plainToken": "p", "encryptedToken": hmac_of("p")},
        {},
        403,
    ),
    ("x", get("crc_token=p"), 200, {"response_token": "sha256=" + hmac_of("p", "base64")}, {}, 403),
    ("linkedin", get("challengeCode=p"), 200, {"challengeCode": "p", "challengeResponse": hmac_of("p")}, {}, 403),
    (
        "cloudevents",
        Request("OPTIONS", "/webhooks/event", Headers.of([("WebHook-Request-Origin", "e.example")])),
        200,
        "",
        {"allow": "POST", "webhook-allowed-origin": "e.example", "webhook-allowed-rate": None},
        403,
    ),
    ("trello", get("", "HEAD"), 200, "", {"content-length": "0"}, 410),
    ("aws-sns", post(SNS), 200, "", {}, 403),
    ("aws-sns", post({"Type": "UnsubscribeConfirmation"}), 200, "", {}, 403),
    ("discord", post({"type": 1, "application_id": "1"}), 200, {"type": 1}, {}, 401),
    ("discord-events", post({"type": 0, "application_id": "1"}), 204, "", {"content-length": None}, 401),
    (
        "twitch",
        post({"challenge": "c"}, twitch_eventsub_message_type="webhook_callback_verification"),
        200,
        "c",
        {},
        403,
    ),
    (
        "okta",
        get("", **{"X-Okta-Verification-Challenge": "o"}),
        200,
        {"verification": "o"},
        {},
        403,
    ),
    ("asana", post(x_hook_secret="h"), 200, "", {"x-hook-secret": "h"}, 403),
    (
        "smartsheet",
        post({"challenge": "s"}, smartsheet_hook_challenge="s"),
        200,
        {"smartsheetHookResponse": "s"},
        {"smartsheet-hook-response": "s"},
        403,
    ),
    ("monday", post({"challenge": "m"}), 200, {"challenge": "m"}, {}, 403),
    ("notion", post({"verification_token": "n"}), 200, "", {}, 403),
    ("mcp-events", post({"type": "verification", "challenge": "c"}), 200, {"challenge": "c"}, {}, 403),
    ("github", post({"zen": "z"}, x_github_event="ping"), 200, "", {}, 403),
    ("google-channel", post(x_goog_resource_state="sync"), 200, "", {}, 403),
    ("adyen", post(ADYEN), 200, "[accepted]", {}, 401),
    ("adyen", get("", "HEAD"), 200, "", {"content-length": "10"}, 401),
    ("docusign", post(), 200, "", {}, 403),
    ("plain", get("", "OPTIONS"), 200, "", {}, 403),
]  # fmt: skip


def listening(handshake=None, secret=SECRET, **options):
    """Return the mock of one webhook that only documents POST."""
    schema = {"type": "object", "required": ["amount"]}
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    policy = Policy(handshakes=expected.configured(handshake, secret))
    operation = {"requestBody": body, **ACCEPTED, **options}
    return Mock(described(webhooks={"event": {"post": operation}}), policy=policy)


def came(mock, asked, **more):
    return mock.receive(asked, id=1, now=0.0, **more)


def body(response):
    text = response.body.decode()
    kind = response.headers.get("content-type") or ""
    return json.loads(text) if "json" in kind else text


def ids():
    return [f"{name}-{at}" for at, (name, *_) in enumerate(ROWS)]


@each_row(("name", "asked", "status", "answer", "fields", "no"), ROWS, ids=ids())
def test_a_question_is_answered_and_is_no_violation(
    name, asked, status, answer, fields, no
):
    call = came(listening(name), asked)
    assert (call.outcome, call.handshake, call.valid, call.violations) == (
        "handshake",
        name,
        True,
        (),
    )
    assert call.operation.name == "event"
    assert (call.status, body(call.response)) == (status, answer)
    assert {key: call.response.headers.get(key) for key in fields} == fields


@each_row(("name", "asked", "status", "answer", "fields", "no"), ROWS, ids=ids())
def test_a_refused_question_gets_no_answer_and_its_sender_must_not_send(
    name, asked, status, answer, fields, no
):
    mock = listening({"name": name, "accept": False})
    call = came(mock, asked)
    assert (call.outcome, call.valid, call.status, call.response.body) == (
        "handshake",
        True,
        no,
        b"",
    )
    assert call.response.headers.get("webhook-allowed-origin") is None
    event = came(mock, post({"amount": 1}))
    assert [(each.location, each.code) for each in event.violations] == [
        ("handshake", "unverified-sender")
    ]
    assert event.status == 403


@each_row(("name", "asked"), [(row[0], row[1]) for row in ROWS], ids=ids())
def test_what_looks_like_a_known_handshake_names_it_where_none_is_configured(
    name, asked
):
    call = came(listening(), asked)
    assert call.outcome in ("wrong_method", "matched")
    text = call.violations[0].detail
    usual = table.known()[name].usual
    named = f'"{name}"' in text and "answers it" in text
    assert named or usual or table.hint(HandshakeRequest(asked)) in text


def test_every_known_handshake_stands_in_the_table_of_these_tests():
    assert {row[0] for row in ROWS} == {*table.known()}


@each_row("name", table.known())
def test_an_event_is_none_of_the_questions(name):
    call = came(listening(name), post({"amount": 1, "type": "event"}))
    assert (call.outcome, call.violations) == ("matched", ())


def test_the_same_event_again_is_still_refused():
    mock = listening({"name": "slack", "accept": False})
    codes = [
        [each.code for each in came(mock, post({"amount": 1})).violations]
        for _ in range(3)
    ]
    assert codes == [["unverified-sender"]] * 3


def test_a_question_that_the_document_would_take_for_an_event_is_a_handshake():
    mock = listening("slack")
    event = {**CHALLENGE, "amount": 1}
    assert [
        came(mock, post(each)).outcome for each in ({"amount": 1}, event, {"amount": 1})
    ] == [
        "matched",
        "handshake",
        "matched",
    ]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (
            "",
            "the verify token is missing: WebSub sends back at query hub.verify_token what it was given",
        ),
        (
            "&hub.verify_token=y",
            "the verify token is another one: WebSub sends back at query hub.verify_token what it was given",
        ),
        ("&hub.verify_token=x", None),
    ],
)
def test_the_verify_token_is_the_one_that_was_handed_out(query, detail):
    call = came(listening({"name": "websub", "verify_token": "x"}), get(HUB + query))
    assert [each.detail for each in call.violations] == (
        [] if detail is None else [detail]
    )
    assert call.status == (200 if detail is None else 404)


@each_row(
    ("options", "fields", "granted"),
    [
        ({}, {"WebHook-Request-Rate": "120"}, {"webhook-allowed-rate": "*"}),
        ({"rate": 60}, {"WebHook-Request-Rate": "120"}, {"webhook-allowed-rate": "60"}),
        ({"rate": 60}, {}, {"webhook-allowed-rate": None}),
        (
            {"later": True},
            {"WebHook-Request-Callback": "http://localhost:9/x"},
            {"webhook-allowed-origin": None, "allow": None},
        ),
    ],
)
def test_cloudevents_are_granted_with_a_rate_or_later(options, fields, granted):
    mock = listening({"name": "cloudevents", **options})
    headers = Headers.of([("WebHook-Request-Origin", "e.example"), *fields.items()])
    call = came(mock, Request("OPTIONS", "/webhooks/event", headers))
    assert {each: call.response.headers.get(each) for each in granted} == granted
    assert call.confirm == ("http://localhost:9/x" if options.get("later") else None)
    assert call.status == (202 if options.get("later") else 200)


@each_row(
    ("url", "confirmed"),
    [
        ("http://127.0.0.1:9/a", True),
        ("http://localhost/a", True),
        ("http://[::1]:8/a", True),
        ("https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription", False),
        ("http://127.0.0.1@evil.example/", False),
        ("http://user@127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("http://[::1/", False),
        ("http://127.0.0.1.example/", False),
        (None, False),
    ],
)
def test_only_urls_of_this_machine_are_fetched_to_confirm(url, confirmed):
    call = came(listening("aws-sns"), post({**SNS, "SubscribeURL": url}))
    assert (call.confirm is not None) is confirmed
    assert [each.code for each in call.violations] == (
        [] if confirmed else ["handshake-unconfirmed"]
    )
    assert call.valid


def test_a_signed_question_must_be_signed_as_events_are():
    from cbmock.signatures.signature import Signature  # noqa: PLC0415

    signature = Signature("slack", secret=SECRET)
    mock, asked = listening("slack"), post(CHALLENGE)
    fields = signature.sign(asked.body, timestamp=0.0)
    good = Request(
        "POST", asked.target, Headers.of([*asked.headers, *fields]), asked.body
    )
    calls = [came(mock, each, signatures={None: signature}) for each in (good, asked)]
    assert [
        (each.outcome, each.status, [v.code for v in each.violations]) for each in calls
    ] == [
        ("handshake", 200, []),
        ("handshake", 401, ["signature-missing"]),
    ]


@each_row(
    ("given", "message"),
    [
        ("slak", "there is no handshake 'slak'; did you mean 'slack'?"),
        (
            {"name": "slack", "accpt": 1},
            "handshake slack: no option 'accpt'; known: accept, verify_token",
        ),
        (
            {"name": "slack", "accept": 1},
            "handshake slack: accept=1 must be true or false",
        ),
        (
            {"name": "cloudevents", "rate": 0},
            "handshake cloudevents: rate=0 must be a number of requests a minute",
        ),
        (
            {"name": "own", "sent": ["challenge"]},
            "handshake own: 'challenge' is not a place",
        ),
        (
            {"name": "own", "json": ["a"]},
            "handshake own: `json` maps members to places",
        ),
        ([{"nam": "slack"}], "a handshake is given by its `name`"),
    ],
)
def test_a_wrong_setting_is_an_error(given, message):
    with pytest.raises(ReceiverError) as raised:
        expected.expected(given)
    assert raised.value.message.startswith(message)


def test_a_keyed_answer_needs_a_secret():
    with pytest.raises(
        ReceiverError, match="handshake zoom: Zoom expects an answer that is keyed"
    ):
        expected.expected("zoom")


def test_a_handshake_of_ones_own_is_a_table():
    own = {
        "name": "own",
        "methods": ["GET"],
        "sent": ["query echo"],
        "json": {"back": "query echo"},
    }
    call = came(listening([own, "slack"]), get("echo=a"))
    assert (call.handshake, call.status, body(call.response)) == (
        "own",
        200,
        {"back": "a"},
    )
    again = {**own, "json": {}, "text": "query echo", "status": 201}
    call = came(listening(again), get("echo=a"))
    assert (call.status, body(call.response)) == (201, "a")


def test_the_more_specific_pattern_holds_for_an_operation():
    given = {"*": "dropbox", "even*": "okta", "event": "meta"}
    mock = listening(given)
    assert came(mock, get("challenge=1")).outcome == "wrong_method"
    assert came(mock, get(HUB + "&hub.verify_token=v")).outcome == "handshake"
    elsewhere = Request("GET", "/nowhere?challenge=1")
    assert (came(mock, elsewhere).outcome, came(mock, elsewhere).operation) == (
        "handshake",
        None,
    )


@each_row(
    "data",
    [
        b"\xff\xfe",
        b"[" * 600,
        b"{",
        b"null",
        b"[]",
        b'{"challenge": [1]}',
        b"1" * 70_000,
    ],
)
@each_row("name", table.known())
def test_whatever_arrives_is_no_question_by_mistake_and_raises_nothing(name, data):
    call = came(
        listening(name),
        request(
            "POST",
            "/webhooks/event",
            data,
            {"content-type": "application/json", "content-encoding": "gzip"},
        ),
    )
    assert call.outcome in ("matched", "handshake")
