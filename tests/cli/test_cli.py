import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from cbmock.cli import COMMANDS, main
from click.testing import CliRunner

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row


@pytest.fixture
def spec(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return str(path)


def run(*arguments, text=None):
    outcome = CliRunner().invoke(main, arguments, input=text)
    return outcome.exit_code, outcome.output


def test_list_shows_the_url_to_hand_out(spec):
    assert run("list", spec) == (
        0,
        (
            "KIND      NAME                  METHOD  "
            "KEY                                          URL TO HAND OUT\n"
            "callback  invoice_notification  POST    "
            "{$callback_url}/invoices/{$request.body.id}  "
            "http://127.0.0.1:4020/callbacks/createInvoice/callback_url\n"
            "webhook   new-subscription      POST    "
            "                                             "
            "http://127.0.0.1:4020/webhooks/new-subscription\n"
        ),
    )


def test_list_as_json_has_every_fact(spec):
    code, output = run("list", spec, "--format", "json", "--public-url", "https://x/")
    listing = json.loads(output)
    assert (code, listing["document"], listing["openapi"]) == (
        0,
        "openapi.json",
        "3.1.0",
    )
    assert listing["operations"][0] == {
        "kind": "callback",
        "name": "invoice_notification",
        "method": "POST",
        "operation_id": None,
        "expression": "{$callback_url}/invoices/{$request.body.id}",
        "pointer": "openapi.json#/paths/~1invoices~1/post/callbacks/"
        "invoice_notification/%7B$callback_url%7D~1invoices~1%7B$request.body.id%7D/post",
        "parent": {
            "method": "POST",
            "path": "/invoices/",
            "operation_id": "createInvoice",
        },
        "url": "https://x/callbacks/createInvoice/callback_url",
        "direction": "inbound",
        "referenced": True,
        "error": None,
    }


def test_list_says_why_an_operation_has_no_url(tmp_path):
    ack = {"ack": {"{$request.body#/u}": {"post": {}}}}
    document = {
        "openapi": "3.1.0",
        "webhooks": {
            "event": {"post": {"callbacks": ack}},
            "gone": {"$ref": "missing.json"},
        },
        "components": {"callbacks": {"spare": {"{$request.body#/u}": {"post": {}}}}},
    }
    path = tmp_path / "w.json"
    path.write_text(json.dumps(document))
    _, output = run("list", str(path))
    assert "outbound: the receiver sends it" in output
    assert "unreferenced: no operation uses it" in output
    assert "unreadable: w.json#/webhooks/gone: $ref 'missing.json' cannot be" in output


@pytest.mark.parametrize("command", ["list", "lint", "verify"])
def test_a_document_may_be_as_large_as_its_limit_says(spec, command):
    code, output = run(command, spec, "--document-limit", "size=100")
    assert (code, "openapi.json" in output, "is larger than 100 bytes" in output) == (
        2,
        True,
        True,
    )


def test_list_of_nothing_says_so(tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("openapi: 3.0.0\npaths: {}\n")
    assert run("list", str(path)) == (
        0,
        (
            "empty.yaml: nothing to receive: the document has no callbacks or webhooks "
            "that can be read.\n"
            "`cbmock lint` shows what looks like one. If its ordinary paths describe "
            "what is\nreceived, name them: --paths '/hooks/*'.\n"
        ),
    )


@pytest.mark.parametrize(
    ("body", "code", "told"),
    [
        (json.dumps(EVENT), 0, "ok  - as POST invoice_notification\n"),
        (
            '{"description": "x", "paid": "no"}',
            1,
            (
                "broken  - as POST invoice_notification\n"
                "    body #/paid: 'no' is not a boolean  "
                "[openapi.json:1 #/components/schemas/Event/properties/paid]\n"
            ),
        ),
    ],
)
def test_check_judges_one_payload(spec, body, code, told):
    assert run("check", spec, "invoice_notification", "-", text=body) == (code, told)


def test_check_reads_a_file_and_writes_json(spec, tmp_path):
    path = tmp_path / "event.json"
    path.write_text("{}")
    code, output = run(
        "check", spec, "createInvoice.invoice_notification", str(path), "--format=json"
    )
    record = json.loads(output)
    assert (code, record["valid"]) == (1, False)
    assert record["operation"]["name"] == "invoice_notification"
    assert [each["detail"] for each in record["violations"]] == [
        "'description' is missing",
        "'paid' is missing",
    ]


def test_check_takes_a_media_type(spec):
    code, output = run(
        "check",
        spec,
        "invoice_notification",
        "-",
        "--content-type=text/plain",
        text=json.dumps(EVENT),
    )
    assert (code, "unexpected media type text/plain" in output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list", "nowhere.json"), "nowhere.json: cannot be read: No such file"),
        (
            ("check", "SPEC", "nothing", "-"),
            "no callback or webhook is named 'nothing'",
        ),
        (
            ("check", "SPEC", "invoice_notification", "no.json"),
            "no.json: cannot be read",
        ),
        (("check", "-", "x", "-"), "SPEC and FILE cannot both be read"),
        (("serve", "SPEC", "--host", "203.0.113.1"), "cannot listen on 203.0.113.1"),
        (("list", "SWAGGER"), "is Swagger 2.0, which has no callbacks"),
    ],
)
def test_wrong_use_is_told_in_a_line(spec, tmp_path, arguments, told):
    swagger = tmp_path / "swagger.yaml"
    swagger.write_text("swagger: '2.0'\n")
    names = {"SPEC": spec, "SWAGGER": str(swagger)}
    code, output = run(*(names.get(each, each) for each in arguments))
    assert (code, told in output, "Traceback" in output) == (2, True, False)


def test_check_of_an_unreadable_operation_is_wrong_use(tmp_path):
    path = tmp_path / "w.yaml"
    path.write_text("openapi: 3.1.0\nwebhooks: {gone: {$ref: missing.yaml}}\n")
    code, output = run("check", str(path), "gone", "-", text="{}")
    assert (code, "gone cannot be checked" in output) == (2, True)


def test_help_names_every_command():
    code, output = run("--help")

    assert code == 0
    listed = output.partition("Commands:")[2]
    assert set(re.findall(r"^  ([\w-]+)  ", listed, re.MULTILINE)) == set(COMMANDS)
    assert run("nothing")[0] == 2


def test_serve_prints_the_operations_and_a_line_for_each_call(serve, spec):
    serving = serve(spec)
    httpx2.post(serving.url + TARGET, json=EVENT)
    httpx2.post(serving.url + TARGET, json={**EVENT, "paid": "no"})
    httpx2.post(serving.url + "/nowhere", json=EVENT)
    code, output = serving.end()
    lines = output.splitlines()
    assert f"{serving.url}/webhooks/new-subscription" in serving.greeting
    assert code == 0
    assert re.fullmatch(
        rf"\d\d:\d\d:\d\d\.\d{{3}}  ok         POST {TARGET}  "
        "invoice_notification  200",
        lines[0],
    )
    assert lines[1].endswith(f"violation  POST {TARGET}  invoice_notification  422")
    assert lines[2] == (
        "    body #/paid: 'no' is not a boolean  "
        "[openapi.json:1 #/components/schemas/Event/properties/paid]"
    )
    assert "no match   POST /nowhere  -  404" in lines[3]
    assert lines[-2:] == [
        "3 calls, 2 with violations.",
        "Never called: new-subscription",
    ]


@pytest.mark.parametrize(("body", "code"), [(EVENT, 0), ({}, 1)])
def test_serve_strictly_exits_with_1_if_the_contract_was_broken(
    serve, spec, body, code
):
    serving = serve(spec, "--strict")
    httpx2.post(serving.url + TARGET, json=body)
    assert serving.end(signal.SIGTERM)[0] == code


def test_serve_as_json_writes_one_call_a_line(serve, spec):
    serving = serve(spec, "--format", "json")
    httpx2.post(serving.url + TARGET, json=EVENT)
    _, output = serving.end()
    first, call, last = [
        json.loads(each) for each in output.splitlines() if each.startswith("{")
    ]
    assert last == {"event": "ended", "calls": 1}
    listed = run("list", spec, "--format", "json", "--public-url", serving.url)[1]
    assert first == {
        "event": "listening",
        "url": serving.url,
        "control": f"{serving.url}/_cbmock/api",
        "page": f"{serving.url}/_cbmock/",
        "pid": serving.pid,
        "operations": json.loads(listed)["operations"],
    }
    assert call["operation"]["name"] == "invoice_notification"


@pytest.mark.parametrize(
    ("mode", "status", "body"),
    [
        ("accept", 200, {"ok": True}),
        ("documented", 422, None),
        ("reject", 422, None),
    ],
)
def test_serve_answers_a_breach_as_asked(serve, spec, mode, status, body):
    serving = serve(spec, "--on-violation", mode)
    answer = httpx2.post(serving.url + TARGET, json={})
    serving.end()
    assert answer.status_code == status
    if body is not None:
        assert answer.json() == body


SECURED = {
    "openapi": "3.1.0",
    "webhooks": {
        "own": {"post": {"security": [{"api-key": []}], "responses": {"204": {}}}},
        "root": {"post": {"responses": {"204": {}}}},
    },
    "security": [{"api-key": []}],
    "components": {
        "securitySchemes": {
            "api-key": {"type": "apiKey", "in": "header", "name": "X-Key"}
        }
    },
}


@pytest.mark.parametrize(
    ("mode", "own", "root"),
    [("explicit", 401, 204), ("inherit", 401, 401), ("off", 204, 204)],
)
def test_serve_asks_for_credentials_as_told(
    serve, tmp_path, monkeypatch, mode, own, root
):
    path = tmp_path / "secured.json"
    path.write_text(json.dumps(SECURED))
    monkeypatch.setenv("CBMOCK_SECRET_API_KEY", "right")
    serving = serve(str(path), "--security", mode)
    answers = [
        httpx2.post(f"{serving.url}/webhooks/{name}", headers={"X-Key": key})
        for name in ("own", "root")
        for key in ("wrong", "right")
    ]
    _, output = serving.end()
    assert [each.status_code for each in answers] == [own, 204, root, 204]
    assert "right" not in output
    if own == 401:
        assert answers[0].headers["www-authenticate"] == 'ApiKey realm="cbmock"'


@pytest.mark.parametrize(
    ("options", "shown", "hidden"),
    [
        ((), ["plain-one", "plain-two"], ["s3cret-one", "s3cret-two"]),
        (("--show-secrets",), ["s3cret-one", "s3cret-two", "plain-one"], []),
        (("--hide", "X-Plain"), ["plain-two"], ["plain-one", "s3cret-one"]),
    ],
)
def test_serve_hides_what_is_named_like_a_credential(
    serve, spec, options, shown, hidden
):
    serving = serve(spec, "--format", "json", *options)
    headers = {"X-Plain": "plain-one", "X-Auth-Token": "s3cret-one"}
    target = f"{TARGET}?a=plain-two&token=s3cret-two"
    httpx2.post(serving.url + target, json=EVENT, headers=headers)
    _, output = serving.end()
    assert [each for each in shown if each not in output] == []
    assert [each for each in hidden if each in output] == []


def test_serve_strictly_reports_what_is_not_documented(serve, spec):
    serving = serve(spec, "--strict")
    httpx2.post(serving.url + TARGET + "?extra=1", json={**EVENT, "more": 1})
    code, output = serving.end()
    assert code == 0
    assert "query extra: " in output
    assert "body #/more: " in output


def test_serve_takes_an_app_of_a_module(serve, tmp_path):
    (tmp_path / "shop.py").write_text(
        "from fastapi import FastAPI\n"
        "app = FastAPI()\n"
        "@app.webhooks.post('paid')\n"
        "def paid(amount: int): ...\n"
    )
    serving = serve("shop:app", cwd=tmp_path)
    answer = httpx2.post(serving.url + "/webhooks/paid?amount=x")
    serving.end()
    assert answer.json()["errors"][0]["detail"] == "'x' is not an integer"


def test_serve_prints_the_port_beside_a_public_url(serve, spec):
    serving = serve(spec, "--public-url", "https://hooks.example/x")
    serving.end()
    assert serving.url == "https://hooks.example/x"
    assert re.search(
        r"^It listens at http://127.0.0.1:\d+\.$", serving.greeting, re.MULTILINE
    )


@pytest.mark.process
def test_serve_goes_on_where_its_output_is_closed(spec):
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "cbmock", "serve", spec, "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        url = re.search(r"at (http://\S+)", process.stdout.readline())[1]
        process.stdout.close()
        for _ in range(3):
            assert httpx2.post(url + TARGET, json=EVENT).status_code == 200
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert "Traceback" not in process.stderr.read()


@pytest.mark.process
def test_serve_writes_what_its_terminal_cannot_show(spec):
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "cbmock", "serve", spec, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
    ) as process:
        url = re.search(r"at (http://\S+)", process.stdout.readline())[1]
        httpx2.post(url + TARGET, json={**EVENT, "paid": "日本"})
        httpx2.post(url + TARGET, json=EVENT)
        process.send_signal(signal.SIGINT)
        output = process.stdout.read()
    assert "body #/paid: '\\u65e5\\u672c' is not a boolean" in output
    assert "2 calls, 1 with violations." in output


def test_serve_ends_at_once_while_others_send_and_wait(serve, spec):
    serving = serve(spec)
    host, port = serving.url.removeprefix("http://").split(":")
    with (
        socket.create_connection((host, int(port))) as half,
        socket.create_connection((host, int(port))) as waiting,
    ):
        half.sendall(
            f"POST {TARGET} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n".encode()
        )
        question = (
            "GET /_cbmock/api/calls/wait?timeout=60 HTTP/1.1\r\nHost: localhost\r\n\r\n"
        )
        waiting.sendall(question.encode())
        time.sleep(0.3)
        code, output = serving.end()
        assert waiting.recv(100).startswith(b"HTTP/1.1 503")
    assert (code, "Traceback" in output) == (0, False)
    assert (
        "delivery: the sender closed the connection before the body was complete"
        in output
    )
    assert "1 call, 1 with violations." in output


def test_serve_of_nothing_says_so(serve, tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("openapi: 3.0.0\npaths: {}\n")
    serving = serve(str(path))
    serving.end()
    assert "nothing to receive" in serving.greeting


def test_a_senders_control_characters_do_not_reach_the_terminal(serve, spec):
    serving = serve(spec)
    body = {**EVENT, "paid": "\x1b[31mred\r\n"}
    httpx2.post(serving.url + TARGET, json=body)
    _, output = serving.end()
    assert "\x1b" not in output
    assert len(output.splitlines()) == 4


INVALID = {
    "openapi": "3.1.0",
    "webhooks": {
        f"w{number}": {
            "post": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"type": "integer"},
                                "example": "x",
                            }
                        }
                    }
                }
            }
        }
        for number in range(12)
    },
}


def test_serve_tells_of_the_invalid_examples_that_it_serves(serve, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(INVALID))
    serving = serve(str(path))
    time.sleep(2)
    _, output = serving.end()
    assert (
        "openapi.json:1:137: warning example-invalid: the example is not valid against its own schema: "
        "'x' is not an integer\n"
        "    at openapi.json#/webhooks/w0/post/responses/200/content/application~1json/"
        "example\n"
    ) in output
    assert output.count("example-invalid") == 10
    assert "… `cbmock lint` shows the others\n" in output


def test_serve_looks_at_examples_only_while_no_calls_come(serve, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(INVALID))
    serving = serve(str(path))
    until = time.monotonic() + 2.5
    while time.monotonic() < until:
        httpx2.post(serving.url + "/webhooks/w1")
        time.sleep(0.05)
    _, output = serving.end()
    assert "example-invalid" not in output


def test_serve_answers_what_a_request_prefers_where_it_may(serve, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(INVALID))
    serving = serve(str(path), "--prefer")
    for asked, expected in (({"Prefer": "dynamic"}, 0), ({}, "x")):
        answer = httpx2.post(serving.url + "/webhooks/w1", headers=asked)
        assert answer.json() == expected


@each_row("url", ["http://[", "http://127.0.0.1:99999/x"])
@each_row(
    "arguments",
    [
        ("fire", "w", "--to"),
        ("test", "--phase", "examples", "--to"),
        ("test", "--to", "http://127.0.0.1:1/", "--idempotent-by"),
        ("serve", "--port", "0", "--proxy"),
        ("serve", "--port", "0", "--port-file", "/nowhere/port", "--public-url"),
        ("calls", "--url"),
        ("wait", "w", "--timeout", "0", "--url"),
    ],
    ids=" ".join,
)
def test_a_url_that_is_none_is_wrong_use(tmp_path, arguments, url):
    operation = {"responses": {"204": {"description": "Taken."}}}
    document = {"openapi": "3.1.0", "webhooks": {"w": {"post": operation}}}
    (tmp_path / "spec.json").write_text(json.dumps(document))
    name, *others = arguments
    spec = [] if name in {"calls", "wait"} else [str(tmp_path / "spec.json")]
    outcome = CliRunner().invoke(main, [name, *spec, *others, url])
    assert (outcome.exit_code, outcome.output.startswith("Error: ")) == (2, True)
    assert url in outcome.output
