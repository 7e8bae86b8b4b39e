"""Commands that ask a running mock: waiting for it, resetting it, scripting its answers."""

import json
import os
import socket
import threading
import time

import httpx2
import pytest
from cbmock import Receiver
from cbmock.cli import main
from cbmock.mock.timestamps import timestamp
from cbmock.server import access
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

OP = "invoice_notification"


@pytest.fixture
def mock():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT), "utf-8")
    return str(path)


def run(*arguments, text=None, **environment):
    outcome = CliRunner(env=environment).invoke(main, arguments, input=text)
    return outcome.exit_code, outcome.output


def send(mock, target=TARGET):
    return httpx2.post(mock.url + target, json=EVENT).status_code


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("wait", "--ready"), 0, "ready at "),
        (("wait", OP), 0, f"POST {TARGET}  {OP}  200"),
    ],
)
def test_wait_waits_for_the_mock_too(arguments, code, told):
    port = free_port()
    started = []

    def later():
        time.sleep(0.4)
        running = Receiver(DOCUMENT, port=port)
        running.start()
        started.append(running)
        httpx2.post(running.url + TARGET, json=EVENT)

    thread = threading.Thread(target=later)
    thread.start()
    url = f"http://127.0.0.1:{port}"
    try:
        found, output = run(*arguments, "--url", url, "--timeout", "20")
    finally:
        thread.join()
        started[0].stop()
    assert (found, told in output) == (code, True)


@pytest.mark.parametrize("arguments", [("wait", "--ready"), ("wait", OP)])
def test_where_no_mock_answers_in_time_that_is_wrong_use(arguments):
    url = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    code, output = run(*arguments, "--url", url, "--timeout", "0.5")
    took = time.monotonic() - began
    assert (code, f"no mock answers at {url}" in output) == (2, True)
    assert 0.3 < took < 5


def test_ready_as_json_is_what_health_says(mock):
    code, output = run("wait", "--ready", "--url", mock.url, "--format", "json")
    record = json.loads(output)
    assert (code, record["ready"], record["calls"]) == (0, True, 0)


def test_a_mock_that_asks_for_its_token_is_ready(mock):
    mock.app.access = access.listening("127.0.0.1", token="s3cret")
    outcome = run("wait", "--ready", "--url", mock.url)
    assert outcome == (0, f"ready at {mock.url}\n")
    code, output = run("wait", "--ready", "--url", mock.url, "--format", "json")
    assert (code, "asks for its token" in output) == (2, True)


# --- which mock it is: another one may have the port that was meant for this one ----------


def identified(mock):
    since = timestamp(mock.app.started_at)
    return (
        f"{mock.app.mock.description.entry.name} (process {os.getpid()}, since {since})"
    )


def test_ready_names_the_mock_that_answers(mock):
    outcome = run("wait", "--ready", "--url", mock.url)
    assert outcome == (0, f"ready at {mock.url}: the mock of {identified(mock)}\n")


def test_serve_names_the_mock_that_has_its_port(mock, spec):
    port = mock.url.rpartition(":")[2]
    code, output = run("serve", spec, "--port", port)
    assert (code, output) == (
        2,
        (
            f"Error: cannot listen on 127.0.0.1:{port}: Address already in use. Choose "
            "another port; port 0 takes a free one. "
            f"The mock of {identified(mock)} is there.\n"
        ),
    )


def test_serve_says_of_a_mock_with_a_token_that_it_is_one(mock, spec):
    mock.app.access = access.listening("127.0.0.1", token="s3cret")
    code, output = run("serve", spec, "--port", mock.url.rpartition(":")[2])
    told = "A cbmock that asks for its token is there.\n"
    assert (code, output.endswith(told)) == (2, True)


def test_verify_names_the_mock_whose_calls_it_judges(mock, spec):
    send(mock)
    code, output = run("verify", spec, "--url", mock.url)
    told = f"asked at {mock.url}: the mock of {identified(mock)}"
    assert (code, told in output.splitlines()) == (0, True)


def test_verify_refuses_the_mock_of_another_api(mock, tmp_path):
    other = tmp_path / "other.json"
    webhook = {"post": {"responses": {"200": {"description": "ok"}}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"elsewhere": webhook},
    }
    other.write_text(json.dumps(document), "utf-8")
    code, output = run("verify", str(other), "--url", mock.url)
    told = f"that of {identified(mock)}: none of its operations ("
    assert (code, told in output) == (2, True)


@pytest.mark.parametrize("arguments", [(), ("--ready", OP)])
def test_wait_takes_an_operation_or_ready(mock, arguments):
    code, output = run("wait", *arguments, "--url", mock.url)
    assert (code, output) == (
        2,
        "Error: give either an OPERATION to wait for, or --ready.\n",
    )


def test_a_wait_that_is_interrupted_ends_with_130(mock, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("cbmock.testing.remote_mock.RemoteMock.wait", interrupted)
    assert run("wait", OP, "--url", mock.url)[0] == 130


def test_reset_forgets_calls_and_scripts(mock):
    send(mock)
    run("respond", OP, "503", "--url", mock.url)
    assert send(mock) == 503
    assert run("reset", "--url", mock.url) == (
        0,
        "deleted 2 calls, 0 triggers, 1 script\n",
    )
    assert send(mock) == 200
    code, output = run("reset", "--url", mock.url, "--format", "json")
    assert (code, json.loads(output)) == (
        0,
        {"deleted": {"responses": 0, "triggers": 0, "calls": 1}},
    )
    assert mock.calls == ()


def test_reset_of_one_test_leaves_the_others(mock):
    send(mock, f"/t/a{TARGET}")
    send(mock, f"/t/b{TARGET}")
    assert run("reset", "--url", mock.url, "--token", "a")[0] == 0
    _, output = run("calls", "--url", mock.url, "--format", "json")
    assert [each["token"] for each in json.loads(output)["calls"]] == ["b"]


@pytest.mark.parametrize(
    ("steps", "statuses"),
    [
        (["503"], [503, 503, 503]),
        (["503", "202"], [503, 202, 202]),
        (["503x2", "202"], [503, 503, 202]),
        (["503*1", "status=429,times=1,retry_after=1"], [503, 429, 200]),
        (["status=503,times=1,retry-after=1"], [503, 200, 200]),
        (['{"status": 500, "times": 2}', "204"], [500, 500, 204]),
        (['status=500,json={"a": 1},times=1', "body=hi, there"], [500, 200, 200]),
    ],
)
def test_respond_scripts_the_answers(mock, steps, statuses):
    assert run("respond", OP, *steps, "--url", mock.url)[0] == 0
    assert [send(mock) for _ in statuses] == statuses


def test_respond_as_documented_removes_the_script(mock):
    run("respond", OP, "503", "--url", mock.url)
    assert run("respond", OP, "--documented", "--url", mock.url) == (
        0,
        f"{OP}: answered as documented\n",
    )
    assert send(mock) == 200


def test_respond_as_json_is_what_the_mock_says(mock):
    code, output = run("respond", OP, "503", "--url", mock.url, "--format", "json")
    record = json.loads(output)
    assert (code, record["operation"]["name"]) == (0, OP)
    assert [each["status"] for each in record["replies"]] == [503]


@each_row(
    ("arguments", "told"),
    [
        ((OP,), "give either STEPs or --documented."),
        ((OP, "503", "--documented"), "give either STEPs or --documented"),
        (
            (OP, "often"),
            "STEP 'often': must be like 503, 503x2, status=503,times=2 or {",
        ),
        ((OP, "x,status=503"), "STEP 'x,status=503': must be like 503, 503x2"),
        ((OP, "stauts=503"), "STEP 'stauts=503': a reply has no field 'stauts'. Did"),
        ((OP, "199"), "STEP '199': status=199: "),
        ((OP, '{"status": '), "STEP '{\"status\": ': is not JSON"),
        ((OP, "[1]"), "STEP '[1]': must be like 503"),
        (("nothing", "503"), "no callback or webhook is named 'nothing'"),
    ],
)
def test_a_wrong_step_is_wrong_use(mock, arguments, told):
    code, output = run("respond", *arguments, "--url", mock.url)
    assert (code, told in output, "Traceback" in output) == (2, True, False), output


@pytest.mark.parametrize(
    "command",
    [
        ("wait", "gone", "--timeout", "30"),
        ("respond", "gone", "503"),
        ("calls", "--operation", "gone"),
        ("verify", "SPEC", "--expect", "gone=0"),
        ("verify", "SPEC", "--expect", "gone"),
    ],
    ids=" ".join,
)
def test_fault_2_3_what_cannot_be_read_fails_at_once_with_the_reason(tmp_path, command):
    spec = tmp_path / "gone.json"
    gone = {"post": {"requestBody": {"$ref": "#/components/requestBodies/None"}}}
    spec.write_text(json.dumps({"openapi": "3.1.0", "webhooks": {"gone": gone}}))
    with Receiver(spec) as running:
        arguments = [str(spec) if each == "SPEC" else each for each in command]
        code, output = run(*arguments, "--url", running.url)
    assert (code, "$ref '#/components/requestBodies/None' has no target" in output) == (
        2,
        True,
    ), output
