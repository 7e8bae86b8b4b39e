"""Fault 7.1: a test that freezes or moves the clock neither hangs nor fails for it."""

MOVED = 5
"""Ways to move the clock, in the test file below."""

TEST = """
import asyncio, contextlib, socket, sys, threading
import time as real
import api, freezegun, httpx, pytest, time_machine
from cbmock.firing import answer_bounds
from starlette.testclient import TestClient

PAID = {"id": "1", "amount": 1}
measure = real.clock_gettime

MOVED = [
    freezegun.freeze_time("2031-05-05"),
    freezegun.freeze_time("1999-05-05"),
    freezegun.freeze_time("2031-05-05", tick=True),
    time_machine.travel("2031-05-05"),
    time_machine.travel("1999-05-05", tick=False),
]

@pytest.fixture(autouse=True, params=MOVED)
def moved(request):
    with request.param:
        yield

@pytest.fixture(autouse=True)
def unhurried(moved):
    began = measure(real.CLOCK_MONOTONIC)
    yield
    assert measure(real.CLOCK_MONOTONIC) - began < 8

def post(cbmock, settle=0.4):
    TestClient(cbmock.watch(api.app, settle=settle)).post("/orders", json={"cb": cbmock.url})

def test_a_watched_callback_that_does_not_come(cbmock):
    api.SEND["delay"] = None
    post(cbmock)
    with pytest.raises(AssertionError, match="within 0.4 s"):
        cbmock.verify()
    cbmock.allow_violations("missing-callback")

def test_a_watched_callback_that_comes_a_bit_later(cbmock):
    api.SEND["delay"] = 0.15
    post(cbmock, settle=30)
    cbmock.verify()
    assert len(cbmock.calls) == 1

def test_waits_in_vain(cbmock):
    with pytest.raises(AssertionError, match="within 0.2 s"):
        cbmock.wait_for("paid", timeout=0.2)

@pytest.mark.xfail(strict=True, raises=pytest.fail.Exception)
def test_an_expectation_that_is_not_met(cbmock):
    cbmock.expect("paid").within(0.2)

def test_waits_that_hold(cbmock):
    cbmock.never("paid", within=0.1)
    api.later(0.2, cbmock.url, PAID)
    cbmock.wait_for("paid", timeout=5)
    cbmock.expect("paid").times(1).within(5).wait()

def test_a_delayed_answer(cbmock):
    cbmock.respond("paid", delay=0.2)
    began = measure(real.CLOCK_MONOTONIC)
    assert httpx.post(cbmock.url, json=PAID).status_code == 200
    assert 0.2 <= measure(real.CLOCK_MONOTONIC) - began < 3

def test_awaitable(cbmock):
    async def main():
        await cbmock.aio.never("paid", within=0.1)
        with pytest.raises(AssertionError, match="within 0.2 s"):
            await cbmock.aio.wait_for("paid", timeout=0.2)
        api.later(0.1, cbmock.url, PAID)
        await cbmock.aio.wait_for("paid")
        await cbmock.aio.verify()
    asyncio.run(main())

@pytest.fixture
def endless():
    # Sends an octet of its answer every now and then, for ever.
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve():
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\\r\\ncontent-length: 9999\\r\\n\\r\\n")
                while not stop.wait(0.05):
                    connection.sendall(b"1")
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        stop.set()
        thread.join()

@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_delivery_to_a_receiver_without_end(cbmock, endless, monkeypatch, loop):
    monkeypatch.setattr(answer_bounds, "SILENCE", 0.2)
    monkeypatch.setattr(answer_bounds, "LONGEST", 0.5)
    if loop == "asyncio":
        monkeypatch.setitem(sys.modules, "uvloop", None)
    answer = cbmock.fire("shipped", endless)
    assert "takes more than 0.5 s" in answer.violations[0].detail
"""


def test_every_wait_ends_when_it_should(suite):
    suite(TEST).assert_outcomes(passed=8 * MOVED, xfailed=MOVED)


def test_pytest_freezer_moves_the_clock_within_a_test(suite):
    suite(
        """
        import api, pytest
        from starlette.testclient import TestClient

        def test_it(cbmock, freezer):
            api.SEND["delay"] = 0.1
            client = TestClient(cbmock.watch(api.app, settle=2))
            freezer.move_to("2040-01-01")
            client.post("/orders", json={"cb": cbmock.url})
            freezer.move_to("1990-01-01")
            cbmock.wait_for("paid")

        def test_what_does_not_come_fails_the_test(cbmock, freezer):
            api.SEND["delay"] = None
            client = TestClient(cbmock.watch(api.app, settle=0.3))
            freezer.move_to("2040-01-01")
            client.post("/orders", json={"cb": cbmock.url})
        """,
        plugins=["freezer"],
    ).assert_outcomes(passed=1, failed=1)
