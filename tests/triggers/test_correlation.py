import json
from dataclasses import replace
from typing import get_args

import pytest
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.call import Call, Scripted
from cbmock.mock.faults import Fault
from cbmock.mock.mock import Mock
from cbmock.triggers import key_evaluation as evaluation
from cbmock.triggers.correlation import correlate
from cbmock.triggers.log import LONGEST_KEPT, TriggerLog
from cbmock.triggers.missing_policy import MissingPolicy
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mocks import calling, described, posted
from tests.support.rows import each_row

BASE = "http://127.0.0.1:4020"


def mock_of(*keys, operation_id="s", path="/orders"):
    named = {f"cb{number}": posted(key) for number, key in enumerate(keys, 1)}
    paths = calling(named, operationId=operation_id)
    return Mock(described(paths={path: paths["/streams"]}))


def exchange(body, *, status=200, path="/orders", method="POST"):
    answer = None if status is None else Response(status, Headers(), b'{"id": 5}')
    headers = Headers.of([("content-type", "application/json")])
    return evaluation.exchange(method, f"http://api{path}", headers, body, answer)


class Story:
    """Triggers and calls in the order in which they are told."""

    def __init__(self, mock):
        self.mock = mock
        self.log = TriggerLog(mock)
        self.calls = []

    def trigger(self, body=b'{"u": "http://127.0.0.1:4020/h"}', token=None, **options):
        policy = options.pop("policy", MissingPolicy())
        found = exchange(body, **options)
        after = len(self.calls)
        begun = self.log.begin(found, token=token, now=0, after=after)
        return self.log.end(begun, found, now=0, policy=policy)

    def call(self, target, body=b"", status=None, headers=(), scripted=None):
        request = Request("POST", target, Headers.of(headers), body)
        call = self.mock.receive(request, id=len(self.calls) + 1, now=0.0)
        call = replace(call, scripted=scripted)
        if status is not None:
            fields = {**{f: getattr(call, f) for f in Call.__dataclass_fields__}}
            call = Call(**{**fields, "response": Response(status)})
        self.calls.append(call)
        return call

    def end(self, **options):
        options = {"seen_since": 0, **options}
        return correlate(self.log.seen(), self.calls, [BASE], **options)

    def told(self, **options):
        """Return the codes by call, and those of what is missing."""
        found = self.end(**options)
        strays = {
            id: [each.code for each in violations]
            for id, violations in found.violations.items()
        }
        missing = [(each.violation.name, each.severity) for each in found.missing]
        return strays, missing


KEY = "{$request.body#/u}"
NOTHING = ({}, [])


@pytest.fixture
def story():
    return Story(mock_of(KEY + "/done", KEY + "/failed"))


def test_one_of_several_callbacks_is_enough(story):
    story.trigger()
    story.call("/h/failed")
    assert story.told() == NOTHING


def test_none_of_several_callbacks_is_missing(story):
    story.trigger()
    assert story.told() == ({}, [("cb1 or cb2", "error")])


def test_every_callback_may_be_asked_for(story):
    story.trigger(policy=MissingPolicy("every"))
    story.call("/h/failed")
    assert story.told() == ({}, [("cb1", "error")])


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        ("warning", [("cb1 or cb2", "warning")]),
        ("off", []),
        ("error", [("cb1 or cb2", "error")]),
    ],
)
def test_what_silence_is_can_be_told(story, missing, told):
    story.trigger(policy=MissingPolicy(missing))
    assert story.told() == ({}, told)


@each_row(
    ("path", "operation_id", "severity"),
    [
        ("/subscriptions", "create", "warning"),
        ("/v1/hooks/webhooks", "create", "warning"),
        ("/things", "subscribeToEvents", "warning"),
        ("/streams", "s", "warning"),
        ("/invoices/", "create_invoice", "error"),
        ("/payments/{id}", "refund", "error"),
    ],
)
def test_silence_after_a_subscription_is_only_a_warning(path, operation_id, severity):
    story = Story(mock_of(KEY, operation_id=operation_id, path=path))
    story.trigger(path=path.replace("{id}", "7"))
    assert story.told() == ({}, [("cb1", severity)])


@pytest.mark.parametrize("status", [400, 404, 500])
def test_what_was_refused_triggers_nothing(story, status):
    story.trigger(status=status)
    assert story.told() == NOTHING
    story.call("/h/done")
    assert story.told() == ({1: ["unasked"]}, [])


@pytest.mark.parametrize("status", [302, 307, None])
def test_what_was_not_taken_here_allows_a_callback_and_owes_none(story, status):
    story.trigger(status=status)
    assert story.told() == NOTHING
    story.call("/h/done")
    assert story.told() == NOTHING


def test_a_url_that_is_not_the_mocks_is_not_judged(story):
    story.trigger(b'{"u": "http://elsewhere/h"}')
    assert story.told() == NOTHING


def test_a_trigger_without_a_url_makes_nothing_due(story):
    story.trigger(b"{}")
    assert story.told() == NOTHING
    assert [each.due.urls for each in story.end().expected] == [(), ()]


def test_a_call_at_another_url_is_told_beside_the_one_that_is_owed(story):
    trigger = story.trigger()
    story.call("/x/done")
    found = story.end()
    ((violation,),) = found.violations.values()
    assert (violation.code, violation.expected, violation.received) == (
        "wrong-callback-url",
        f"{BASE}/h/done",
        "/x/done",
    )
    assert [each.wrong for each in found.expected] == [story.calls[0], None]
    assert found.missing == ()
    assert trigger.succeeded


def test_the_owed_url_that_is_most_alike_is_the_one_that_was_meant(story):
    story.trigger(b'{"u": "http://127.0.0.1:4020/first"}')
    story.trigger(b'{"u": "http://127.0.0.1:4020/second"}')
    story.call("/secund/done")
    found = story.end()
    ((violation,),) = found.violations.values()
    assert violation.expected == f"{BASE}/second/done"
    assert [each.violation.expected for each in found.missing] == [f"{BASE}/first/done"]


def test_a_call_that_nobody_asked_for_is_told(story):
    story.trigger()
    story.call("/h/done")
    story.call("/other/done")
    assert story.told() == ({2: ["unasked"]}, [])


def test_a_call_before_its_request_is_not_due_to_it(story):
    story.call("/h/done")
    story.trigger()
    assert story.told() == ({1: ["unasked"]}, [("cb1 or cb2", "error")])


def test_where_some_exchanges_may_not_be_seen_nothing_is_unasked(story):
    story.trigger()
    story.call("/x/done")
    assert story.told(seen_since=None) == ({}, [("cb1 or cb2", "error")])
    assert story.told(seen_since=1) == ({}, [("cb1 or cb2", "error")])


def test_another_tests_trigger_explains_a_call(story):
    other = Story(story.mock)
    story.call("/h/done")
    assert story.told(others=[other.trigger()]) == NOTHING


def test_a_webhook_and_a_literal_host_have_no_trigger():
    story = Story(mock_of("https://notify.example/{$request.body#/id}"))
    story.trigger(b'{"id": 1}')
    story.call("/callbacks/s/cb1/1")
    assert story.calls[0].operation is not None
    assert story.told() == NOTHING


@pytest.mark.parametrize("key", ["<url>", "{$response.query.url}", "{}/x"])
def test_a_url_that_no_expression_reads_was_agreed_on_elsewhere(key):
    story = Story(mock_of(key))
    story.trigger()
    story.call("/h/x")
    assert story.calls[0].operation is not None
    assert story.told() == NOTHING


# --- once ---------------------------------------------------------------------------------


def test_the_same_again_after_success_is_a_duplicate(story):
    story.trigger()
    for _ in range(3):
        story.call("/h/done", b"{}")
    found = story.end()
    assert {id: [v.code for v in told] for id, told in found.violations.items()} == {
        2: ["duplicate-delivery"],
        3: ["duplicate-delivery"],
    }
    assert found.violations[2][0].detail.startswith(
        "the same as call 1, which was answered 2"
    )


def test_the_same_again_after_a_failure_is_a_retry(story):
    story.trigger()
    story.call("/h/done", b"{}", status=503)
    story.call("/h/done", b"{}", status=503)
    story.call("/h/done", b"{}")
    assert story.told() == NOTHING
    assert len(story.end().expected[0].calls) == 3
    story.call("/h/done", b"{}")
    assert story.told() == ({4: ["duplicate-delivery"]}, [])


@pytest.mark.parametrize(
    "scripted",
    [Scripted(fault=fault) for fault in get_args(Fault)] + [Scripted(delay=0.5)],
    ids=str,
)
def test_the_same_again_after_an_answer_that_may_not_have_arrived_is_a_retry(
    story, scripted
):
    story.trigger()
    story.call("/h/done", b"{}", scripted=scripted)
    story.call("/h/done", b"{}")
    assert story.told() == NOTHING
    story.call("/h/done", b"{}")
    assert story.told() == ({3: ["duplicate-delivery"]}, [])


def test_the_same_again_after_a_script_answered_success_is_a_duplicate(story):
    story.trigger()
    story.call("/h/done", b"{}", scripted=Scripted())
    story.call("/h/done", b"{}")
    assert story.told() == ({2: ["duplicate-delivery"]}, [])


def test_a_retry_is_not_the_callback_of_another_trigger(story):
    story.trigger()
    story.trigger()
    story.call("/h/done", b"1", status=503)
    story.call("/h/done", b"1")
    assert story.told() == ({}, [("cb1 or cb2", "error")])
    story.call("/h/done", b"2")
    assert story.told() == NOTHING


def test_each_of_two_triggers_may_be_told_the_same(story):
    story.trigger()
    story.trigger()
    story.call("/h/done", b"{}")
    story.call("/h/done", b"{}")
    assert story.told() == NOTHING
    story.call("/h/done", b"{}")
    assert story.told() == ({3: ["duplicate-delivery"]}, [])


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"body": b"1"}, {"body": b"2"}, NOTHING),
        (
            {"headers": [("webhook-id", "a")]},
            {"headers": [("webhook-id", "b")]},
            NOTHING,
        ),
        (
            {"headers": [("webhook-id", "a"), ("date", "x")]},
            {"headers": [("webhook-id", "a"), ("date", "y")]},
            ({2: ["duplicate-delivery"]}, []),
        ),
        (
            {"headers": [("x-request-id", "a")]},
            {"headers": [("x-request-id", "b")]},
            ({2: ["duplicate-delivery"]}, []),
        ),
    ],
)
def test_events_are_told_apart_by_content_and_id(story, one, other, told):
    story.trigger()
    story.call("/h/done", **one)
    story.call("/h/done", **other)
    assert story.told() == told


# --- URLs that cannot be told in full -------------------------------------------------------


def test_an_expression_that_finds_nothing_makes_no_false_alarm():
    story = Story(mock_of(KEY + "/{$request.body#/none}"))
    story.trigger()
    story.call("/h/7")
    story.call("/h/8")
    assert story.told() == NOTHING
    assert [call.id for call in story.end().expected[0].calls] == [1, 2]


@pytest.mark.parametrize(("token", "told"), [(None, []), ("other", ["unasked"])])
def test_only_a_trigger_without_a_test_vaguely_explains_the_call_of_any(token, told):
    mock = mock_of(KEY + "/{$request.body#/none}")
    story, other = Story(mock), Story(mock)
    story.call("/h/7")
    found, _ = story.told(others=[other.trigger(token=token)])
    assert found.get(1, []) == told


def test_a_response_that_is_under_way_may_still_explain_a_call():
    story = Story(mock_of(KEY + "/{$response.body#/id}"))
    found = exchange(b'{"u": "http://127.0.0.1:4020/h"}', status=None)
    begun = story.log.begin(found, token=None, now=1, after=0)
    story.call("/h/5")
    assert story.told() == NOTHING
    assert begun.settled_at == 1 + MissingPolicy().settle
    whole = exchange(b'{"u": "http://127.0.0.1:4020/h"}')
    story.log.end(begun, whole, now=2, policy=MissingPolicy())
    assert story.told() == NOTHING
    story.call("/h/6")
    assert story.told() == ({2: ["unasked"]}, [])


BROKEN = {"name": "cb", "in": "query", "schema": {"$ref": "#/no"}}


def test_a_broken_reference_of_a_parameter_makes_no_difference():
    named = {"cb": posted("{$request.query.cb}")}
    paths = calling(named, parameters=[BROKEN])
    story = Story(Mock(described(paths=paths)))
    story.trigger(path="/streams?cb=http://127.0.0.1:4020/h")
    story.call("/h")
    assert story.told() == NOTHING


def test_what_cannot_be_evaluated_makes_no_false_alarm(story, monkeypatch):
    def due(*_):
        message = "#/nowhere leads nowhere"
        raise ReceiverError(message)

    monkeypatch.setattr(evaluation, "due", due)
    story.trigger()
    story.call("/x/done")
    assert story.told() == NOTHING
    (odd,) = story.end().expected[0].due.violations
    assert odd.detail == "#/nowhere leads nowhere"


@each_row(
    ("registered", "target"),
    [
        ("http://127.0.0.1:4020", "/done"),
        ("http://localhost:4020/h", "/h/done"),
        ("http://127.0.0.1:4020/größe", "/gr%c3%b6%C3%9Fe/done"),
        ("http://127.0.0.1:4020/%7Eme", "/~me/done"),
        ("http://127.0.0.1:4020/a b", "/a%20b/done"),
    ],
)
def test_urls_are_the_same_however_they_are_written(registered, target):
    story = Story(mock_of(KEY + "/done"))
    story.trigger(('{"u": "%s"}' % registered).encode())  # noqa: UP031 - braces
    story.call(target)
    (owed,) = story.end().expected
    assert [call.target for call in owed.calls] == [target]


# --- the log --------------------------------------------------------------------------------


def test_the_log_keeps_the_newest_and_the_beginning_of_bodies():
    mock = mock_of(KEY)
    log = TriggerLog(mock, most=2)
    large = exchange(
        b'{"u": "http://127.0.0.1:4020/h", "x": "' + b"x" * 100_000 + b'"}'
    )
    for _ in range(3):
        begun = log.begin(large, token="t", now=0, after=0)
        ended = log.end(begun, large, now=0, policy=MissingPolicy())
    assert [each.id for each in log.seen()] == [2, 3]
    assert len(ended.exchange.request.body) == LONGEST_KEPT
    assert ended.due[0].urls == (f"{BASE}/h",)
    assert log.clear(token="other") == 0
    assert log.clear(token="t") == 2


def test_a_large_response_is_cut_too():
    mock = mock_of(KEY)
    log = TriggerLog(mock)
    found = evaluation.exchange(
        "POST",
        "http://api/orders",
        Headers(),
        b"",
        Response(200, Headers(), b"x" * 10**5),
    )
    ended = log.end(
        log.begin(found, token=None, now=0, after=0),
        found,
        now=0,
        policy=MissingPolicy(),
    )
    assert len(ended.exchange.response.body) == LONGEST_KEPT


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("trigger"), st.sampled_from("abc")),
        st.tuples(st.just("call"), st.sampled_from("abc")),
    ),
    max_size=12,
)


@given(ACTS)
def test_a_sender_that_answers_each_trigger_with_its_own_event_is_never_blamed(acts):
    story = Story(mock_of(KEY + "/done"))
    owed = []
    for number, (act, name) in enumerate(acts):
        if act == "trigger":
            story.trigger(b'{"u": "http://127.0.0.1:4020/%b"}' % name.encode())
            owed.append((name, number))
        elif owed:
            url, event = owed.pop(0)
            story.call(f"/{url}/done", b"%d" % event)
    for name, event in owed:
        story.call(f"/{name}/done", b"%d" % event)
    assert story.told() == NOTHING


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("trigger"), st.text(), st.binary()),
            st.tuples(st.just("call"), st.text(), st.binary()),
        ),
        max_size=6,
    )
)
def test_nothing_that_arrives_makes_it_raise(acts):
    story = Story(mock_of(KEY + "/{$request.body#/id}", "{$response.body}", KEY))
    for act, text, data in acts:
        if act == "trigger":
            story.trigger(json.dumps({"u": text, "id": text}).encode())
            story.trigger(data)
        else:
            story.call("/" + text, data)
    story.end()
