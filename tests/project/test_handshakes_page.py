"""The page on handshakes: its examples hold, its table is that of the code."""

import re
import tomllib

import httpx2
import pytest
from cbmock import Receiver
from cbmock.config import parse
from cbmock.testing.handshaking import ReceiverHandshakes

from tests.support.handshakes_page import PAGE

TEXT = PAGE.read_text(encoding="utf-8")
POST = {
    "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
    "responses": {"202": {"description": "Taken."}},
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "webhooks": {"event": {"post": POST}},
}


def examples():
    """Return the tests on the page by name."""
    found = {}
    for code in re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL):
        exec(compile(code, str(PAGE), "exec"), found)
    return {name: each for name, each in found.items() if name.startswith("test_")}


@pytest.fixture(scope="module")
def server():
    with Receiver(DOCUMENT) as running:
        yield running


@pytest.mark.parametrize("name", examples())
def test_an_example_on_the_page_holds(name, server):
    test = examples()[name]
    cbmock = server.for_test(name)
    with httpx2.Client() as client:
        test.__globals__["httpx2"] = client
        test(cbmock)
    cbmock.verify()
    cbmock.end_test()


def test_the_examples_show_all_that_a_test_can_say():
    names = {name for name in vars(ReceiverHandshakes) if not name.startswith("_")}
    assert {name for name in names if f"cbmock.{name}" not in TEXT} == set()


def test_the_configuration_on_the_page_can_be_read(tmp_path):
    (text,) = re.findall(r"^```toml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    read = parse(text, tmp_path / "pyproject.toml")
    assert read.settings["handshake"] == "slack"
    assert len(read.operations) == len(
        tomllib.loads(text)["tool"]["cbmock"]["operations"]
    )
