import json

import pytest
from cbmock.cli import main
from click.testing import CliRunner

NAME = "invoice_notification"
SPEC = "samples/invoices/openapi.json"
APP = """
import json

async def app(scope, receive, send):
    body = json.loads((await receive())["body"] or b"null")
    ok = isinstance(body, dict) and isinstance(body.get("paid"), bool)
    status = 200 if ok else 422
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"ok": true}'})
"""


@pytest.fixture(autouse=True)
def _application(tmp_path, monkeypatch):
    (tmp_path / "fired_at.py").write_text(APP, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))


def run(*arguments):
    return CliRunner().invoke(
        main, ["fire", SPEC, NAME, "--to", "fired_at:app", *arguments]
    )


def test_a_delivery_that_is_taken_is_ok():
    fired = run()
    head, sent, got = fired.stdout.splitlines()
    assert (fired.exit_code, head.partition("  200")[0]) == (
        0,
        f"ok  POST http://receiver.test/invoices/1  {NAME}",
    )
    assert (sent[:7], got) == ("    > {", '    < {"ok": true}')


def test_each_answer_is_a_line_of_json():
    fired = run(
        "--format",
        "json",
        "--times",
        "2",
        "--set",
        "#/description=Hi",
        "--set",
        "paid=false",
    )
    lines = [json.loads(line) for line in fired.stdout.splitlines()]
    assert [set(line) for line in lines] == [
        {"operation", "request", "response", "violations", "duration_ms"}
    ] * 2
    assert json.loads(lines[0]["request"]["body"]) == {
        "description": "Hi",
        "paid": False,
    }
    assert lines[0]["response"] == {
        "status": 200,
        "headers": [["content-type", "application/json"]],
        "body": '{"ok": true}',
    }


def test_what_is_broken_and_taken_is_told_with_exit_code_1():
    fired = run("--invalid", "wrong-type", "--format", "json")
    lines = [json.loads(line) for line in fired.stdout.splitlines()]
    taken = {
        line["invalid"]["place"]: [each["code"] for each in line["violations"]]
        for line in lines
    }
    assert (fired.exit_code, taken) == (
        1,
        {"body #": [], "body #/description": ["broken-accepted"], "body #/paid": []},
    )


def test_retries_end_with_the_first_success():
    fired = run("--retry", "--retry-scale", "0")
    assert (fired.exit_code, len(fired.stdout.splitlines())) == (0, 3)


def test_a_dry_run_prints_a_line_for_the_shell():
    fired = run(
        "--dry-run", "--value", "request.body.id=7", "--header", "X-A: 1", "--retry"
    )
    assert (fired.exit_code, fired.stdout.split()[0]) == (0, "curl")
    assert "-H 'X-A: 1'" in fired.stdout
    assert fired.stdout.rstrip().endswith("http://receiver.test/invoices/7")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--invalid", "odd"], "--invalid 'odd' is none of all, dropped"),
        (["--header", "odd"], "--header 'odd' is not NAME:VALUE"),
        (["--set", "odd"], "--set 'odd' is not #/POINTER=JSON"),
        (["--value", "odd"], "--value 'odd' is not NAME=VALUE"),
        (["--example", "odd"], "no example is named 'odd'"),
    ],
)
def test_wrong_use_is_one_sentence(arguments, message):
    fired = run(*arguments)
    assert fired.exit_code == 2
    assert message in fired.stderr
