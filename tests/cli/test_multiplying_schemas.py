"""No command hangs at a document whose schemas have more ways than can be tried."""

import json
import re

import pytest
from cbmock import Mock
from cbmock.cli import main
from click.testing import CliRunner

from tests.support import mocks
from tests.support.multiplying import calls_made, chain, ref

OK = {"description": "ok"}
SCHEMA = ref("N40")


def content(schema, media_type="application/json"):
    return {"content": {media_type: {"schema": schema}}}


def parameter(location):
    return {
        "parameters": [
            {"name": "q", "in": location, "required": True, "schema": SCHEMA}
        ]
    }


PLACES = {
    "body": {"requestBody": content(SCHEMA)},
    "form": {"requestBody": content(SCHEMA, "application/x-www-form-urlencoded")},
    "multipart": {"requestBody": content(SCHEMA, "multipart/form-data")},
    "xml": {"requestBody": content(SCHEMA, "application/xml")},
    "query": parameter("query"),
    "header": parameter("header"),
    "response": {"responses": {"200": {**OK, **content(SCHEMA)}}},
    "response header": {
        "responses": {
            "200": {**OK, "headers": {"X-A": {"required": True, "schema": SCHEMA}}}
        }
    },
    "link": {
        "responses": {"200": {**OK, "links": {"next": {"operationId": "w"}}}},
        "requestBody": content({"properties": {"inner": SCHEMA}}),
    },
}


def document(place, kind):
    operation = {"operationId": "w", "responses": {"200": OK}, **PLACES[place]}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"w": {"post": operation}},
        "components": {"schemas": chain(kind)},
    }


def parent_of_3_0():
    return {
        "openapi": "3.0.4",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/s": {
                "post": {
                    "operationId": "s",
                    "requestBody": content(SCHEMA),
                    "responses": {"200": OK},
                    "callbacks": {
                        "w": {
                            "{$request.body#/u}": {
                                "post": {
                                    "requestBody": content(SCHEMA),
                                    "responses": {"200": OK},
                                }
                            }
                        }
                    },
                }
            }
        },
        "components": {"schemas": chain("allOf")},
    }


RECEIVER = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
"""


def run(*arguments):
    """Run a command; more work than a document of a few KB needs ends it."""
    results = []
    calls_made(lambda: results.append(CliRunner().invoke(main, arguments)), 20_000_000)
    (result,) = results
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "receiver_of_all.py").write_text(RECEIVER, "utf-8")
    (tmp_path / "body.json").write_text('"x"', "utf-8")
    return tmp_path


def every_command(spec):
    lint = run("lint", spec)
    run("list", spec)
    run("check", spec, "w", "body.json")
    run(
        "fire", spec, "w", "--to", "receiver_of_all:app", "--value", "request.body#/u=/"
    )
    run("test", spec, "--to", "receiver_of_all:app")
    run("diff", spec, spec)
    return lint


@pytest.mark.parametrize("kind", ["anyOf", "properties of parts"])
@pytest.mark.parametrize("place", PLACES)
def test_every_command_ends_and_lint_names_the_place(folder, place, kind):
    (folder / "d.json").write_text(json.dumps(document(place, kind)), "utf-8")
    lint = every_command("d.json")
    assert "error schema-ways: d.json#/components/schemas/N" in lint.output


def test_every_command_ends_at_a_document_of_3_0(folder):
    (folder / "d.json").write_text(json.dumps(parent_of_3_0()), "utf-8")
    assert "schema-ways" in every_command("d.json").output


def test_every_command_ends_where_each_schema_is_a_file(folder):
    def in_files(value):
        return re.sub(r"#/components/schemas/(N\d+)", r"./\1.json", json.dumps(value))

    for name, schema in chain("oneOf").items():
        (folder / f"{name}.json").write_text(in_files(schema), "utf-8")
    tree = {**document("body", "oneOf"), "components": {}}
    (folder / "d.json").write_text(in_files(tree), "utf-8")
    assert "error schema-ways: N" in every_command("d.json").output


def test_members_that_double_at_every_level_are_not_all_tried(folder):
    tree = document("body", "anyOf")
    schemas = {"N0": {"type": "integer"}}
    for index in range(40):
        below = ref(f"N{index}")
        schemas[f"N{index + 1}"] = {
            "type": "object",
            "properties": {"a": below, "b": below},
        }
    tree["components"]["schemas"] = schemas
    (folder / "d.json").write_text(json.dumps(tree), "utf-8")
    assert run("lint", "d.json").exit_code == 0
    run("test", "d.json", "--to", "receiver_of_all:app", "--phase", "coverage")


@pytest.mark.parametrize("keyword", ["anyOf", "allOf", "$ref"])
def test_a_long_chain_of_references_ends_no_command(folder, keyword):
    tree = document("body", "anyOf")
    schemas = {"N0": {"type": "integer"}}
    for index in range(200):
        below = ref(f"N{index}")
        schemas[f"N{index + 1}"] = below if keyword == "$ref" else {keyword: [below]}
    tree["components"]["schemas"] = schemas
    text = json.dumps(tree).replace('schemas/N40"', 'schemas/N200"', 1)
    (folder / "d.json").write_text(text, "utf-8")
    run("lint", "d.json")
    run("check", "d.json", "w", "body.json")
    run("diff", "d.json", "d.json")


def test_a_call_whose_body_cannot_be_checked_says_so_and_is_answered():
    tree = document("body", "anyOf")
    named = {name: tree[name] for name in ("webhooks", "components")}
    mock = Mock(mocks.described(**named))
    call = mocks.sent(mock, "POST", "/webhooks/w", "x")
    assert [(each.code, each.severity) for each in call.violations] == [
        ("unreadable-schema", "warning")
    ]
    assert call.response.status == 200
