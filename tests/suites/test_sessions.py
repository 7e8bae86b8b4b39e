"""Fault 7.3: the session's server, and what `Receiver` takes, by fixtures."""


def test_the_url_is_known_before_the_first_test(suite):
    outcome = suite(
        """
        import httpx, pytest

        @pytest.fixture(scope="session", autouse=True)
        def api(cbmock_server):
            return cbmock_server.url

        def test_one(cbmock, api):
            httpx.post(api, json={"id": "1", "amount": 1})
            assert cbmock.wait_for("paid").json["id"] == "1"

        def test_two(cbmock, api):
            assert cbmock.calls == ()
            assert cbmock.url.startswith(api)
        """
    )
    outcome.assert_outcomes(passed=2)


def test_options_are_those_of_a_receiver(suite):
    outcome = suite(
        """
        import httpx, pytest, cbmock as package

        def test_it(cbmock, cbmock_server):
            assert cbmock_server.url == "http://host.docker.internal:8080"
            answer = httpx.post(
                cbmock.target_of(cbmock_server.url + "/webhooks/shipped").join(
                    ["http://127.0.0.1:47919", ""]
                ),
                json={"type": "shipped", "m": 1},
            )
            assert answer.status_code == 200
            assert [v.code for c in cbmock.calls for v in c.violations] != []
            cbmock.allow_violations()
        """,
        conftest="""
        import pytest

        @pytest.fixture(scope="session")
        def cbmock_options():
            return {
                "spec": "spec.json",
                "port": 47919,
                "public_url": "http://host.docker.internal:8080",
                "on_violation": "accept",
                "strict": True,
            }
        """,
    )
    outcome.assert_outcomes(passed=1)


def test_formats_are_read_as_the_options_say(suite):
    outcome = suite(
        """
        import httpx

        def test_it(cbmock):
            answer = httpx.post(cbmock.url_for("at"), json="01:02:03")
            assert answer.status_code == 200
        """,
        conftest="""
        import pytest

        content = {"application/json": {"schema": {"format": "time"}}}
        operation = {"requestBody": {"content": content}, "responses": {"200": {}}}

        @pytest.fixture(scope="session")
        def cbmock_options():
            spec = {
                "openapi": "3.1.0",
                "info": {"title": "t", "version": "1"},
                "webhooks": {"at": {"post": operation}},
            }
            return {"spec": spec, "formats": {"time": "offset-optional"}}
        """,
    )
    outcome.assert_outcomes(passed=1)


def test_a_wrong_option_is_one_sentence(suite):
    outcome = suite(
        "def test_it(cbmock): pass",
        conftest="""
        import pytest

        @pytest.fixture(scope="session")
        def cbmock_options():
            return {"prot": 1}
        """,
    )
    outcome.assert_outcomes(errors=1)
    assert "cbmock_options: 'prot' is not an option of Receiver" in outcome.stdout.str()


def test_children_and_no_uvloop(suite):
    """Fault 7.22."""
    outcome = suite(
        """
        import multiprocessing, sys
        import pytest
        from child import post

        @pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
        @pytest.mark.parametrize("how", ["fork", "spawn"])
        def test_children(cbmock, how):
            children = multiprocessing.get_context(how)
            sent = children.Process(target=post, args=[cbmock.url, how])
            sent.start()
            assert cbmock.wait_for("paid", timeout=60).json["id"] == how
            sent.join()
            assert (sent.exitcode, len(cbmock.calls)) == (0, 1)

        def test_the_loop_is_asyncios(cbmock):
            assert sys.modules["uvloop"] is None
            post(cbmock.url, "1")
            cbmock.wait_for("paid")
        """,
        conftest="""
        import sys

        sys.modules["uvloop"] = None  # as where it is not installed
        """,
        child="""
        import json, urllib.request

        def post(url, id):
            body = json.dumps({"id": id, "amount": 1}).encode()
            headers = {"content-type": "application/json"}
            request = urllib.request.Request(url, body, headers)
            urllib.request.urlopen(request).close()
        """,
    )
    outcome.assert_outcomes(passed=3)
