"""The documents of what real senders send: without findings, and playable."""

import json
import tomllib
from pathlib import Path

import pytest
from cbmock import Receiver
from cbmock.cli import main
from click.testing import CliRunner

HERE = Path(__file__).parent
DOCUMENTS = {
    each.name.removesuffix(".openapi.json"): each
    for each in sorted(HERE.glob("*.openapi.json"))
}


@pytest.fixture(params=DOCUMENTS)
def document(request):
    return DOCUMENTS[request.param]


@pytest.fixture
def settings(document):
    return document.with_name(document.name.replace(".openapi.json", ".toml"))


@pytest.fixture
def receiver(document, settings):
    """Play the receiver, which checks signatures as the configuration says."""
    table = tomllib.loads(settings.read_text("utf-8"))
    operations = table["tool"]["cbmock"]["operations"]
    secrets = {each.get("secret") for each in operations.values()} - {None}
    signatures = {
        name: each["signature"]
        for name, each in operations.items()
        if "signature" in each
    }
    with Receiver(document, signature=signatures, secret=[*secrets]) as running:
        yield running


def test_the_document_has_no_findings(document, settings):
    options = ("--config", str(settings), "--format", "json")
    ran = CliRunner().invoke(main, ["lint", str(document), *options])
    assert (ran.exit_code, json.loads(ran.stdout)["findings"]) == (0, [])


def test_a_documented_example_of_each_operation_is_valid(receiver):
    names = [each.name for each in receiver.operations]
    for name in names:
        answer = receiver.fire(name, to=receiver.url_for(name))
        assert answer.violations == ()
    calls = [(call.operation.name, call.valid) for call in receiver.calls]
    assert calls == [(name, True) for name in names]


def test_every_sender_is_in_the_readme():
    text = (HERE / "README.md").read_text("utf-8")
    assert {each for each in DOCUMENTS if f"`{each}`" not in text} == set()
