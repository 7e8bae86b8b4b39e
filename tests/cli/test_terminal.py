"""What senders and documents contain reaches no terminal as anything but text."""

import json

import pytest
from cbmock import Receiver, sources
from cbmock.cli import main
from cbmock.http.messages import Headers, Request
from cbmock.mock.call import dumps
from cbmock.mock.mock import Mock
from click.testing import CliRunner

HOSTILE = (
    "a\x1b[2Jb"  # clears the screen
    "a\x1b]52;c;Zm9v\x07b"  # sets the clipboard
    "a\r\n14:03:22.118  ok         POST /forged"
    "a\b\b\b"
    "a\x9b2J\x85"  # the same controls as one character (C1)
    "a\u202eb\u2066"  # writes from right to left
    "a\u2028b\u2029"
    "a\x00b"
)
TEST = ("test", "openapi.json", "--to", "hostile:app")
REPLAY = ("replay", "--journal", "calls.jsonl", "--to", "hostile:app")
SIGN = ("sign", "standard-webhooks", "body.json", "--secret", "c2VjcmV0")
CHECK = ("check-signature", *SIGN[1:])
APP = """
async def app(scope, receive, send):
    await receive()
    fields = [(b"content-type", b"application/json"), (b"x", HOSTILE.encode())]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": HOSTILE.encode()})
"""
CONTROLS = {*map(chr, range(32)), *map(chr, range(127, 160))} - {"\n"}
CONTROLS |= {"\u202e", "\u2066", "\u2028", "\u2029"}


def document(name):
    schema = {
        "type": "object",
        "properties": {name: {"type": "integer", "example": name}},
        "required": [name],
    }
    post = {
        "operationId": name,
        "requestBody": {"content": {"application/json": {"schema": schema}}},
        "responses": {
            "200": {
                "content": {"application/json": {"schema": schema, "example": name}}
            }
        },
    }
    return {
        "openapi": "3.1.0",
        "webhooks": {name: {"post": post}, "gone": {"$ref": f"{name}.json"}},
    }


def journal(tree, name):
    mock = Mock(sources.describe(tree))
    kind = [("content-type", "application/json"), ("x-name", name)]
    (target,) = {each.path for each in mock.mounts if each.path.endswith("b")} or {
        mock.mounts[0].path
    }
    requests = [
        Request("POST", target, Headers.of(kind), json.dumps({name: name}).encode()),
        Request(name, f"/{name}", Headers.of(kind), name.encode()),
        Request("POST", f"/nowhere?{name}={name}", Headers.of(kind), b""),
    ]
    calls = (mock.receive(each, id=at, now=at) for at, each in enumerate(requests, 1))
    return "\n".join(dumps(each.record()) for each in calls)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tree = document(HOSTILE)
    (tmp_path / "openapi.json").write_text(json.dumps(tree))
    (tmp_path / "calls.jsonl").write_text(journal(tree, HOSTILE))
    (tmp_path / "hostile.py").write_text(f"HOSTILE = {HOSTILE!r}\n{APP}")
    changed = document(f"{HOSTILE}d")
    changed["webhooks"][HOSTILE] = changed["webhooks"][f"{HOSTILE}d"]
    (tmp_path / "new.json").write_text(json.dumps(changed))
    (tmp_path / "calls.db").write_text(HOSTILE)
    (tmp_path / "body.json").write_text(json.dumps({HOSTILE: HOSTILE}))


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "openapi.json"),
        ("list", "openapi.json", "--format", "json"),
        ("lint", "openapi.json"),
        ("lint", "openapi.json", "--format", "github"),
        ("lint", "openapi.json", "--format", "json"),
        ("check", "openapi.json", "NAME", "body.json"),
        ("check", "openapi.json", "NAME", "body.json", "--format", "json"),
        ("check", "openapi.json", "gone", "body.json"),
        ("check", "openapi.json", "NAMED", "body.json"),
        ("calls", "--journal", "calls.jsonl"),
        ("calls", "--journal", "calls.jsonl", "--format", "json"),
        ("calls", "--journal", "calls.jsonl", "--format", "ndjson"),
        ("calls", "--journal", "calls.jsonl", "--format", "har"),
        ("verify", "openapi.json", "--journal", "calls.jsonl", "--format", "json"),
        ("verify", "openapi.json", "--journal", "calls.jsonl"),
        ("verify", "openapi.json", "--journal", "calls.jsonl", "--expect", "NAME=7"),
        ("verify", "openapi.json", "--journal", "calls.jsonl", "--format", "github"),
        ("config", "openapi.json"),
        ("wait", "NAME", "--url", "URL", "--timeout", "0"),
        ("respond", "NAME", "503", "--url", "URL"),
        ("calls", "--operation", "NAMED", "--url", "URL"),
        ("fire", "openapi.json", "NAME", "--to", "hostile:app"),
        ("fire", "openapi.json", "NAME", "--to", "hostile:app", "--format", "json"),
        ("fire", "openapi.json", "NAME", "--to", "hostile:app", "--dry-run"),
        ("fire", "openapi.json", "NAME", "--to", "hostile:app", "--invalid", "all"),
        ("fire", "openapi.json", "NAMED", "--to", "hostile:app"),
        (*TEST, "--phase", "broken"),
        (*TEST, "--phase", "broken", "--format", "json"),
        (*TEST, "--operation", "NAMED"),
        ("diff", "openapi.json", "new.json"),
        ("diff", "openapi.json", "new.json", "--format", "json"),
        ("diff", "openapi.json", "new.json", "--format", "github"),
        ("diff", "openapi.json", "new.json", "--format", "markdown"),
        ("replay", "--journal", "calls.jsonl", "--to", "hostile:app"),
        (*REPLAY, "--spec", "openapi.json"),
        (*REPLAY, "--format", "json"),
        ("deliveries", "--journal", "calls.jsonl"),
        ("deliveries", "--journal", "calls.jsonl", "--format", "json"),
        ("journal", "info", "--journal", "sqlite:///calls.db"),
        (*SIGN, "--id", "NAME"),
        (*SIGN, "--id", "NAME", "--format", "json"),
        (*SIGN, "--header", "x: NAME"),
        (*CHECK, "--header", "webhook-id: NAME", "--header", "webhook-signature: NAME"),
        (*CHECK, "--header", "webhook-timestamp: NAME", "--format", "json"),
        ("config", "openapi.json", "--format", "json"),
    ],
    ids=" ".join,
)
@pytest.mark.usefixtures("project")
def test_no_command_writes_a_control_character(arguments):
    with Receiver("openapi.json") as mock:
        given = [
            each.replace("NAME", HOSTILE).replace(f"{HOSTILE}D", f"{HOSTILE}d")
            if each != "URL"
            else mock.url
            for each in arguments
        ]
        outcome = CliRunner().invoke(main, given, color=True)
    assert outcome.exception is None or isinstance(outcome.exception, SystemExit)
    own = outcome.output
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m"):
        own = own.replace(code, "")
    assert {each for each in own if each in CONTROLS} == set()
    assert "\n14:03:22.118  ok         POST /forged" not in own
