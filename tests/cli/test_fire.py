import json

import pytest
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.rows import each_row

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


def test_at_a_rate_each_kind_of_answer_is_shown_once():
    fired = run("--times", "20", "--rate", "1000")
    head, _, _, count = fired.stdout.splitlines()
    assert (fired.exit_code, head[:8], count) == (0, "ok  POST", "20 × 200")
    begun, _, late = fired.stderr.partition(" begun, ")
    assert (begun, late.rstrip().endswith("ms late")) == ("20", True)


def test_at_a_rate_each_answer_is_a_line_of_json():
    fired = run("--times", "5", "--rate", "1000", "--format", "json")
    assert [json.loads(line)["response"]["status"] for line in fired.stdout.splitlines()] == [200] * 5  # fmt: skip


WEBHOOK = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "components": {
        "securitySchemes": {
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "token": {"type": "http", "scheme": "bearer"},
        }
    },
    "webhooks": {
        "ping": {
            "post": {
                "security": [{"key": []}, {"token": []}],
                "parameters": [
                    {"name": "page", "in": "query", "schema": {"type": "integer"}},
                    {"name": "X-Ids", "in": "header", "schema": {"type": "array"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"type": "object"}},
                        "application/x-www-form-urlencoded": {
                            "schema": {"properties": {"a": {"type": "string"}}}
                        },
                        "multipart/form-data": {
                            "schema": {"properties": {"a": {"type": "string"}}}
                        },
                        "application/xml": {
                            "schema": {
                                "xml": {"name": "ping"},
                                "properties": {"a": {"type": "string"}},
                            }
                        },
                        "application/jsonl": {"schema": {"type": "array"}},
                        "application/cloudevents+json": {"schema": {"type": "object"}},
                    }
                },
            }
        }
    },
}


def dry(tmp_path, *arguments):
    spec = tmp_path / "webhook.json"
    spec.write_text(json.dumps(WEBHOOK), "utf-8")
    return CliRunner().invoke(
        main,
        ["fire", str(spec), "ping", "--to", "http://x/", "--dry-run", *arguments],
    )


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--parameter", "page=2"], "'http://x/?page=2'"),
        (["--parameter", 'X-Ids=["a", "b"]'], "-H 'X-Ids: a,b'"),
        (["--credential", "key=k1"], "-H 'X-Key: k1'"),
        (["--credential", "token=t1"], "-H 'authorization: bearer t1'"),
        (
            ["--media-type", "application/x-www-form-urlencoded", "--set", "#/a=b c"],
            "--data-raw a=b+c",
        ),
        (
            ["--media-type", "multipart/form-data", "--set", "#/a=b"],
            "-H 'content-type: multipart/form-data; boundary=",
        ),
        (
            ["--media-type", "application/xml", "--set", "#/a=b"],
            "<ping><a>b</a></ping>",
        ),
        (
            ["--media-type", "application/jsonl", "--set", "#=[1, 2]"],
            "$'1\\x0a2\\x0a'",
        ),
        (["--event", "subject=a b"], "-H 'ce-subject: a%20b'"),
        (["--event", "subject=a"], "-H 'ce-specversion: 1.0' -H 'ce-type: ping'"),
        (["--event", "subject=a", "--id", "7"], "-H 'ce-id: 7'"),
        (
            [
                "--media-type",
                "application/cloudevents+json",
                "--event",
                "source=/a",
            ],
            '"source": "/a"',
        ),
    ],
)
def test_everything_of_a_delivery_can_be_chosen(tmp_path, arguments, part):
    fired = dry(tmp_path, *arguments)
    assert (fired.exit_code, part in fired.stdout) == (0, True), fired.output


@each_row(
    ("arguments", "message"),
    [
        (
            ["--parameter", "odd=1"],
            "no parameter is named 'odd'; ping.post has page, X-Ids",
        ),
        (["--credential", "odd=1"], "ping.post asks for key, token"),
        (["--media-type", "a/b"], "'a/b' is not documented; documented: application/"),
        (["--event", "datacontenttype=a/b"], "datacontenttype is the media type"),
        (["--retry", "--rate", "5"], "--retry and --rate cannot be combined"),
        (["--retry", "--invalid", "all"], "--retry and --invalid cannot be combined"),
    ],
)
def test_what_is_not_documented_cannot_be_chosen(tmp_path, arguments, message):
    fired = dry(tmp_path, *arguments)
    assert (fired.exit_code, message in fired.stderr) == (2, True), fired.output


def test_each_of_several_is_tried_until_it_is_taken():
    fired = run("--retry", "--retry-scale", "0", "--times", "3")
    assert (fired.exit_code, fired.stdout.count("ok  POST")) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--invalid", "odd"], "--invalid 'odd' is not one of all, dropped"),
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


NEVER = {"allOf": [{"const": 1}, {"const": 2}]}
PART = {"encoding": {"a": {"headers": {"X-N": {"required": True, "schema": NEVER}}}}}
BODY = "/webhooks/paid/post/requestBody/content/"


@each_row(
    ("operation", "place", "what"),
    [
        (
            {"requestBody": {"content": {"application/json": {"schema": NEVER}}, "required": True}},
            BODY + "application~1json/schema",
            "body",
        ),
        (
            {"parameters": [{"name": "q", "in": "query", "required": True, "schema": NEVER}]},
            "/webhooks/paid/post/parameters/0/schema",
            "value",
        ),
        (
            {"requestBody": {"content": {"multipart/form-data": {"schema": {"required": ["a"], "properties": {"a": {}}, "type": "object"}, **PART}}}},
            BODY + "multipart~1form-data/encoding/a/headers/X-N/schema",
            "value",
        ),
        ({"requestBody": {"content": {"application/json": {"schema": {"const": 1}}}}}, None, ""),
        ({"parameters": [{"name": "q", "in": "query", "schema": NEVER}]}, None, ""),
    ],
)  # fmt: skip
def test_a_warning_says_why_no_valid_request_can_be_made(
    tmp_path, operation, place, what
):
    path = tmp_path / "openapi.json"
    webhooks = {"paid": {"post": {"responses": {"200": {}}, **operation}}}
    path.write_text(json.dumps({"openapi": "3.1.0", "webhooks": webhooks}))
    arguments = ["fire", str(path), "paid", "--to", "http://a.example", "--dry-run"]
    fired = CliRunner().invoke(main, arguments)
    reason = (
        f"warning: no valid request can be made: openapi.json#{place}: no {what} was "
        "found that the schema accepts: `const` is both 1 and 2\n"
    )
    assert (fired.exit_code, fired.stderr) == (0, reason if place else "")


SIGNED = """
[tool.cbmock.operations.invoice_notification]
signature = "standard-webhooks"
secret = "whsec_dGhlIHNlY3JldCBvZiB0aGUgb3JkZXJz"
"""


@each_row(
    ("options", "field"),
    [
        ((), "webhook-signature"),
        (("--signature", "github", "--secret", "s"), "X-Hub-Signature-256"),
    ],
)
def test_a_delivery_is_signed_as_the_file_says_unless_the_command_says_otherwise(
    options, field, tmp_path
):
    file = tmp_path / "cbmock.toml"
    file.write_text(SIGNED, "utf-8")
    fired = run("--config", str(file), *options, "--format", "json")
    sent = {name for name, _ in json.loads(fired.stdout)["request"]["headers"]}
    fields = {"webhook-signature", "X-Hub-Signature-256"}
    assert {each for each in fields if each.lower() in map(str.lower, sent)} == {field}
