"""What real senders do is not a violation under their own profile; it is one under another's."""

from dataclasses import replace

from cbmock.deliveries.conduct import PROFILES, Conduct
from cbmock.deliveries.delivery import check_identity, fold
from cbmock.deliveries.order import check_order
from cbmock.deliveries.retries import check
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.mock import Mock

from tests.support.documents import describe
from tests.support.rows import each_row

MOCK = Mock(
    describe(
        {
            "openapi": "3.1.0",
            "webhooks": {"event": {"post": {}}, "transactions/{txnId}": {"put": {}}},
        }
    )
)
ALERT = b'{"groupKey": "g", "status": "firing"}'
MOVED = [("location", "http://m/webhooks/moved")]
LATER = [("retry-after", "3")]


def sent(at, status, body=b"{}", answer=(), text=b"ok", **options):
    path, method = options.pop("path", "event"), options.pop("method", "POST")
    fields = [(name.replace("_", "-"), value) for name, value in options.items()]
    request = Request(method, f"/webhooks/{path}", Headers.of(fields), body)
    call = MOCK.receive(request, id=round(at * 1000) + 1, now=1000.0 + at)
    return replace(
        call, response=Response(status, Headers.of(answer), text), duration=0.01
    )


def mlflow(at, status, answer=()):
    stamp = {"x_mlflow_timestamp": "1000"}
    return sent(at, status, b"{}", answer, x_mlflow_delivery_id="m", **stamp)


def matrix(at, status, age, text=b"{}"):
    body = b'{"events": [{"event_id": "e", "age": %d}]}' % age
    return sent(at, status, body, text=text, path="transactions/7", method="PUT")


def subscription(at, status):
    return sent(at, status, b"{}", django_webhook_uuid="s", webhook_timestamp=str(at))


SENDERS = {
    "alertmanager": (
        [sent(0, 503, ALERT, LATER), sent(0.7, 503, ALERT), sent(1.3, 503, ALERT), sent(2.45, 410, ALERT), sent(302, 302, ALERT, MOVED), sent(302.1, 405, b"", method="GET", path="moved"), sent(602, 200, ALERT), sent(902, 200, ALERT)],
        None,
    ),
    "mlflow": (
        [mlflow(0, 503), mlflow(0.005, 503, LATER), mlflow(3.035, 503), mlflow(7.3, 200)],
        None,
    ),
    "matrix": (
        [matrix(0, 200, 1, b""), matrix(2, 410, 2001), matrix(6, 200, 6001)],
        "path txnId",
    ),
    "django-webhook": ([subscription(0, 410), subscription(60, 404)], None),
    "github": (
        [sent(0, 200, x_github_delivery="g"), sent(90, 200, x_github_delivery="g")],
        None,
    ),
    "apprise": (
        [sent(0, 503, answer=LATER), sent(1, 302, answer=MOVED), sent(1.1, 405, b"", method="GET", path="moved"), sent(2.1, 410), sent(3.1, 200)],
        None,
    ),
    "label-studio": (
        [sent(0, 302, answer=MOVED), sent(0.1, 405, b"", method="GET", path="moved")],
        None,
    ),
    "node-red": ([sent(0, 302, answer=MOVED), sent(0.1, 503, referer="x")], None),
    "verdaccio": ([sent(0, 307, answer=MOVED), sent(0.1, 503, referer="x")], None),
    "cloudevents": ([sent(0, 503, ce_id="1", ce_source="/s")], None),
    "drf-hooks": ([sent(0, 302, answer=MOVED), sent(0.1, 405, b"", method="GET", path="moved")], None),
    "docker-registry": (
        [sent(0, 503, answer=LATER), sent(0.01, 410), sent(0.02, 302, answer=MOVED), sent(0.03, 405, b"", method="GET", path="moved"), sent(4, 200)],
        None,
    ),
    "websub": (
        [sent(0, 503, answer=LATER), sent(1, 302, answer=MOVED), sent(1.1, 405, b"", method="GET", path="moved"), sent(4, 410)],
        None,
    ),
    "localstripe": ([sent(0, 302, answer=MOVED), sent(0.1, 405, b"", method="GET", path="moved")], None),
    "a2a": ([sent(0, 410, b'{"task": 1}'), sent(5, 503, b'{"task": 2}')], None),
    "buildbot": (
        [sent(0, 200, b'{"buildid": 1, "complete": false}'), sent(9, 503, b'{"buildid": 1, "complete": true}')],
        "body #/buildid + body #/complete",
    ),
    "moto": (
        [sent(0, 302, b'{"MessageId": "m"}', MOVED), sent(0.1, 405, b"", method="GET", path="moved")],
        "body #/MessageId",
    ),
    "smee": ([sent(0, 302, answer=MOVED, timestamp="1000"), sent(0.1, 405, b"", method="GET", path="moved")], None),
    "prism": ([sent(0, 302, answer=MOVED), sent(0.1, 405, b"", method="GET", path="moved")], None),
    "wiremock": ([sent(0, 410), sent(5, 503, b'{"order": "8"}')], None),
    "syslog-ng": ([sent(0, 503, answer=LATER), sent(1, 302, answer=MOVED), sent(2, 200)], None),
    "slack": (
        [sent(0, 503, x_slack_request_timestamp="1000", webhook_timestamp="1"), sent(60, 200, x_slack_request_timestamp="1060", webhook_timestamp="1")],
        None,
    ),
    "stripe": (
        [sent(0, 503, webhook_timestamp="1"), sent(3600, 200, webhook_timestamp="1")],
        None,
    ),
    "shopify": (
        [sent(0, 503, x_shopify_event_id="s"), sent(9, 503, x_shopify_event_id="s"), sent(10, 200, x_shopify_event_id="s")],
        None,
    ),
}  # fmt: skip


def violations(calls, identity, conduct, now=10_000.0):
    deliveries = fold(calls, lambda _: identity)
    found = [v for each in deliveries for v in check(each, conduct, now=now)]
    found += [v for _, v in check_order(deliveries, conduct)]
    for each in deliveries:
        found += (
            v for own in check_identity(each, conduct=conduct).values() for v in own
        )
    return {each.code for each in found if each.severity != "info"}


@each_row("sender", SENDERS)
def test_no_sender_is_accused_under_its_own_profile(sender):
    calls, identity = SENDERS[sender]
    assert violations(calls, identity, PROFILES[sender]) == set()


@each_row("sender", SENDERS)
def test_every_sender_is_accused_under_the_profile_of_standard_webhooks(sender):
    calls, identity = SENDERS[sender]
    assert violations(calls, identity, PROFILES["standard-webhooks"])


def test_every_profile_has_its_sender():
    assert {*SENDERS, "standard-webhooks"} == set(PROFILES)


def test_a_webhook_by_the_specification_is_not_accused():
    calls = [
        sent(0, 503, answer=LATER, webhook_id="a", webhook_timestamp="1000"),
        sent(3.1, 429, answer=LATER, webhook_id="a", webhook_timestamp="1003"),
        sent(9, 200, webhook_id="a", webhook_timestamp="1009"),
    ]
    assert violations(calls, None, PROFILES["standard-webhooks"]) == set()


def test_an_empty_answer_is_a_success_unless_the_sender_needs_its_body():
    calls = [matrix(0, 200, 1, b""), matrix(2, 200, 1)]
    assert violations(calls, "path txnId", Conduct()) == {
        "retry-after-success",
        "duplicate-delivery",
    }
    assert violations(calls, "path txnId", Conduct(needs_body=True)) == set()
