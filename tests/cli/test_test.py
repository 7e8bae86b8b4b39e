import json

import pytest
from cbmock.cli import main
from click.testing import CliRunner

SPEC = "samples/invoices/openapi.json"
APP = """
import json

async def app(scope, receive, send):
    body = (await receive())["body"]
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})
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


def test_a_receiver_on_another_machine_needs_a_word():
    tested = run(to="http://192.0.2.1/hooks")
    assert tested.exit_code == 2
    assert "is not on this machine" in tested.stderr


def test_a_time_that_is_over_is_told():
    tested = run("--max-time", "0.000001")
    assert tested.stderr.endswith("stopped: --max-time is over\n")
