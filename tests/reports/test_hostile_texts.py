"""What documents and senders write reaches no terminal, page or CI log as it is (10.3)."""

import marshal
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import click
import pytest
from cbmock.cli.serving import lines
from cbmock.description.documents import Document
from cbmock.description.references import Description
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.reports import coverage_counter, github, junit, text
from cbmock.reports.document_record import document_record
from cbmock.reports.html.page import page
from cbmock.reports.verification import verify

from tests.support.documents import describe

HOSTILE = [
    pytest.param("\x1b[2J", id="clear the screen"),
    pytest.param("\x1b]52;c;aGk=\x07", id="the clipboard"),
    pytest.param("\r\n::error ::forged", id="a forged line"),
    pytest.param("\u202eevil", id="a reversed text"),
    pytest.param("\x00\x08\x7f\x9b", id="control characters"),
]
CHOICE = {"oneOf": [{"type": "string"}, {"type": "integer"}]}
BODY = {"content": {"application/json": {"schema": CHOICE}}}


def outputs(hostile):
    webhooks = {f"a{hostile}": {"post": {"requestBody": BODY, "responses": {}}}}
    tree = {"openapi": "3.1.0", "webhooks": webhooks}
    document = Document(name=f"d{hostile}.json", uri="file:///d.json", tree=tree)
    mock = Mock(Description(document, str.encode))
    (operation,) = mock.operations
    fields = [("content-type", "application/json"), ("x-h", f"v{hostile}")]
    target = mock.mount_of(operation).path
    good = Request("POST", target, Headers.of(fields), b"true")
    call = mock.receive(good, id=1, now=0.0)
    strange = Request(f"P{hostile}", f"/x{hostile}", Headers.of(fields), b"{")
    stray = replace(mock.receive(strange, id=2, now=0.0), token=hostile)
    calls = (call, stray)
    found = verify(mock, calls, expected=[(operation, 3)], required=100.0)
    record = {
        "test": f"t{hostile}",
        "outcome": "failed",
        "failure": hostile,
        "calls": [each.record() for each in calls],
        "deliveries": [],
        "triggers": [],
        "rules": {},
    }
    return {
        "lines": "\n".join(map(text.line, calls)),
        "greeting": click.unstyle(lines.greeting(mock, "http://x", "http://y")),
        "timeline": text.timeline(calls, 0),
        "coverage": str(coverage_counter.measure(calls, mock)),
        "github": "\n".join(github.commands(found, mock.description, Path.cwd())),
        "junit": junit.xml(found).decode(),
        "html": page(
            {
                "tests": [record],
                "coverage": coverage_counter.measure(calls, mock).record(),
                "documents": [document_record(mock)],
            }
        ),
    }


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_report_for_machines_is_one_that_machines_read(hostile):
    found = outputs(hostile)
    (suite,) = ET.fromstring(found["junit"])
    assert suite.get("name").startswith("cbmock verify d")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_output_holds_what_would_act_on_its_reader(hostile):
    for name, output in outputs(hostile).items():
        kept = output.replace("\n", "").replace("\t", "")
        if name == "html":
            kept = kept.replace("\N{REPLACEMENT CHARACTER}", "")
        assert [c for c in kept if not c.isprintable()] == [], name
        if name != "html":  # a browser takes it for text
            lines = output.split("\n")
            assert not any(line.startswith("::error ::") for line in lines), name


def test_a_record_of_coverage_is_made_of_plain_types():
    webhooks = {"a": {"post": {"requestBody": BODY, "responses": {}}}}
    mock = Mock(describe({"openapi": "3.1.0", "webhooks": webhooks}))
    record = coverage_counter.measure((), mock).record()
    assert record["operations"][0]["branches"]
    assert types(record) <= {dict, list, str, int, float, bool, type(None)}
    assert marshal.loads(marshal.dumps(record)) == record


def types(value):
    if isinstance(value, dict):
        below = [each for pair in value.items() for each in pair]
    else:
        below = value if isinstance(value, list | tuple) else []
    return {type(value)}.union(*map(types, below))
