from dataclasses import replace

import pytest
from cbmock.deliveries import attempt_memory
from cbmock.deliveries.attempt_index import AttemptIndex
from cbmock.deliveries.attempt_memory import SharedMemory
from cbmock.deliveries.conduct import PROFILES
from cbmock.deliveries.delivery import fold
from cbmock.deliveries.settings import settings
from cbmock.http.messages import HeaderCache, Headers, Request, Response
from cbmock.journal.database import DatabaseJournal
from cbmock.mock.call import Scripted
from cbmock.mock.mock import Mock

from tests.support.cost import growth
from tests.support.documents import describe
from tests.support.rows import each_row

MOCK = Mock(
    describe(
        {
            "openapi": "3.1.0",
            "webhooks": {
                "event": {"post": {}},
                "txn": {"put": {}},
                "txns/{id}": {"put": {}},
            },
        }
    )
)


class Log:
    """Calls as a journal keeps them, with the index that they pass."""

    def __init__(self, **configured):
        self.calls = {}
        self.index = AttemptIndex(self.calls.get, settings(**configured))
        self.headers = HeaderCache()

    def take(self, body=b"{}", status=200, *, method="POST", path="event", **more):
        fault, answer = more.pop("fault", None), more.pop("answer", ())
        token = more.pop("token", None)
        fields = [(name.replace("_", "-"), value) for name, value in more.items()]
        headers = self.headers.get(Headers.of(fields).raw)
        request = Request(method, f"/webhooks/{path}", headers, body)
        id = len(self.calls) + 1
        call = MOCK.receive(request, id=id, now=float(id), token=token)
        call = replace(
            call,
            response=Response(status, Headers.of(answer)),
            scripted=None if fault is None else Scripted(fault=fault),
        )
        self.calls[id] = self.index.take(call)
        return self.calls[id]


def shown(call):
    return [each for each in call.violations if each.location == "delivery"]


def seen(call):
    return call.delivery.attempt, [(each.code, each.severity) for each in shown(call)]


def test_each_call_is_an_attempt_of_the_event_that_its_sender_names():
    log = Log()
    calls = [log.take(status=503, webhook_id=each) for each in "aabab"]
    assert [call.delivery.record() for call in calls] == [
        {"identity": "a", "attempt": 1},
        {"identity": "a", "attempt": 2},
        {"identity": "b", "attempt": 1},
        {"identity": "a", "attempt": 3},
        {"identity": "b", "attempt": 2},
    ]
    assert calls[0].record()["delivery"] == {"identity": "a", "attempt": 1}


def callback(key):
    called = {key: {"post": {"responses": {"2XX": {"description": "ok"}}}}}
    parent = {"post": {"callbacks": {"event": called}, "responses": {}}}
    return {"openapi": "3.1.0", "paths": {"/subscriptions": parent}}


BASE = "{$request.body#/url}"


@each_row(
    ("key", "targets", "attempts"),
    [
        (BASE, ["/a", "/b", "/a"], [1, 1, 2]),
        (BASE, ["/a?to=1", "/a?to=2", "/a?to=1"], [1, 1, 2]),
        (f"{BASE}/orders", ["/a/orders", "/b/orders", "/a/orders?n=2"], [1, 1, 2]),
        (BASE + "/orders/{$request.body#/id}", ["/a/orders/1", "/a/orders/2"], [1, 2]),
        (BASE + "/orders/{$request.body#/id}", ["/a/orders/1", "/b/orders/1"], [1, 1]),
        ("http://shop.example/{$request.body#/id}", ["/1", "/2"], [1, 2]),
    ],
)
def test_one_event_for_two_urls_of_clients_is_two_deliveries(key, targets, attempts):
    mock = Mock(describe(callback(key)))
    headers = Headers.of([("webhook-id", "msg_1")])
    index = AttemptIndex({}.get)
    requests = [Request("POST", each, headers, b"{}") for each in targets]
    calls = [
        index.take(mock.receive(each, id=id, now=float(id)))
        for id, each in enumerate(requests, 1)
    ]
    assert [each.delivery.attempt for each in calls] == attempts
    assert len(fold(calls)) == attempts.count(1)


def test_many_events_are_told_apart_by_the_field_that_varies():
    log = Log()
    sent = [f"id-{number // 2}" for number in range(100)]
    calls = [log.take(x_github_delivery=each, user_agent="octo") for each in sent]
    assert [call.event for call in calls] == sent
    assert [call.attempt for call in calls] == [1, 2] * 50
    assert calls[-1].request.headers.form.varying == {b"x-github-delivery"}
    assert log.take(x_github_delivery="", user_agent="octo").event is None


def test_without_a_name_the_same_content_is_the_same_event():
    log = Log()
    calls = [log.take(each) for each in (b"1", b"2", b"1", b"1")]
    assert [seen(call) for call in calls] == [(1, []), (1, []), (2, []), (3, [])]
    assert calls[0].delivery.identity == calls[2].delivery.identity
    assert calls[0].delivery.identity.startswith("sha256:")


@each_row(
    ("status", "configured", "severity", "answered"),
    [
        (200, {}, "info", "answered 200 without a body; some senders try again until they get one"),
        (204, {}, "info", "answered 204 without a body"),
        (200, {"conduct": "matrix"}, "info", "answered 200 without a body, which its sender takes for a failure"),
        (200, {"identity": "path id"}, "warning", "answered 200 without a body; some senders try again until they get one"),
        (200, {"conduct": "alertmanager"}, None, None),
        (503, {}, None, None),
    ],
)  # fmt: skip
def test_4_9_a_put_of_the_same_again_names_the_answer_that_its_sender_got(
    status, configured, severity, answered
):
    log = Log(**configured)
    first, *again = (log.take(b"1", status, method="PUT", path="txns/7") for _ in "123")
    details = [f"the same as call 1, which was {answered}"] if answered else []
    assert shown(first) == []
    for call in again:
        assert [each.detail for each in shown(call)] == details
        assert {each.severity for each in shown(call)} <= {severity}


@pytest.mark.parametrize(
    ("method", "path", "bodies"),
    [
        ("POST", "event", (b"1", b"1")),
        ("PUT", "txn", (b"1", b"1")),
        ("PUT", "txns/7", (b"1", b"2")),
    ],
)
def test_4_9_what_may_be_another_event_is_no_repeat(method, path, bodies):
    log = Log()
    calls = [log.take(body, method=method, path=path) for body in bodies]
    assert [shown(call) for call in calls] == [[], []]


def test_a_call_that_matches_nothing_delivers_nothing():
    call = Log().take(path="nowhere")
    assert call.delivery is None
    assert call.record()["delivery"] is None


def test_tests_share_no_events():
    log = Log()
    assert seen(log.take(webhook_id="a", token="one")) == (1, [])
    assert seen(log.take(webhook_id="a", token="two")) == (1, [])


@each_row(
    ("first", "second", "configured", "found"),
    [
        ({"status": 503}, {}, {}, []),
        ({"status": 503}, {"body": b"2"}, {}, [("identity-reuse", "error")]),
        ({}, {"body": b"2"}, {}, [("identity-reuse", "error")]),
        ({}, {}, {}, [("duplicate-delivery", "warning")]),
        ({}, {}, {"conduct": "github"}, []),
        ({}, {}, {"conduct": "matrix"}, [("duplicate-delivery", "info")]),
        ({"fault": "reset"}, {}, {}, [("duplicate-delivery", "info")]),
        ({"fault": "slow"}, {}, {}, [("duplicate-delivery", "info")]),
        (
            {"status": 503, "body": b'{"events": [{"age": 1}]}'},
            {"body": b'{"events": [{"age": 2}]}'},
            {"conduct": "matrix"},
            [],
        ),
        ({}, {"body": b"2"}, {"conduct": {"same-body": False}}, [("duplicate-delivery", "warning")]),
    ],
)  # fmt: skip
def test_what_a_repeat_shows_without_any_conduct_and_by_one(
    first, second, configured, found
):
    log = Log(**configured)
    log.take(**{"webhook_id": "a", **first})
    assert seen(log.take(**{"webhook_id": "a", **second})) == (2, found)


def test_a_reused_identity_shows_both_calls_side_by_side():
    log = Log()
    log.take(b'{"n": 1, "s": [1]}', webhook_id="a", authorization="Bearer x")
    (violation,) = shown(log.take(b'{"n": 1, "s": [2]}', webhook_id="a"))
    assert violation.detail == (
        "the same identity came with another body in call 1: #/s/0 is 2 here, 1 there"
    )
    sent = "POST /webhooks/event"
    assert (violation.expected, violation.received) == (
        {"call": 1, "request": sent, "body": '{"n": 1, "s": [1]}', "status": 200},
        {"call": 2, "request": sent, "body": '{"n": 1, "s": [2]}', "status": 200},
    )


def test_a_repeat_of_what_was_cut_is_told_as_the_http_stack_does_it():
    log = Log()
    log.take(fault="reset", user_agent="Java/21")
    (violation,) = shown(log.take(user_agent="Java/21"))
    assert violation.detail == (
        "the same as call 1, which got no whole answer (reset); Java's "
        "HttpURLConnection sends again at once what was reset"
    )


@pytest.mark.parametrize(
    ("configured", "severity"), [({}, "error"), ({"conduct": "alertmanager"}, "info")]
)
def test_a_get_after_our_own_redirect_is_one_that_was_followed(configured, severity):
    """Fault 5.10."""
    log = Log(**configured)
    log.take(status=302, answer=[("location", "/webhooks/event/moved")])
    call = log.take(method="GET", path="event/moved")
    assert [(each.code, each.severity) for each in call.violations] == [
        ("redirect-followed", severity)
    ]
    assert call.violations[0].detail == (
        "call 1 was answered 302; the sender followed it as GET without a body; 307 and "
        "308 keep method and body"
    )
    other = log.take(method="GET", path="event/moved")
    assert "redirect-followed" not in {each.code for each in other.violations}


def test_an_identity_stands_where_it_is_configured():
    log = Log(identity={"event": "body #/id"})
    assert log.take(b'{"id": 7}', status=503).delivery.identity == "7"
    assert seen(log.take(b'{"id": 7}', status=503)) == (2, [])


def test_what_is_forgotten_begins_anew():
    log = Log()
    log.take(webhook_id="a", token="one")
    log.take(webhook_id="a")
    log.index.forget("one")
    assert log.take(webhook_id="a", token="one").delivery.attempt == 1
    assert log.take(webhook_id="a").delivery.attempt == 2


def test_events_that_were_not_heard_of_for_long_are_forgotten(monkeypatch):
    monkeypatch.setattr(attempt_memory, "_MOST_EVENTS", 2)
    log = Log()
    for each in ("a", "b", "a", "c"):
        log.take(webhook_id=each)
    assert log.take(webhook_id="a").delivery.attempt == 3
    for each in "defgh":
        log.take(webhook_id=each)
    assert log.take(webhook_id="a").delivery.attempt == 1


def test_what_one_test_forgets_makes_room_for_others(monkeypatch):
    monkeypatch.setattr(attempt_memory, "_MOST_EVENTS", 2)
    log = Log()
    log.take(b"1")
    log.take(b"2", token="one")
    log.index.forget("one")
    log.take(b"3")
    assert log.take(b"1").delivery.attempt == 2
    assert log.take(b"2", token="one").delivery.attempt == 1


def test_counting_costs_the_same_for_each_call():
    call = Log().take(status=503, webhook_id="a")

    def count(size):
        index = AttemptIndex({}.get)
        for _ in range(size):
            index.take(call)

    assert growth(count, 2000) < 3


def test_every_profile_is_a_conduct_that_can_be_configured():
    for name in PROFILES:
        assert settings(conduct=name).conducts == (("*", PROFILES[name]),)


def granted(log, rate, path="event", token=None):
    """Let a handshake grant a rate, as the mock answers it."""
    request = Request(
        "OPTIONS", f"/webhooks/{path}?access_token=x", Headers.of(()), b""
    )
    asked = MOCK.receive(request, id=len(log.calls) + 1, now=0.0, token=token)
    answer = Response(200, Headers.of([("WebHook-Allowed-Rate", rate)]))
    asked = replace(
        asked, outcome="handshake", decided_by="cloudevents", response=answer
    )
    log.calls[asked.id] = log.index.take(asked)


def of_rate(call):
    return [each.detail for each in shown(call) if each.code == "rate-exceeded"]


def test_one_request_more_than_was_granted_for_a_minute_exceeds_the_rate():
    log = Log()
    granted(log, "3")
    calls = [log.take(b"%d" % at) for at in range(5)]
    assert [of_rate(call) for call in calls] == [
        [],
        [],
        [],
        ["4 requests came within 3 s; 3 a minute were granted in call 1"],
        ["4 requests came within 3 s; 3 a minute were granted in call 1"],
    ]


@each_row(
    ("rate", "where"),
    [("*", {}), ("3", {"path": "txn"}), ("3", {"token": "other"}), ("60", {})],
)
def test_a_rate_holds_where_it_was_granted(rate, where):
    log = Log()
    granted(log, rate, **where)
    assert [of_rate(log.take(b"%d" % at)) for at in range(5)] == [[]] * 5


class Workers(Log):
    """Calls that several processes take in turn, which share a journal."""

    def __init__(self, folder, **configured):
        super().__init__(**configured)
        self.journal = DatabaseJournal(f"sqlite:///{folder}/calls.db")
        self.memories = [SharedMemory(self.journal.shared) for _ in range(3)]
        self.indexes = [
            AttemptIndex(self.calls.get, settings(**configured), each)
            for each in self.memories
        ]

    @property
    def index(self):
        return self.indexes[len(self.calls) % 3]

    @index.setter
    def index(self, _):
        """Leave the index of `Log` alone: these have their own."""


SENT = [
    {"webhook_id": "a", "status": 503},
    {"webhook_id": "a", "status": 200},
    {"webhook_id": "b", "fault": "reset"},
    {"webhook_id": "a", "body": b"{}"},
    {"webhook_id": "b", "status": 200},
    {"webhook_id": "a", "body": b"other"},
    {"body": b"same", "status": 503},
    {"body": b"same", "status": 503},
    {"body": b"same", "status": 200, "token": "t"},
    {"path": "txns/7", "method": "PUT"},
    {"path": "txns/7", "method": "PUT"},
    {"status": 302, "answer": [("location", "http://m/moved")]},
]


def test_processes_on_one_journal_count_attempts_together(tmp_path):
    alone, together = Log(), Workers(tmp_path)
    expected = [seen(alone.take(**each)) for each in SENT]
    assert [seen(together.take(**each)) for each in SENT] == expected
    assert [number for number, _ in expected] == [1, 2, 1, 3, 2, 4, 1, 2, 1, 1, 2, 1]
    assert {code for _, found in expected for code, _ in found} == {
        "duplicate-delivery",
        "identity-reuse",
    }
    request = Request("GET", "/moved", Headers.of([("referer", "x")]), b"")
    call = MOCK.receive(request, id=90, now=90.0)
    for log in (alone, together):
        (found,) = log.index.take(call).violations
        assert found.code == "redirect-followed"
    together.index.forget("t")
    assert seen(together.take(**SENT[8]))[0] == 1
    assert seen(together.take(**SENT[7]))[0] == 3
    together.index.forget()
    assert seen(together.take(**SENT[7]))[0] == 1
    together.journal.close()


def test_processes_together_forget_what_came_long_ago(tmp_path, monkeypatch):
    monkeypatch.setattr(attempt_memory, "_FORGET_EACH", 1)
    monkeypatch.setattr(attempt_memory, "_MOST_CALLS", 2)
    log = Workers(tmp_path)
    found = [
        seen(log.take(webhook_id=each))[0] for each in ("a", "a", "b", "c", "a", "c")
    ]
    assert found == [1, 2, 1, 1, 1, 2]
    log.journal.close()
