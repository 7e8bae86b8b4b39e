import json
from pathlib import Path

import pytest
from cbmock.cli import main
from click.testing import CliRunner
from junitparser import JUnitXml

SPEC = str(Path("samples/invoices/openapi.json").resolve())
APP = """
import json

async def app(scope, receive, send):
    body = (await receive())["body"]
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})

counted = []

def count():
    counted.append(1)
    return len(counted)

def constant():
    return 1
"""
MENDED = """
import json

async def app(scope, receive, send):
    body = (await receive())["body"]
    status = 200 if taken(dict(scope["headers"]), body) else 422
    headers = [(b"content-type", b"application/json")]
    answer = b'{"ok": true}' if status == 200 else b'{"detail": []}'
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})

def taken(headers, body):
    try:
        value = json.loads(body)
    except ValueError:
        return False
    if headers.get(b"content-type") != b"application/json" or type(value) is not dict:
        return False
    return type(value.get("description")) is str and type(value.get("paid")) is bool
"""


@pytest.fixture(autouse=True)
def _application(tmp_path, monkeypatch):
    (tmp_path / "tested.py").write_text(APP, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


def run(*arguments, to="tested:app"):
    return CliRunner().invoke(main, ["test", SPEC, "--to", to, *arguments])


def test_failures_are_a_line_each_with_a_curl_line():
    tested = run("--phase", "broken")
    lines = tested.stdout.splitlines()
    assert tested.exit_code == 1
    assert lines[0].startswith("failed  invoice_notification  broken: url: ")
    assert lines[1].startswith("    curl -X POST ")
    assert lines[-1].endswith(" failures, seed 1")


def test_no_failure_is_exit_code_0():
    tested = run("--skip", "broken", "--max-examples", "3")
    assert (tested.exit_code, tested.stdout.rpartition(", ")[0].partition(", ")[2]) == (
        0,
        "0 failures",
    )


def test_results_are_one_record_and_junit(tmp_path):
    junit = tmp_path / "cbmock.xml"
    tested = run("--phase", "broken", "--format", "json", "--junit", str(junit))
    record = json.loads(tested.stdout)
    assert (record["seed"], len(record["failures"]) > 1) == (1, True)
    assert f'failures="{len(record["failures"])}"' in junit.read_text("utf-8")
    run("--phase", "examples", "--junit", str(junit))
    assert 'failures="0"' in junit.read_text("utf-8")


def test_failures_are_a_page(tmp_path):
    page = tmp_path / "cbmock.html"
    run("--phase", "broken", "--html", str(page))
    text = page.read_text("utf-8")
    assert ("<script" in text, text.count("<details>") > 1) == (False, True)
    assert "a 4xx is expected" in text


def test_what_cannot_be_sent_is_said_in_every_format(tmp_path):
    document = json.loads(Path(SPEC).read_text("utf-8"))
    document["webhooks"] = {"gone": {"$ref": "#/components/pathItems/gone"}}
    spec = tmp_path / "openapi.json"
    spec.write_text(json.dumps(document), "utf-8")
    reason = (
        f"no request to gone can be made: {spec.name}#/webhooks/gone: $ref "
        "'#/components/pathItems/gone' has no target: nothing is at 'pathItems'"
    )
    arguments = ("test", str(spec), "--to", "tested:app", "--phase", "examples")
    files = ("--junit", str(tmp_path / "j.xml"), "--html", str(tmp_path / "p.html"))
    tested = CliRunner().invoke(main, [*arguments, *files])
    assert tested.stdout.splitlines()[-2:] == [
        f"skipped  gone: {reason}",
        "1 cases, 0 failures, 1 skipped, seed 1",
    ]
    record = CliRunner().invoke(main, [*arguments, "--format", "json"])
    assert json.loads(record.stdout)["skipped"] == [f"gone: {reason}"]
    (suite,) = JUnitXml.fromfile(str(tmp_path / "j.xml"))
    said = [(each.classname, [one.message for one in each.result]) for each in suite]
    assert said == [("cbmock test", []), ("gone", [reason])]
    assert "1 skipped" in (tmp_path / "p.html").read_text("utf-8")


def test_a_run_that_can_test_nothing_is_no_success(tmp_path):
    webhooks = {"gone": {"$ref": "#/components/pathItems/gone"}}
    info = {"title": "t", "version": "1"}
    spec = tmp_path / "openapi.json"
    spec.write_text(
        json.dumps({"openapi": "3.1.0", "info": info, "webhooks": webhooks})
    )
    tested = CliRunner().invoke(main, ["test", str(spec), "--to", "tested:app"])
    assert (tested.exit_code, tested.stdout.splitlines()[-1], tested.stderr) == (
        2,
        "0 cases, 0 failures, 1 skipped, seed 1",
        "Error: nothing was tested: no operation can be sent\n",
    )


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        ("tested:constant", None),
        ("tested:count", "the repeated delivery changed the effect from 1 to 2"),
    ],
)
def test_the_effect_of_a_delivery_is_asked_for(probe, reason):
    tested = run("--phase", "conduct", "--idempotent-by", probe, "--format", "json")
    failures = json.loads(tested.stdout)["failures"]
    assert [each["reason"] for each in failures] == ([] if reason is None else [reason])


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ("nothing", "is neither a URL nor module:function"),
        ("tested:no", "has no attribute 'no'"),
        ("tested:json", "is not callable"),
    ],
)
def test_what_is_no_probe_is_an_error(probe, message):
    tested = run("--idempotent-by", probe)
    assert (tested.exit_code, message in tested.stderr) == (2, True)


def test_a_probe_that_nobody_answers_skips_the_operation():
    tested = run("--phase", "conduct", "--idempotent-by", "http://127.0.0.1:9/")
    assert "http://127.0.0.1:9/ cannot be read" in tested.stdout


def test_written_tests_fail_as_the_receiver_did_and_pass_once_it_is_mended(
    pytester, monkeypatch
):
    folder = pytester.path / "written"
    arguments = [
        "--phase",
        "broken",
        "--phase",
        "conduct",
        "--write-tests",
        str(folder),
    ]
    probe = ["--idempotent-by", "tested:count"]
    tested = CliRunner().invoke(
        main,
        ["test", SPEC, "--to", "tested:app", *arguments, *probe],
    )
    count = tested.stdout.count("failed  ")
    assert (count > 2, "written: " in tested.stderr) == (True, True)
    pytester.makepyfile(tested=APP, mended=MENDED)
    pytester.syspathinsert()
    result = pytester.runpytest("-p", "no:cacheprovider", str(folder))
    # The effect is not asked for there: that test passes.
    result.assert_outcomes(failed=count - 1, passed=1)
    monkeypatch.setenv("CBMOCK_TO", "mended:app")
    result = pytester.runpytest("-p", "no:cacheprovider", str(folder))
    result.assert_outcomes(passed=count)


def test_a_receiver_on_another_machine_needs_a_word():
    tested = run(to="http://192.0.2.1/hooks")
    assert tested.exit_code == 2
    assert "is not on this machine" in tested.stderr


def test_a_time_that_is_over_is_told():
    tested = run("--max-time", "0.000001")
    assert tested.stderr.endswith("stopped: --max-time is over\n")
