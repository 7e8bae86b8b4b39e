import json
import subprocess
import sys

import pytest

from tests.support.invoices import DOCUMENT, SENDER


@pytest.fixture
def project(pytester):
    pytester.makefile(".json", openapi=json.dumps(DOCUMENT))
    pytester.makepyfile(sender=SENDER)
    pytester.makeini("[pytest]\ncbmock_spec = openapi.json\n")

    def run(test, *arguments):
        pytester.makepyfile(test_it="from sender import *\nimport pytest\n" + test)
        return pytester.runpytest_subprocess(*arguments)

    return run


def test_a_conforming_call_passes(project):
    outcome = project(
        """
        def test_it(cbmock):
            send(cbmock)
            assert cbmock.wait_for("invoice_notification").json == EVENT
        """.replace("\n        ", "\n")
    )
    outcome.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("sent", "lines"),
    [
        (
            "body={**EVENT, 'paid': 'no'}",
            [
                "invoice_notification broke the contract: body #/paid: 'no' is not a boolean",
                (
                    "*POST /t/test_it-*/invoices/1  invoice_notification: violation, "
                    "answered 422"
                ),
                "*body #/paid: 'no' is not a boolean*",
                '*If this is intended: cbmock.allow_violations("type")',
            ],
        ),
        (
            "path='/invoice/1'",
            [
                "POST *invoice/1 matched no callback or webhook: nearest: *",
                "*/invoice/1  -: no match, answered 404",
                "*nearest: invoice_notification (POST …/invoices/*",
            ],
        ),
    ],
)
def test_a_violation_that_was_not_allowed_fails_the_test(project, sent, lines):
    """Fault 5.5."""
    outcome = project(f"def test_it(cbmock):\n    send(cbmock, {sent})\n")
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(lines)


def test_a_breach_that_was_allowed_passes(project):
    outcome = project(
        "def test_it(cbmock):\n"
        "    cbmock.allow_violations('type')\n"
        "    send(cbmock, body={**EVENT, 'paid': 1})\n"
    )
    outcome.assert_outcomes(passed=1)


def test_a_test_that_failed_is_not_failed_again_at_teardown(project):
    outcome = project(
        "def test_it(cbmock):\n    send(cbmock, path='/x')\n    assert 0\n"
    )
    outcome.assert_outcomes(failed=1)


def test_a_test_that_failed_is_told_what_arrived(project):
    outcome = project(
        "def test_it(cbmock):\n"
        "    send(cbmock, body={**EVENT, 'paid': 'no'})\n"
        "    assert cbmock.calls[0].json == EVENT\n"
    )
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(
        [
            "*- cbmock -*",
            "*POST /t/test_it-*/invoices/1  invoice_notification: violation, *422",
            "*body #/paid: 'no' is not a boolean*",
        ]
    )


def test_a_verdict_is_told_once(project):
    outcome = project("def test_it(cbmock):\n    send(cbmock, path='/invoice/1')\n")
    told = outcome.stdout.str()
    failures, _, _ = told.partition("short test summary")
    assert failures.count("answered 404") == 1
    assert "During handling" not in told


def test_an_app_is_found_from_the_root_folder(project, pytester):
    pytester.makepyfile(
        shop="class App:\n    def openapi(self):\n"
        "        return {'openapi': '3.1.0', 'webhooks': {'paid': {'post': {}}}}\n"
        "app = App()\n"
    )
    pytester.makeini("[pytest]\ncbmock_spec = shop:app\n")
    pytester.mkdir("below").joinpath("test_below.py").write_text(
        "def test_it(cbmock):\n    assert cbmock.operations[0].name == 'paid'\n"
    )
    project("")
    outcome = pytester.run(
        sys.executable, "-m", "pytest", "-c", str(pytester.path / "tox.ini"), "below"
    )
    outcome.assert_outcomes(passed=1)


def test_a_marker_without_a_document_is_told(project):
    outcome = project(
        "@pytest.mark.cbmock(specc='x.json')\ndef test_it(cbmock):\n    pass\n"
    )
    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(["*the marker names no document*"])


def test_an_expectation_that_is_not_met_fails_the_test(project):
    outcome = project(
        "def test_it(cbmock):\n"
        "    cbmock.expect('invoice_notification').times(1).within(30)\n"
        "    send(cbmock)\n    send(cbmock)\n"
    )
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(
        ["invoice_notification was due exactly one call *, 2 came."]
    )


def test_a_wait_in_vain_shows_the_test_and_not_our_code(project):
    outcome = project(
        "def test_it(cbmock):\n"
        "    cbmock.wait_for('invoice_notification', timeout=0.01)\n"
    )
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["*invoice_notification was due a call within*"])
    outcome.stdout.no_fnmatch_line("*testing/receiver.py*")


def test_calls_of_one_test_are_not_seen_by_the_next(project):
    outcome = project(
        "def test_one(cbmock):\n    send(cbmock)\n"
        "def test_two(cbmock):\n    assert cbmock.calls == ()\n"
    )
    outcome.assert_outcomes(passed=2)


def test_a_script_ends_with_its_test(project):
    outcome = project(
        "urls = []\n"
        "def test_one(cbmock):\n"
        "    urls.append(cbmock)\n"
        "    cbmock.respond('invoice_notification', status=503, times=2).then(200)\n"
        "    assert [send(cbmock).status_code for _ in range(3)] == [503, 503, 200]\n"
        "    cbmock.respond('invoice_notification', status=503)\n"
        "@pytest.mark.parametrize('broken', [True, False])\n"
        "def test_two(cbmock, broken):\n"
        "    assert send(urls[0]).status_code == send(cbmock).status_code == 200\n"
        "    cbmock.respond('invoice_notification', status=503)\n"
        "    assert not broken\n"
    )
    outcome.assert_outcomes(passed=2, failed=1)


def test_a_script_that_fails_fails_the_test(project):
    outcome = project(
        "def test_it(cbmock):\n"
        "    cbmock.respond('invoice_notification', lambda call: 1 / 0)\n"
        "    assert send(cbmock).status_code == 500\n"
    )
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(["*raised ZeroDivisionError: division by zero*"])


def test_a_late_call_fails_no_other_test(project):
    outcome = project(
        "urls = []\n"
        "def test_one(cbmock):\n    urls.append(cbmock)\n"
        "def test_two(cbmock):\n"
        "    send(urls[0], path='/nowhere')\n"
        "    assert cbmock.calls == ()\n"
    )
    outcome.assert_outcomes(passed=2)


def test_a_sender_that_knows_one_url_for_all_tests_is_told_apart(project):
    outcome = project(
        "def base(cbmock):\n    return cbmock.url.partition('/t/')[0]\n"
        "class Plain:\n    url = None\n"
        "def test_one(cbmock):\n"
        "    Plain.url = base(cbmock)\n    send(Plain)\n    assert len(cbmock.calls) == 1\n"
        "def test_two(cbmock):\n"
        "    send(Plain)\n    assert len(cbmock.calls) == 1\n"
    )
    outcome.assert_outcomes(passed=2)


@pytest.mark.parametrize(
    "mark", ["(spec='other.json')", "('other.json')", "(spec=OTHER)", "(spec=App())"]
)
def test_a_marker_names_another_document(project, pytester, mark):
    other = {**DOCUMENT, "paths": {}}
    pytester.makefile(".json", other=json.dumps(other))
    outcome = project(
        "import json, pathlib\n"
        "OTHER = json.loads(pathlib.Path('other.json').read_text())\n"
        "class App:\n    def openapi(self):\n        return OTHER\n"
        f"@pytest.mark.cbmock{mark}\n"
        "def test_it(cbmock):\n"
        "    assert [each.name for each in cbmock.operations] == ['new-subscription']\n"
    )
    outcome.assert_outcomes(passed=1)


def test_the_command_line_names_another_document(project, pytester):
    pytester.makefile(".json", other=json.dumps({**DOCUMENT, "paths": {}}))
    outcome = project(
        "def test_it(cbmock):\n    assert len(cbmock.operations) == 1\n",
        "--cbmock-spec=other.json",
    )
    outcome.assert_outcomes(passed=1)


def test_the_ini_path_is_relative_to_the_root_folder(project, pytester):
    pytester.mkdir("below").joinpath("test_below.py").write_text(
        "def test_it(cbmock):\n    assert len(cbmock.operations) == 2\n"
    )
    project("")
    outcome = pytester.runpytest_subprocess("--rootdir=.", "below")
    outcome.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("ini", "reason"),
    [
        ("[pytest]\n", "*which OpenAPI document? Set `cbmock_spec`*"),
        (
            "[pytest]\ncbmock_spec = no.json\n",
            "*no.json: cannot be read: No such file*",
        ),
    ],
)
def test_a_missing_document_is_told_in_one_line(project, pytester, ini, reason):
    pytester.makeini(ini)
    outcome = project("def test_it(cbmock):\n    pass\n")
    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines([reason])
    outcome.stdout.no_fnmatch_line("*Traceback*")


def test_a_document_that_is_missing_is_told_for_each_test_and_spoils_no_other(project):
    missing = "@pytest.mark.cbmock(spec='no.json')\n"
    outcome = project(
        f"{missing}def test_one(cbmock):\n    pass\n"
        f"{missing}def test_two(cbmock):\n    pass\n"
        "def test_three(cbmock):\n    send(cbmock)\n"
    )
    outcome.assert_outcomes(errors=2, passed=1)
    outcome.stdout.fnmatch_lines(["*no.json: cannot be read*"] * 2)
    outcome.stdout.no_fnmatch_line("*Traceback*")


def test_workers_in_parallel_do_not_disturb_each_other(project):
    outcome = project(
        "@pytest.mark.parametrize('n', range(12))\n"
        "def test_it(cbmock, n):\n"
        "    send(cbmock, path=f'/invoices/{n}')\n"
        "    call = cbmock.wait_for('invoice_notification')\n"
        "    assert call.target.endswith(f'/invoices/{n}')\n"
        "    assert cbmock.calls == (call,)\n",
        "-n2",
    )
    outcome.assert_outcomes(passed=12)


def test_a_server_is_shared_by_the_tests_of_a_session(project):
    outcome = project(
        "ports = set()\n"
        "def test_one(cbmock):\n    ports.add(cbmock.url.split('/')[2])\n"
        "def test_two(cbmock):\n    ports.add(cbmock.url.split('/')[2])\n"
        "def test_three():\n    assert len(ports) == 1\n"
    )
    outcome.assert_outcomes(passed=3)


@pytest.mark.process
def test_the_plugin_loads_nothing_until_a_test_asks():
    code = (
        "import pytest, sys\n"
        "before = set(sys.modules)  # what pytest brings is not ours\n"
        "import cbmock.pytest_plugin\n"
        "heavy = {'starlette', 'jsonschema', 'jsonschema_rs', 'uvicorn', 'yaml', "
        "'referencing', 'asyncio', 'click'}\n"
        "found = heavy & (set(sys.modules) - before)\n"
        "assert not found, found\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.process
def test_a_session_without_the_fixture_loads_the_plugin_alone(pytester):
    pytester.makepyfile("def test_one():\n    assert True\n")
    code = (
        "import pytest, sys\n"
        "before = set(sys.modules)\n"
        "assert pytest.main([]) == 0\n"
        "print(*sorted(each for each in set(sys.modules) - before if 'cbmock' in each))\n"
    )
    run = pytester.run(sys.executable, "-c", code)
    assert run.outlines[-1].split() == [
        "cbmock",
        "cbmock.pytest_plugin",
        "cbmock.testing",
        "cbmock.testing.session",
    ]


def test_the_option_the_setting_and_the_marker_are_documented(pytester):
    told = pytester.runpytest("--help", "--markers").stdout.str()
    assert "--cbmock-spec=SPEC" in pytester.runpytest("--help").stdout.str()
    assert "@pytest.mark.cbmock(spec)" in told or "cbmock_spec" in told


def test_invalid_examples_that_were_served_are_told_at_the_end(pytester):
    answer = {"schema": {"type": "integer"}, "example": "x"}
    responses = {"200": {"content": {"application/json": answer}}}
    hooks = {name: {"post": {"responses": responses}} for name in ("w", "uncalled")}
    document = {"openapi": "3.1.0", "webhooks": hooks}
    pytester.makefile(".json", openapi=json.dumps(document))
    pytester.makeini("[pytest]\ncbmock_spec = openapi.json\n")
    pytester.makepyfile(
        """
        import httpx2

        def test_it(cbmock):
            assert httpx2.post(cbmock.url_for("w")).json() == "x"
        """
    )
    outcome = pytester.runpytest_subprocess()
    outcome.assert_outcomes(passed=1)
    outcome.stdout.fnmatch_lines(
        [
            "*cbmock: invalid examples were served*",
            "openapi.json:1:*: example-invalid: the example is not valid against its own schema: 'x' *",
        ]
    )
    assert outcome.stdout.str().count("example-invalid") == 1


def test_a_callback_that_never_comes_fails_at_teardown(project):
    outcome = project(
        "async def app(scope, receive, send):\n"
        "    await receive()\n"
        "    await send({'type': 'http.response.start', 'status': 200})\n"
        "    await send({'type': 'http.response.body'})\n"
        "def test_it(cbmock):\n"
        "    from starlette.testclient import TestClient\n"
        "    client = TestClient(cbmock.watch(app, settle=0.05))\n"
        "    request = {'json': {'id': '7'}}\n"
        "    request = cbmock.register(request, 'invoice_notification')\n"
        "    client.post('/invoices/', **request)\n"
    )
    outcome.assert_outcomes(failed=1)
    outcome.stdout.fnmatch_lines(
        [
            "*invoice_notification did not come within 0.05 s after POST /invoices/*, *",
            "  expected: POST */t/test_it-*/invoices/7   as {$callback_url}/invoices/*",
            'If this is intended: cbmock.allow_violations("missing-callback")',
        ]
    )


def test_a_fixture_that_fails_shows_what_came_until_then(project):
    outcome = project(
        """
        @pytest.fixture
        def subscribed(cbmock):
            send(cbmock, path="/invoice/1")
            assert False, "the API did not take the URL"

        def test_it(subscribed):
            pass
        """.replace("\n        ", "\n"),
    )
    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(
        [
            "E * the API did not take the URL*",
            "*- cbmock -*",
            "*POST /t/test_it-*/invoice/1*",
        ]
    )


def test_a_marker_counts_at_the_test_its_class_or_its_module(project, pytester):
    one = {"openapi": "3.1.0", "webhooks": {"paid": {"post": {}}}}
    pytester.makefile(".json", one=json.dumps(one))
    marked = "@pytest.mark.cbmock(spec='one.json')\n"
    pytester.makepyfile(
        test_module="import pytest\npytestmark = pytest.mark.cbmock(spec='one.json')\n"
        "def test_it(cbmock):\n    assert cbmock.operations[0].name == 'paid'\n"
    )
    outcome = project(
        "def name(cbmock):\n    return cbmock.operations[0].name\n"
        "def test_one(cbmock):\n    assert name(cbmock) == 'invoice_notification'\n"
        f"{marked}def test_two(cbmock):\n    assert name(cbmock) == 'paid'\n"
        "def test_three(cbmock):\n    assert name(cbmock) == 'invoice_notification'\n"
        f"{marked}class TestMarked:\n"
        "    def test_four(self, cbmock):\n        assert name(cbmock) == 'paid'\n"
        "class TestPlain:\n"
        "    def test_five(self, cbmock):\n"
        "        assert name(cbmock) == 'invoice_notification'\n",
        ".",
    )
    outcome.assert_outcomes(passed=6)


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ("a", "test_it-a"),
        ("two words/und\xfc", "test_it-two-words-und-xfc"),
        ("x" * 60, "test_it-" + "x" * 32),
    ],
)
def test_a_token_is_readable_and_needs_no_escape_in_a_url(project, parameter, name):
    outcome = project(
        "import re\n"
        f"@pytest.mark.parametrize('given', [{parameter!r}])\n"
        "def test_it(cbmock, given):\n"
        f"    assert re.fullmatch({name!r} + '-[0-9a-f]{{6}}', cbmock.token)\n"
        "    assert cbmock.url.endswith('/t/' + cbmock.token)\n"
    )
    outcome.assert_outcomes(passed=1)
