"""Fault 7.4: every call that no running test received is reported in the summary."""

import pytest

LATE = """
import api, httpx, threading

URLS = []

def test_one(cbmock):
    URLS.append(cbmock.url)
    httpx.post(cbmock.url, json={"id": "1", "amount": 1})

def test_two(cbmock):
    for amount in (1, "no", "no"):
        httpx.post(URLS[0], json={"id": "1", "amount": amount})
"""
SUMMARY = "3 calls came after the end of test_it.py::test_one (2 violations)"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [((), 0), (["--cbmock-late=error"], 1)],
    ids=["warn", "error"],
)
def test_calls_after_a_tests_end_are_counted(suite, arguments, code):
    outcome = suite(LATE, *arguments)
    outcome.assert_outcomes(passed=2)
    assert SUMMARY in outcome.stdout.str()
    assert outcome.ret == code


def test_they_can_be_ignored(suite):
    outcome = suite(LATE, ini="cbmock_late = ignore")
    assert (outcome.ret, SUMMARY in outcome.stdout.str()) == (0, False)


def test_workers_hand_them_over(suite):
    outcome = suite(LATE, "-n1", "--cbmock-late=error", plugins=["xdist"])
    assert SUMMARY in outcome.stdout.str()
    assert outcome.ret == 1


def test_a_call_without_a_token_between_tests_is_nobodys(suite):
    outcome = suite(
        """
        import httpx, pytest

        @pytest.fixture(scope="module")
        def api(cbmock_server):
            yield
            httpx.post(cbmock_server.url, json={"id": "1", "amount": "no"})

        def test_one(cbmock, api):
            pass
        """
    )
    outcome.assert_outcomes(passed=1)
    line = "1 call came without a token while no test ran (1 violation)"
    assert line in outcome.stdout.str()


def test_a_mangled_token_is_reported_with_the_nearest(suite):
    outcome = suite(
        """
        import httpx

        def test_one(cbmock):
            url = cbmock.url.replace("test_one", "TEST_ONE")
            httpx.post(url, json={"id": "1", "amount": 1})
        """
    )
    text = outcome.stdout.str()
    assert "1 call came below /t/TEST_ONE-" in text
    assert "a token that no test has (nearest: test_it.py::test_one)" in text
