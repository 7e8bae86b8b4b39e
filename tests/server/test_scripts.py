import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cbmock.http.messages import Headers, Response
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.server.scripts import Script, Scripts

from tests.support.mocks import sent, webhooks
from tests.support.rows import each_row

ONCE, TWICE, ALWAYS = Reply(status=501, times=1), Reply(status=502, times=2), Reply()
OPEN = Reply(status=503)


def given(script, count):
    replies = (script.next(0.0) for _ in range(count))
    return [None if reply is None else reply.status for reply in replies]


@each_row(
    ("replies", "statuses"),
    [
        ([TWICE], [502, 502, None, None]),
        ([OPEN], [503, 503, 503, 503]),
        ([OPEN, ONCE], [503, 501, None, None]),
        ([TWICE, OPEN], [502, 502, 503, 503]),
        ([OPEN, OPEN, TWICE], [503, 503, 502, 502]),
        ([], [None]),
    ],
)
def test_a_reply_is_given_so_often_as_was_said_the_last_for_ever(replies, statuses):
    assert given(Script(None, None, replies), len(statuses)) == statuses


def test_a_reply_may_follow_while_calls_come():
    script = Script(None, None, [OPEN])
    assert given(script, 2) == [503, 503]
    script.append(ONCE)
    assert given(script, 2) == [501, None]
    script.append(TWICE)
    assert given(script, 3) == [502, 502, None]


def test_a_reply_lasts_for_seconds_from_the_first_call_that_gets_it():
    script = Script(None, None, [Reply(status=503, lasts=10), TWICE, OPEN])
    moments = [100, 100, 109.9, 110, 111, 112]
    found = [script.next(at).status for at in moments]
    assert found == [503, 503, 503, 502, 502, 503]
    assert script.unused == ()


def test_a_reply_that_lasts_counts_for_all_processes_that_share_its_script():
    taken, heard = iter(range(1, 20)), []
    replies = [Reply(status=503, lasts=10), TWICE, OPEN]
    one, other = (
        Script(None, None, replies, taken.__next__, heard.append) for _ in range(2)
    )
    found = [one.next(100).status]
    other.begin(*heard)
    found += [other.next(105).status, one.next(110).status, one.next(111).status]
    assert (found, one.next(112).status, heard) == ([503, 503, 502, 502], 503, [100])


def test_what_is_left_counts_down():
    script = Script(None, None, [TWICE, OPEN])
    assert script.left == (TWICE, OPEN)
    script.next(0.0)
    assert script.left == (replace(TWICE, times=1), OPEN)
    script.next(0.0)
    assert script.left == (OPEN,)
    script.next(0.0)
    assert script.left == (OPEN,)
    assert Script(None, None, []).left == ()


def test_senders_at_once_get_each_reply_so_often_as_was_said():
    script = Script(
        None, None, [Reply(status=502, times=500), Reply(status=503, times=9)]
    )
    with ThreadPoolExecutor(8) as senders:
        got = [
            each.result()
            for each in [senders.submit(script.next, 0.0) for _ in range(600)]
        ]
    counts = [sum(r is not None and r.status == s for r in got) for s in (502, 503)]
    assert (counts, got.count(None)) == ([500, 9], 91)


@pytest.fixture
def mock():
    return webhooks("a", "b")


@pytest.fixture
def scripts(mock):
    return Scripts(mock)


def played(scripts, mock, target="/webhooks/a", **more):
    call = replace(sent(mock, "POST", target), **more)
    return asyncio.run(scripts.play(call))


def test_a_call_without_a_script_is_answered_as_documented(mock, scripts):
    assert not scripts
    assert played(scripts, mock).scripted is None
    scripts.put(mock.operations[1], None, [OPEN])
    assert scripts
    assert played(scripts, mock).scripted is None
    assert played(scripts, mock, "/nowhere").status == 404


def test_a_tests_own_script_comes_before_that_of_every_test(mock, scripts):
    a, _ = mock.operations
    scripts.put(a, None, [Reply(status=500)])
    scripts.put(a, "mine", [ONCE])
    statuses = [played(scripts, mock, token=token).status for token in ["mine"] * 2]
    assert statuses == [501, 500]
    assert played(scripts, mock, token="other").status == 500
    assert played(scripts, mock).status == 500


def test_the_last_script_replaces_the_one_before(mock, scripts):
    a, _ = mock.operations
    scripts.put(a, None, [TWICE])
    scripts.put(a, None, [OPEN])
    assert played(scripts, mock).status == 503


def test_an_ambiguous_call_takes_the_script_of_any_that_it_may_be_for(mock, scripts):
    _, b = mock.operations
    scripts.put(b, None, [OPEN])
    assert played(scripts, mock, candidates=(b,)).status == 202
    both = played(scripts, mock, candidates=(b,), outcome="ambiguous")
    assert both.status == 503


@pytest.mark.parametrize(
    ("operation", "token", "left"),
    [
        (None, None, []),
        (None, "x", [("a", None), ("b", None)]),
        (0, None, [("b", None), ("b", "x")]),
        (1, "x", [("a", None), ("a", "x"), ("b", None)]),
        (0, "y", [("a", None), ("a", "x"), ("b", None), ("b", "x")]),
    ],
)
def test_scripts_are_removed_by_operation_and_test(
    mock, scripts, operation, token, left
):
    for each in mock.operations:
        scripts.put(each, None, [OPEN])
        scripts.put(each, "x", [OPEN])
    found = None if operation is None else mock.operations[operation]
    assert scripts.remove(found, token) == 4 - len(left)
    assert [(each.operation.name, each.token) for each in scripts.all()] == left


async def soon(call):
    await asyncio.sleep(0)
    return 503


@pytest.mark.parametrize(
    ("by", "status"),
    [
        (lambda call: 503, 503),
        (lambda call: Reply(status=503), 503),
        (lambda call: {"status": 500 + len(call.body)}, 500),
        (lambda call: Response(503, Headers(), b"x"), 503),
        (lambda call: call.status + 1, 203),
        (soon, 503),
        (lambda call: None, 202),
    ],
)
def test_a_function_is_asked_with_the_call_so_far(mock, scripts, by, status):
    scripts.put(mock.operations[0], None, [Reply(by=by)])
    assert played(scripts, mock).status == status


async def broken(call):
    raise ValueError("later")


def failing(call):
    pytest.fail("not this one")


@pytest.mark.parametrize(
    ("by", "told"),
    [
        (lambda call: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda call: 99, "ReceiverError: status=99"),
        (lambda call: {"ok": True}, "ReceiverError: a reply has no field 'ok'"),
        (lambda call: {"example": "x"}, "UnknownExample: no example is named 'x'"),
        (lambda call: Reply(by=print), "ReceiverError"),
        (lambda call: next(iter(())), "StopIteration: "),
        (lambda call: call.json, "NotJSON: the body is empty, which is not JSON"),
        (broken, "ValueError: later"),
        (failing, "Failed: not this one"),
    ],
)
def test_a_function_that_fails_is_a_violation_and_a_500(mock, scripts, by, told):
    scripts.put(mock.operations[0], None, [Reply(by=by)])
    call = played(scripts, mock)
    (violation,) = call.violations
    assert (call.status, violation.code, call.valid) == (500, "script-failed", False)
    assert f"the script of a raised {told}" in violation.detail
    where = "(" + __file__ + ":" in violation.detail
    assert where is not told.startswith(("ReceiverError", "UnknownExample"))


def test_a_function_that_takes_its_time_holds_up_nobody(mock, scripts):
    a, b = mock.operations
    hold = threading.Event()
    scripts.put(a, None, [Reply(by=lambda call: 503 if hold.wait(5) else 504)])
    scripts.put(b, None, [OPEN])

    async def both():
        slow = asyncio.create_task(scripts.play(sent(mock, "POST", "/webhooks/a")))
        await asyncio.sleep(0.01)
        quick = await scripts.play(sent(mock, "POST", "/webhooks/b"))
        hold.set()
        return quick.status, (await slow).status

    began = time.monotonic()
    assert asyncio.run(both()) == (503, 503)
    assert time.monotonic() - began < 4


def test_who_gives_up_is_let_go(mock, scripts):
    async def never(call):
        await asyncio.sleep(60)

    scripts.put(mock.operations[0], None, [Reply(by=never)])

    async def give_up():
        async with asyncio.timeout(0.5):
            await scripts.play(sent(mock, "POST", "/webhooks/a"))

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())


def test_an_undocumented_status_is_told_once_a_script():
    mock = webhooks("w")
    scripts = Scripts(mock)
    (operation,) = mock.operations
    scripts.put(operation, None, [Reply(status=503, times=2), Reply(status=500)])
    played = [
        asyncio.run(scripts.play(sent(mock, "POST", "/webhooks/w"))) for _ in range(4)
    ]
    assert [
        (each.status, [violation.code for violation in each.violations])
        for each in played
    ] == [
        (503, ["undocumented-status"]),
        (503, []),
        (500, ["undocumented-status"]),
        (500, []),
    ]
