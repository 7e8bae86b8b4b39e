import asyncio
import json
import subprocess
import sys
import threading
import time
from urllib.parse import quote

import httpx2
import pytest
from cbmock import Receiver
from cbmock.errors import ReceiverError
from cbmock.mock.call import Scripted
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.server import access
from cbmock.testing.control_client import Remote
from starlette.testclient import TestClient

from tests.support.invoices import DOCUMENT, EVENT, SENDER
from tests.support.rows import each_row
from tests.support.senders import sender

OP = "invoice_notification"


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture(params=[None, DOCUMENT], ids=["listed", "read here"])
def shared(request, server):
    return Receiver.at(server.url, request.param).start()


@pytest.fixture
def cbmock(shared, request):
    return shared.for_test(request.node.name)


def send(cbmock, body=EVENT, path="/invoices/1"):
    return httpx2.post(cbmock.url + path, json=body)


def test_a_test_sees_its_own_calls(cbmock, shared, server):
    send(cbmock)
    send(shared.for_test("other"))
    send(server)
    (call,) = cbmock.calls
    assert (call.json, call.operation.name) == (EVENT, OP)
    assert cbmock.calls_to(OP) == (call,)
    cbmock.clear()
    assert cbmock.calls == ()


def test_the_same_is_handed_out(cbmock, server):
    own = server.for_test(cbmock.url.rpartition("/t/")[2])
    assert (
        cbmock.url_for("new-subscription") == f"{cbmock.url}/webhooks/new-subscription"
    )
    assert cbmock.url.rpartition("/t/")[0] == own.url.rpartition("/t/")[0]
    assert [each.name for each in cbmock.operations] == [OP, "new-subscription"]


def test_a_wait_ends_when_the_call_arrives(cbmock):
    began = time.monotonic()
    sender = threading.Timer(0.3, send, [cbmock])
    sender.start()
    assert cbmock.wait_for(OP, timeout=60, matching={"paid": True}).json == EVENT
    assert time.monotonic() - began < 30
    sender.join()


@pytest.mark.process
def test_a_sender_may_be_another_process(cbmock):
    code = (
        "import sys, urllib.request as r; "
        "r.urlopen(r.Request(sys.argv[1], sys.argv[2].encode(), "
        "{'content-type': 'application/json'}))"
    )
    url = cbmock.url + "/invoices/1"
    with subprocess.Popen([sys.executable, "-c", code, url, json.dumps(EVENT)]):
        assert cbmock.wait_for(OP, timeout=60).json == EVENT


def test_only_calls_that_match_end_a_wait(cbmock):
    send(cbmock, {**EVENT, "description": "first"})
    sender = threading.Timer(0.2, send, [cbmock, {**EVENT, "description": "second"}])
    sender.start()
    wanted = {"description": "second"}
    assert cbmock.wait_for(OP, timeout=60, matching=wanted) == cbmock.calls[1]
    sender.join()


def test_a_wait_in_vain_tells_what_came_instead(cbmock):
    send(cbmock, path="/nowhere")
    with pytest.raises(AssertionError, match="(?s)due a call.*/nowhere.*answered 404"):
        cbmock.wait_for(OP, timeout=0.2)
    with pytest.raises(AssertionError, match="no callback or webhook is at"):
        cbmock.verify()


def test_expectations_silence_and_webhooks_are_as_at_home(cbmock):
    send(cbmock)
    assert len(cbmock.expect(OP).times(1).within(0.1).calls) == 1
    cbmock.never("new-subscription", within=0.1)
    with pytest.raises(AssertionError, match="/webhooks/new-subscription"):
        cbmock.wait_for("new-subscription", timeout=0)
    cbmock.verify()


def test_many_waits_at_once_leave_the_loop_and_its_threads_free(shared):
    tests = [shared.for_test(f"many-{number}") for number in range(20)]

    async def one(cbmock):
        waited = asyncio.create_task(cbmock.aio.wait_for(OP, timeout=60))
        await asyncio.sleep(0.2)
        await asyncio.to_thread(send, cbmock)
        return await waited

    async def all_at_once():
        return await asyncio.gather(*map(one, tests))

    calls = asyncio.run(all_at_once())
    assert [call.token for call in calls] == [f"many-{number}" for number in range(20)]


def test_a_wait_that_is_given_up_ends(cbmock):
    async def given_up():
        waited = asyncio.create_task(cbmock.aio.wait_for(OP, timeout=60))
        await asyncio.sleep(0.1)
        waited.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waited

    asyncio.run(given_up())
    send(cbmock)  # what still asks is answered


def test_coverage_is_that_of_the_tests_own_calls(cbmock, shared):
    send(cbmock)
    assert cbmock.coverage.percent == 50.0
    assert shared.for_test("nobody").coverage.covered == 0


def test_a_trigger_needs_the_document(server):
    trigger = httpx2.Response(
        200,
        request=httpx2.Request(
            "POST",
            "http://api/invoices/",
            params={"callback_url": server.url + "/t/due"},
            json={"id": "7"},
        ),
    )
    known = Receiver.at(server.url, DOCUMENT).for_test("due")
    send(known, path="/invoices/7")
    assert known.wait_for(OP, trigger=trigger, timeout=5).target == "/t/due/invoices/7"
    with pytest.raises(ReceiverError, match="needs the document .* `cbmock_spec`"):
        Receiver.at(server.url).for_test("due").wait_for(OP, trigger=trigger)


def test_what_only_the_owner_has_is_told(shared):
    with pytest.raises(ReceiverError, match="`app` is not available"):
        _ = shared.app
    shared.stop()


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "mock:4020"])
def test_a_mock_that_does_not_answer_is_a_wrong_set_up(url):
    with pytest.raises(
        ReceiverError, match="no mock answers at|is not a URL of a mock"
    ):
        Receiver.at(url).start()


# --- what is answered ---


def statuses(cbmock, count, **options):
    return [
        httpx2.post(cbmock.url + "/invoices/1", json=EVENT, **options).status_code
        for _ in range(count)
    ]


def test_a_script_is_played_there(cbmock):
    script = cbmock.respond(OP, status=503, times=2).then(status=418).then(status=200)
    assert [each.status for each in script.left] == [503, 418, 200]
    assert statuses(cbmock, 5) == [503, 503, 418, 200, 200]
    assert [each.scripted for each in cbmock.calls] == [Scripted()] * 5
    cbmock.respond(OP, status=410)  # in the place of the other
    assert statuses(cbmock, 1) == [410]


def test_a_reply_arrives_there_as_it_was_said(cbmock):
    cbmock.respond(OP, 429, headers={"Retry-After": "3"}, json={"é": [1]})
    answer = send(cbmock)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.json() == {"é": [1]}
    cbmock.respond(OP, Reply(status=200, body=b"\xff\x00"))
    assert send(cbmock).content == b"\xff\x00"


def test_a_script_is_of_one_test_or_of_all(cbmock, shared):
    other = shared.for_test("another")
    cbmock.respond(OP, status=503)
    assert (statuses(cbmock, 1), statuses(other, 1)) == ([503], [200])
    shared.respond(OP, status=500)
    assert (statuses(cbmock, 1), statuses(other, 1)) == ([503], [500])
    cbmock.respond_as_documented()
    assert (statuses(cbmock, 1), statuses(other, 1)) == ([500], [500])
    shared.respond_as_documented(OP)
    assert (statuses(cbmock, 1), statuses(other, 1)) == ([200], [200])


@each_row(
    ("said", "wrong"),
    [
        ({"status": lambda call: 200}, "another process: it cannot ask a function"),
        ({"example": "none"}, "none"),
        ({"status": 204, "fault": "half"}, "needs a body"),
    ],
)
def test_a_reply_that_cannot_be_given_there_is_a_wrong_set_up(cbmock, said, wrong):
    with pytest.raises(ReceiverError, match=wrong):
        cbmock.respond(OP, **said)
    assert statuses(cbmock, 1) == [200]


# --- triggers ---


@pytest.fixture
def known(server, request):
    return Receiver.at(server.url, DOCUMENT).for_test(request.node.name)


def exchange(cbmock):
    url = f"http://api/invoices/?callback_url={quote(cbmock.url, safe='')}"
    return ("POST", url, {}, '{"id": "7"}', 200, {}, "")


def test_a_sender_in_this_process_is_watched(known):
    with TestClient(known.watch(sender("background"), settle=5)) as client:
        order = known.register({"json": {"id": "7"}}, OP)
        created = client.post("/invoices/", **order)
    assert known.triggered_by(created) == known.calls
    assert known.wait_for(OP, trigger=created).target.endswith("/invoices/7")
    known.no_other_calls()
    known.verify()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("never", "invoice_notification did not come within"),
        ("wrong", "wrong-callback-url"),
        ("twice", "duplicate-delivery"),
        ("misspelt", "called: .*/invoice/7\n"),
    ],
)
def test_a_watched_sender_that_breaks_its_promise_is_told_of(known, how, told):
    with TestClient(known.watch(sender(how), settle=0)) as client:
        client.post("/invoices/", **known.register({"json": {"id": "7"}}, OP))
    with pytest.raises(AssertionError, match=f"(?s){told}"):
        known.verify()


@pytest.mark.parametrize("fault", ["reset", "silence", "half"])
def test_a_fault_is_played_there_and_its_retry_is_none_too_many(known, fault):
    known.respond(OP, fault=fault, times=1)
    with pytest.raises(httpx2.TransportError):
        httpx2.post(known.url + "/invoices/7", json=EVENT, timeout=0.5)
    send(known, path="/invoices/7")
    known.wait_for(OP, trigger=exchange(known))
    assert [call.scripted for call in known.calls] == [Scripted(fault=fault), None]
    known.verify()


def test_all_that_waits_can_be_awaited(known):
    async def together():
        url = f"{known.url}/invoices/7"
        trigger = exchange(known)
        async with httpx2.AsyncClient() as client:
            sending = asyncio.create_task(client.post(url, json=EVENT))
            found = await known.aio.triggered_by(trigger)
            await sending
        assert found == known.calls
        await known.aio.expect(OP).triggered_by(trigger).times(1)
        await known.aio.never("new-subscription", within=0.05)
        await known.aio.no_other_calls()
        await known.aio.verify()

    asyncio.run(together())


def test_a_test_asks_little_and_nothing_of_others(server, monkeypatch):
    shared = Receiver.at(server.url, DOCUMENT).start()
    assert shared.operations
    asked = []
    ask = Remote.ask

    def counted(remote, method, path, said=None, **query):
        asked.append((method, path, query.get("token")))
        return ask(remote, method, path, said, **query)

    monkeypatch.setattr(Remote, "ask", counted)
    cbmock = shared.for_test("little")
    send(cbmock)
    cbmock.wait_for(OP)
    cbmock.verify()
    calls = "GET", "calls", "little"
    assert asked == [("GET", "health", None), calls, calls]


# --- with pytest ---

TESTS = """
import pytest
from sender import *

@pytest.mark.parametrize("n", range(16))
def test_it(cbmock, n):
    send(cbmock, path=f"/invoices/{n}")
    call = cbmock.wait_for("invoice_notification", timeout=60)
    assert call.target.endswith(f"/invoices/{n}")
    assert cbmock.calls == (call,)

def test_a_breach(cbmock):
    send(cbmock, path="/nowhere")
"""


@pytest.mark.slow
def test_eight_workers_share_one_mock(pytester, serve):
    pytester.makefile(".json", openapi=json.dumps(DOCUMENT))
    running = serve(str(pytester.path / "openapi.json"))
    pytester.makepyfile(sender=SENDER, test_it=TESTS)
    outcome = pytester.runpytest_subprocess(
        "-n8", f"--cbmock-url={running.url}", "--cbmock-cov-fail-under=50"
    )
    outcome.assert_outcomes(passed=16, failed=1)
    outcome.stdout.fnmatch_lines(
        ["*no callback or webhook is at*", "covered: 2 of 4 items, 50 %"]
    )


def test_the_setting_names_the_mock_and_the_document(pytester, server):
    pytester.makefile(".json", openapi=json.dumps(DOCUMENT))
    pytester.makeini(
        f"[pytest]\ncbmock_url = {server.url}\ncbmock_spec = openapi.json\n"
    )
    pytester.makepyfile(
        sender=SENDER,
        test_it="from sender import *\n"
        "def test_it(cbmock):\n"
        f"    assert cbmock.url.startswith({server.url!r})\n"
        "    send(cbmock)\n"
        "    assert cbmock.wait_for('invoice_notification').operation.node is not None\n",
    )
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


@pytest.fixture
def guarded(server, monkeypatch):
    """The mock, as where it listens beyond this machine."""
    access_by = access.listening("127.0.0.1", token="s3cret")
    monkeypatch.setattr(server._view.backend.app, "access", access_by)
    return server


def test_a_mock_that_asks_for_its_token_is_given_it(guarded):
    with pytest.raises(ReceiverError, match="asks for its token, .* set CBMOCK_TOKEN"):
        Receiver.at(guarded.url).start()
    allowed = Receiver.at(guarded.url, access_token="s3cret").start()
    assert allowed.url == guarded.url


@pytest.mark.parametrize("place", ["environment", "file"])
def test_tests_have_the_token_of_a_mock(pytester, guarded, monkeypatch, place):
    """Fault 7.7: a mock that containers reach asks for its token."""
    if place == "file":
        pytester.makefile(".toml", cbmock='token = "s3cret"\n')
    else:
        monkeypatch.setenv("CBMOCK_TOKEN", "s3cret")
    pytester.makepyfile("def test_it(cbmock):\n    assert cbmock.calls == ()\n")
    pytester.runpytest_inprocess("--cbmock-url", guarded.url).assert_outcomes(passed=1)


def test_a_mock_that_is_not_there_is_told_in_one_line(pytester):
    pytester.makepyfile("def test_it(cbmock):\n    pass\n")
    outcome = pytester.runpytest_subprocess("--cbmock-url=http://127.0.0.1:1")
    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(["cbmock: no mock answers at http://127.0.0.1:1: *"])
    outcome.stdout.no_fnmatch_line("*Traceback*")
