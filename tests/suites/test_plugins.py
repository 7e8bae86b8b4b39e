"""Other plugins of pytest beside cbmock, each as its users run it."""

import json

PAID = '{"id": "1", "amount": 1}'


RERUNS = """
import httpx, pytest

RUNS = []

@pytest.mark.flaky(reruns=1)
def test_first_wrong(cbmock):
    assert cbmock.calls == ()
    RUNS.append(cbmock.url)
    amount = "no" if len(RUNS) == 1 else 1
    httpx.post(cbmock.url, json={"id": "1", "amount": amount})

def test_each_run_had_a_url_of_its_own():
    assert len(set(RUNS)) == 2

@pytest.mark.flaky(reruns=1)
def test_always_wrong(cbmock):
    httpx.post(cbmock.url, json={"id": 1, "amount": 1})
"""
WAITS = """
import pytest

@pytest.mark.timeout(0.3)
def test_waits_in_vain(cbmock):
    cbmock.wait_for("paid", timeout=30)
"""
ASYNCIO = f"""
import asyncio, httpx, pytest

async def send(url):
    async with httpx.AsyncClient() as client:
        await client.post(url, json={PAID})

@pytest.mark.asyncio
async def test_waits(cbmock):
    task = asyncio.create_task(send(cbmock.url))
    assert (await cbmock.aio.wait_for("paid", timeout=60)).valid
    await task

@pytest.mark.asyncio
async def test_forgets(cbmock):
    cbmock.expect("paid").within(0.1)
    asyncio.create_task(send(cbmock.url))
"""


def test_reruns_timeouts_and_asyncio_in_one_suite(suite):
    outcome = suite(
        RERUNS,
        "--timeout-method=signal",
        plugins=["rerunfailures", "timeout", "asyncio"],
        test_waits=WAITS,
        test_loop=ASYNCIO,
    )
    counted = outcome.parseoutcomes()
    assert (counted["passed"], counted["failed"], counted["rerun"]) == (3, 3, 2)
    text = outcome.stdout.str()
    assert "Failed: Timeout (>0.3s) from pytest-timeout." in text
    assert "the task send() in test_loop.py:" in text


def test_a_timeout_by_a_thread_ends_a_wait(suite):
    outcome = suite(WAITS, "--timeout-method=thread", plugins=["timeout"])
    assert outcome.ret != 0
    assert "Timeout" in outcome.stdout.str() + outcome.stderr.str()


def test_any_order_and_the_seed_is_left_alone(suite):
    outcome = suite(
        """
        import httpx, pytest, random

        @pytest.mark.parametrize("n", range(8))
        def test_it(cbmock, n):
            seeded = random.getstate()
            httpx.post(cbmock.url, json={"id": str(n), "amount": n})
            assert cbmock.wait_for("paid").json["amount"] == n
            assert random.getstate() == seeded
        """,
        plugins=["randomly"],
    )
    outcome.assert_outcomes(passed=8)


def test_coverage_of_code_and_of_the_document_side_by_side(suite, pytester):
    outcome = suite(
        f"""
        import httpx, pytest

        @pytest.mark.parametrize("n", range(4))
        def test_it(cbmock, n):
            import api
            api.later(0, cbmock.url, {PAID})
            cbmock.wait_for("paid", timeout=60)
        """,
        "-n2",
        "--cov=api",
        "--cov-report=json:cov.json",
        "--cbmock-cov",
        plugins=["pytest_cov", "xdist"],
    )
    outcome.assert_outcomes(passed=4)
    assert outcome.ret == 0
    measured = json.loads((pytester.path / "cov.json").read_text())
    assert measured["totals"]["percent_covered"] > 50
    assert "covered: 2 of 4 items, 50 %" in outcome.stdout.str()


SOCKETS = f"""
import httpx, pytest, threading

def test_blocked(cbmock):
    pass

@pytest.mark.allow_hosts(["127.0.0.1"])
def test_allowed(cbmock):
    httpx.post(cbmock.url, json={PAID})
    cbmock.wait_for("paid")

@pytest.mark.enable_socket
def test_enabled(cbmock):
    httpx.post(cbmock.url, json={PAID})
    cbmock.wait_for("paid")

@pytest.mark.allow_hosts(["192.0.2.1"])
def test_sent_by_a_thread(cbmock):
    def send():
        with pytest.raises(RuntimeError):
            httpx.post(cbmock.url, json={PAID})

    sending = threading.Thread(target=send)
    sending.start()
    sending.join()
    cbmock.wait_for("paid", timeout=0.1)
"""
GUARDED = (
    (
        "cbmock: cannot listen on 127.0.0.1:0: pytest_socket refuses sockets. "
        "`--allow-hosts=127.0.0.1` lets its tests use this address and no other; "
        "`@pytest.mark.enable_socket` lets one test use all."
    ),
    "  pytest_socket lets no sender of this process through: ",
)
"""What the tests say that pytest-socket keeps from the mock."""


def test_sockets_that_are_disabled_are_named_with_what_enables_them(suite):
    outcome = suite(SOCKETS, "--disable-socket", plugins=["socket"])
    outcome.assert_outcomes(passed=2, failed=1, errors=1)
    text = outcome.stdout.str()
    assert [each for each in GUARDED if each not in text] == []
    assert "sockets.py" not in text


def test_files_that_are_false_are_so_for_the_test_alone(suite):
    outcome = suite(
        f"""
        import httpx, os, pytest

        def test_in_false_files(fs, cbmock):
            assert not os.path.exists("spec.json")
            httpx.post(cbmock.url, json={PAID})
            cbmock.wait_for("paid")

        @pytest.mark.xfail(strict=True, raises=pytest.fail.Exception)
        def test_explains_a_violation(cbmock, fs):
            httpx.post(cbmock.url, json={{"id": 1}})

        def test_afterwards(cbmock):
            httpx.post(cbmock.url, json={PAID})
        """,
        plugins=["fakefs"],
    )
    outcome.assert_outcomes(passed=2, xfailed=1)


def test_functions_of_json_that_a_test_replaces_change_no_verdict(suite):
    outcome = suite(
        """
        import httpx, json, pytest

        @pytest.fixture(autouse=True)
        def without_json(monkeypatch):
            with monkeypatch.context() as patch:
                for name in ("dumps", "loads"):
                    patch.setattr(json, name, None)
                yield

        @pytest.mark.parametrize("body", [b'{"id": "1", "amount": 1.5e3}', b'{"id": 1}', b"{"])
        def test_it(cbmock, body):
            cbmock.allow_violations()
            fields = {"content-type": "application/json"}
            httpx.post(cbmock.url, content=body, headers=fields)
            (call,) = cbmock.calls
            assert [each.code for each in call.violations if each.code == "internal"] == []
        """
    )
    outcome.assert_outcomes(passed=3)


def test_a_process_that_may_open_no_more_files_loses_no_call(suite):
    outcome = suite(
        """
        import os, pytest, httpx
        resource = pytest.importorskip("resource")

        @pytest.fixture
        def few(cbmock):
            with httpx.Client() as client:
                client.get(cbmock.url.split("/t/")[0] + "/_cbmock/api/health")
                before = resource.getrlimit(resource.RLIMIT_NOFILE)
                resource.setrlimit(resource.RLIMIT_NOFILE, (100, before[1]))
                held = []
                with pytest.raises(OSError, match="Too many open files"):
                    while True:
                        held.append(os.open(os.devnull, os.O_RDONLY))
                yield client
                for each in held:
                    os.close(each)
                resource.setrlimit(resource.RLIMIT_NOFILE, before)

        def test_it(cbmock, few):
            cbmock.allow_violations()
            answer = few.post(cbmock.url, json={"id": 1})
            assert answer.status_code == 422
            (call,) = cbmock.calls
            assert [each.code for each in call.violations] == ["internal"]
            assert call.violations[0].detail == "too many files were open to check this request"
        """
    )
    outcome.assert_outcomes(passed=1)


DJANGO = """
import json, httpx, pytest
from django.http import JsonResponse
from django.urls import path
from django.test import Client
import api

def orders(request):
    body = json.loads(request.body)
    if api.SEND["delay"] is not None:
        api.later(api.SEND["delay"], body["cb"], api.SEND["body"])
    return JsonResponse({}, status=202)

urlpatterns = [path("orders", orders)]

def test_its_client_fixture_is_a_trigger(cbmock, client):
    api.SEND["delay"] = 0.05
    body = {"cb": cbmock.url}
    response = client.post("/orders", body, content_type="application/json")
    assert cbmock.wait_for("paid", timeout=60, trigger=response).valid

def test_its_live_server_is_watched(cbmock, live_server):
    api.SEND["delay"] = 0.05
    watched = cbmock.watch(live_server, settle=30)
    httpx.post(watched.url + "/orders", json={"cb": cbmock.url})

@pytest.mark.xfail(strict=True, raises=pytest.fail.Exception)
def test_its_live_server_sends_nothing(cbmock, live_server):
    api.SEND["delay"] = None
    watched = cbmock.watch(live_server, settle=0.1)
    assert httpx.post(watched.url + "/orders", json={"cb": cbmock.url}).status_code == 202
"""


def test_djangos_fixtures(suite):
    outcome = suite(
        DJANGO,
        "--ds=settings",
        plugins=["django"],
        settings="""
        ALLOWED_HOSTS = ["*"]
        ROOT_URLCONF = "test_it"
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        SECRET_KEY = "x"
        INSTALLED_APPS = []
        STATIC_URL = "/static/"
        """,
    )
    outcome.assert_outcomes(passed=2, xfailed=1)
