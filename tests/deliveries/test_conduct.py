from dataclasses import replace

import pytest
from cbmock.deliveries.conduct import PROFILES, Conduct, conduct_of
from cbmock.deliveries.delivery import fold
from cbmock.deliveries.order import check_order
from cbmock.deliveries.retries import check
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.call import Scripted
from cbmock.mock.mock import Mock

from tests.support.documents import describe
from tests.support.rows import each_row

MOCK = Mock(
    describe({"openapi": "3.1.0", "webhooks": {"event": {"post": {}, "get": {}}}})
)


def attempt(at, status=503, body=b'{"n": 1}', answer=(), *, id="a", **headers):
    method = headers.pop("method", "POST")
    fields = [("webhook-id", id)]
    fields += [(name.replace("_", "-"), value) for name, value in headers.items()]
    request = Request(method, "/webhooks/event", Headers.of(fields), body)
    call = MOCK.receive(request, id=int(at * 10) + 1, now=1000.0 + at)
    return replace(call, response=Response(status, Headers.of(answer)), duration=0.5)


def cut(fault):
    return replace(attempt(0, 200), scripted=Scripted(fault=fault))


def codes(attempts, conduct=None, **options):
    (delivery,) = fold(attempts)
    return [each.code for each in check(delivery, conduct or Conduct(), **options)]


DATE = "Thu, 01 Jan 1970 00:16:45 GMT"  # five seconds after the first attempt
AWAY = [("location", "http://m/webhooks/event")]
STANDARD = PROFILES["standard-webhooks"]
STAMP = {"webhook_timestamp": "1"}


@each_row(
    ("attempts", "conduct", "found"),
    [
        pytest.param([attempt(0), attempt(5, 200)], Conduct(), [], id="a good retry"),
        pytest.param(
            [attempt(0), attempt(5, 200, b"x")], Conduct(), ["body-changed"], id="bytes"
        ),
        pytest.param(
            [attempt(0, 200), attempt(5, 200)],
            Conduct(),
            ["retry-after-success"],
            id="after a success",
        ),
        pytest.param(
            [attempt(0, 410), attempt(5, 410)],
            Conduct(),
            ["retry-after-gone"],
            id="after 410",
        ),
        pytest.param(
            [attempt(0, 410), attempt(5, 410)],
            PROFILES["alertmanager"],
            [],
            id="Alertmanager comes again after 410",
        ),
        pytest.param(
            [attempt(0, 302, b"x", AWAY), attempt(0.1, 200, b"", method="GET")],
            Conduct(),
            ["redirect-followed"],
            id="a redirect, followed as GET",
        ),
        pytest.param(
            [attempt(0, 307, b"x", AWAY), attempt(0.1, 200, b"x")],
            Conduct(),
            ["redirect-followed"],
            id="a redirect to the same URL, followed at once",
        ),
        pytest.param(
            [attempt(0, 307, b"x", AWAY), attempt(5, 200, b"x")],
            Conduct(),
            [],
            id="a retry after a redirect to the same URL",
        ),
        pytest.param(
            [attempt(0, 307, b"x", AWAY), attempt(5, 200, b"x", referer="http://m/")],
            Conduct(),
            ["redirect-followed"],
            id="a redirect to the same URL, followed late, with a Referer",
        ),
        pytest.param(
            [attempt(0, 307, b"x", AWAY), attempt(5, 200, b"y")],
            Conduct(),
            ["body-changed"],
            id="another body in a retry after a redirect to the same URL",
        ),
        pytest.param(
            [attempt(0, 302, b"x", AWAY), attempt(0.1, 200, b"", method="GET")],
            PROFILES["mlflow"],
            [],
            id="MLflow follows redirects",
        ),
        pytest.param(
            [attempt(0, answer=[("retry-after", "3")]), attempt(1, 200)],
            Conduct(),
            ["retry-too-soon"],
            id="Retry-After in seconds",
        ),
        pytest.param(
            [attempt(0, answer=[("retry-after", DATE)]), attempt(4, 200)],
            Conduct(),
            ["retry-too-soon"],
            id="Retry-After as a date",
        ),
        pytest.param(
            [attempt(0, answer=[("retry-after", DATE)]), attempt(5, 200)],
            Conduct(),
            [],
            id="a date that is honoured",
        ),
        pytest.param(
            [attempt(0, answer=[("retry-after", "soon")]), attempt(1, 200)],
            Conduct(),
            [],
            id="Retry-After that is none",
        ),
        pytest.param(
            [attempt(0), attempt(0.2, 200)],
            Conduct(min_gap=0.5),
            ["retry-too-soon"],
            id="a least gap",
        ),
        pytest.param(
            [attempt(0), attempt(4), attempt(5, 200)],
            Conduct(backoff="non-decreasing"),
            ["backoff"],
            id="shrinking gaps",
        ),
        pytest.param(
            [attempt(0), attempt(4), attempt(7.2, 200)],
            Conduct(backoff="non-decreasing"),
            [],
            id="jitter",
        ),
        pytest.param(
            [attempt(0), attempt(4), attempt(8, 200)],
            Conduct(backoff="exponential"),
            ["backoff"],
            id="gaps that do not double",
        ),
        pytest.param(
            [attempt(0), attempt(1), attempt(2, 200)],
            Conduct(max_attempts=2),
            ["too-many-attempts"],
            id="too many",
        ),
        pytest.param(
            [attempt(0, **STAMP), attempt(5, 200, **STAMP)],
            STANDARD,
            ["timestamp-reused"],
            id="an old timestamp",
        ),
        pytest.param(
            [attempt(0, **STAMP), attempt(5, 200, **STAMP)],
            PROFILES["mlflow"],
            [],
            id="MLflow keeps its timestamp",
        ),
        pytest.param(
            [
                attempt(0, 503, b'{"events": [{"age": 1, "id": 7}]}'),
                attempt(5, 200, b'{"events": [{"age": 2, "id": 7}]}'),
            ],
            PROFILES["matrix"],
            [],
            id="Matrix ages",
        ),
        pytest.param(
            [
                attempt(0, 503, b'{"events": [{"age": 1, "id": 7}]}'),
                attempt(5, 200, b'{"events": [{"age": 2, "id": 8}]}'),
            ],
            PROFILES["matrix"],
            ["body-changed"],
            id="more than the age",
        ),
        pytest.param(
            [attempt(0, 503, b"a"), attempt(5, 200, b"b")],
            PROFILES["matrix"],
            ["body-changed"],
            id="no JSON",
        ),
    ],
)
def test_attempts_are_held_to_a_conduct(attempts, conduct, found):
    assert codes(attempts, conduct) == found


@each_row(
    ("last", "now", "conduct", "found"),
    [
        (attempt(0), None, Conduct(), []),
        (attempt(0), 1020.0, Conduct(), ["retry-missing"]),
        (attempt(0, 200), 1020.0, Conduct(), []),
        (attempt(0, 410), 1020.0, Conduct(), []),
        (attempt(0), 1020.0, PROFILES["github"], []),
        (attempt(0), 1020.0, Conduct(max_attempts=1), []),
        (attempt(0, answer=[("retry-after", "60")]), 1020.0, Conduct(), []),
        (cut("half"), 1020.0, Conduct(), []),
        (cut("reset"), 1020.0, Conduct(), ["retry-missing"]),
        (cut("silence"), 1020.0, Conduct(), ["retry-missing"]),
    ],
)  # fmt: skip
def test_a_retry_is_missing_once_it_had_time_to_come(last, now, conduct, found):
    assert codes([last], conduct, now=now) == found


@each_row(
    ("conduct", "found"),
    [
        ("mlflow", []),
        ("standard-webhooks", ["redirect-followed", "retry-missing"]),
    ],
)
def test_a_redirect_that_may_be_followed_needs_no_retry(conduct, found):
    followed = attempt(0.1, 404, b"", method="GET", referer="http://m/")
    attempts = [attempt(0, 302, answer=AWAY), followed]
    assert codes(attempts, PROFILES[conduct], now=1020.0) == found


@each_row(
    ("attempts", "now", "conduct", "found"),
    [
        ([attempt(0), attempt(4)], 1004.1, Conduct(), []),
        ([attempt(0), attempt(4)], 1014.1, Conduct(), ["retry-missing"]),
        ([attempt(0)], 1000.1, Conduct(min_gap=5), []),
        ([attempt(0)], 1000.1, Conduct(retry_within=5), []),
        ([attempt(0)], 1006.1, Conduct(retry_within=5), ["retry-missing"]),
        ([attempt(0), attempt(9, 200)], None, Conduct(retry_within=5), ["retry-missing"]),
        ([attempt(0), attempt(5, 200)], None, Conduct(retry_within=5), []),
        ([attempt(0, answer=[("retry-after", "8")]), attempt(8, 200)], None, Conduct(retry_within=5), []),
    ],
)  # fmt: skip
def test_how_long_a_retry_may_take_is_known_from_the_conduct_and_from_those_before(
    attempts, now, conduct, found
):
    assert codes(attempts, conduct, now=now) == found


def test_a_gap_is_counted_from_when_the_attempt_was_over():
    slow = replace(attempt(0), duration=5.0)
    steady = [slow, attempt(6), attempt(7.5, 200)]
    assert codes(steady, Conduct(backoff="non-decreasing", jitter=0.0)) == []
    early = [slow, attempt(9), attempt(10.5, 200)]
    assert codes(early, Conduct(backoff="non-decreasing")) == ["backoff"]


def test_gaps_that_a_test_shortened_are_scaled():
    attempts = [attempt(0, answer=[("retry-after", "60")]), attempt(1.1, 200)]
    assert codes(attempts) == ["retry-too-soon"]
    assert codes(attempts, scale=60) == []
    assert codes(attempts, Conduct(scale=60)) == []
    assert codes(attempts, Conduct(scale=60), scale=1) == ["retry-too-soon"]


@each_row(
    ("calls", "conduct", "found"),
    [
        (
            [attempt(0, 200, b'{"n": 2}'), attempt(1, 200, b'{"n": 1}', id="b")],
            Conduct(ordered_by="#/n"),
            ["out-of-order"],
        ),
        (
            [attempt(0, 200, b'{"n": 2}'), attempt(1, 200, b'{"n": "x"}', id="b")],
            Conduct(ordered_by="#/n"),
            [],
        ),
        (
            [attempt(0, 200), attempt(0.2, 200, b"2", id="b")],
            Conduct(concurrent=1),
            ["overlapping"],
        ),
        (
            [attempt(0, 200), attempt(0.6, 200, b"2", id="b")],
            Conduct(concurrent=1),
            [],
        ),
        (
            [attempt(0, 200), attempt(0.2, 200, b"2", id="b")],
            Conduct(),
            [],
        ),
        ([attempt(0), attempt(5, 200, id="b")], Conduct(), ["identity-changed"]),
        ([attempt(0, 200), attempt(5, 200, id="b")], Conduct(), []),
        # Two events may have equal bodies.
        ([attempt(0), attempt(0.2, 200, id="b")], Conduct(), []),
        ([attempt(0), attempt(5), attempt(6, 200, id="b")], Conduct(), []),
    ],
)
def test_deliveries_are_compared_with_each_other(calls, conduct, found):
    assert [each.code for _, each in check_order(fold(calls), conduct)] == found


def test_a_conduct_is_a_profile_or_a_table_of_options():
    assert conduct_of("matrix") is PROFILES["matrix"]
    assert conduct_of({"max-attempts": 5, "ignore": ["#/a"]}) == Conduct(
        max_attempts=5, ignore=("#/a",)
    )
    found = conduct_of({"profile": "mlflow", "max-attempts": 2})
    assert found == replace(PROFILES["mlflow"], max_attempts=2)


@each_row(
    ("setting", "wrong"),
    [
        ("nobody", "conduct='nobody' is not one of standard-webhooks"),
        ({"max-atempts": 5}, "conduct has no option 'max-atempts'"),
        ({"max-attempts": 0}, "max_attempts=0 must be at least 1"),
        ({"backoff": "linear"}, "backoff='linear' is not one of any"),
        ({"ordered-by": "seq"}, "'seq' must be a JSON Pointer"),
    ],
)
def test_a_setting_that_means_nothing_is_a_wrong_set_up(setting, wrong):
    with pytest.raises(ReceiverError, match=wrong.replace("(", r"\(")):
        conduct_of(setting)


@each_row(
    ("name", "first", "second", "told"),
    [
        ("webhook-timestamp", "1", "1", "webhook-timestamp '1'"),
        ("svix-timestamp", "1", "1", "svix-timestamp '1'"),
        ("x-mlflow-timestamp", "1", "1", "x-mlflow-timestamp '1'"),
        ("X-Slack-Request-Timestamp", "1", "1", "x-slack-request-timestamp '1'"),
        ("Stripe-Signature", "t=1,v1=a", "t=1,v1=b", "stripe-signature t '1'"),
        ("Paddle-Signature", "ts=1;h1=a", "ts=1;h1=b", "paddle-signature ts '1'"),
        ("recurly-signature", "1,a", "1,b", "recurly-signature '1'"),
        ("Stripe-Signature", "t=1,v1=a", "t=2,v1=a", None),
        ("webhook-timestamp", "1", "2", None),
        ("x-event-timestamp", "1", "1", None),
        ("webhook-timestamp", "***", "***", None),
    ],
)
def test_a_timestamp_is_renewed_wherever_the_known_schemes_put_it(
    name, first, second, told
):
    attempts = [attempt(0, **{name: first}), attempt(5, 200, **{name: second})]
    (delivery,) = fold(attempts, lambda _: "header webhook-id")
    found = [each.detail for each in check(delivery, Conduct(fresh_timestamp=True))]
    assert found == ([] if told is None else [f"attempt 2 has the {told} of attempt 1"])


def test_a_conduct_may_name_the_header_that_is_renewed():
    stamp = {"x_sent_at": "1", "webhook_timestamp": "1"}
    attempts = [attempt(0, **stamp), attempt(5, 200, **stamp)]
    own = Conduct(fresh_timestamp=True, timestamp="X-Sent-At")
    (delivery,) = fold(attempts)
    assert [each.detail for each in check(delivery, own)] == [
        "attempt 2 has the x-sent-at '1' of attempt 1"
    ]
