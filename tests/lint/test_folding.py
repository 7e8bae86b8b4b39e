import json

import pytest
from cbmock.cli import main
from cbmock.lint.folding import fold
from click.testing import CliRunner

from tests.support.findings import OPERATION, findings, with_body


def test_errors_come_first():
    document = with_body(
        {"title": "T", "minLength": 2, "maxLength": 1, "required": True}
    )
    severities = [each.finding.severity for each in fold(findings(document))]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)
    assert severities[0] == "error"


def test_findings_of_one_cause_are_one_and_a_number():
    """Fault 6.6."""
    names = [f"event{number}" for number in range(49)]
    document = {"webhooks": {name: {} for name in names}}
    document["webhooks"]["served"] = {"post": OPERATION}
    (folded,) = fold(findings(document))
    assert (folded.finding.code, folded.more) == ("no-operation", 48)


def test_different_keywords_are_different_causes():
    document = with_body({"type": "string", "maxlenght": 1, "minlenght": 1})
    assert [each.more for each in fold(findings(document))] == [0, 0]


def test_the_form_of_fastapi_is_one_info():
    query = {"name": "callback_url", "in": "query", "schema": {"type": "string"}}
    keys = [f"{{$callback_url}}/{name}/{{$request.body.id}}" for name in "abc"]
    callbacks = {key[-20:]: {key: {"post": OPERATION}} for key in keys}
    body = {"content": {"application/json": {"schema": {"type": "object"}}}}
    operation = {**OPERATION, "parameters": [query], "requestBody": body}
    document = {"paths": {"/s": {"post": {**operation, "callbacks": callbacks}}}}
    (folded,) = fold(findings(document))
    assert (folded.finding.code, folded.finding.severity, folded.more) == (
        "expr-fastapi",
        "info",
        2,
    )
    assert folded.finding.instead == (
        "{$request.query.callback_url}/a/{$request.body#/id}"
    )


@pytest.mark.parametrize("format_", ["text", "github"])
def test_no_name_of_a_document_reaches_a_terminal_as_it_is(tmp_path, format_):
    hostile = "a\x1b[2J\u202e\r\n::error::b"
    path = tmp_path / "api.json"
    path.write_text(
        json.dumps({"openapi": "3.1.0", "webhooks": {hostile: {"pots": OPERATION}}})
    )
    command = ["lint", str(path), "--format", format_]
    outcome = CliRunner().invoke(main, command, color=False)
    assert not set("\x1b\u202e\r") & set(outcome.output)
    assert not any(line.startswith("::error::b") for line in outcome.output.split("\n"))
    assert "misspelt-field" in outcome.output
