"""The page on firing: its examples pass, and it names every phase and member."""

import re
from pathlib import Path

import pytest
from cbmock.cli import main
from cbmock.firing.results import PHASES
from cbmock.server.control import description

HERE = Path(__file__).parents[2]
PAGE = (HERE / "docs" / "firing.md").read_text("utf-8")
SPEC = HERE / "samples" / "subscriptions" / "openapi.json"


def test_every_example_passes(pytester):
    sample = HERE / "samples" / "receiver" / "receiver_app.py"
    pytester.makepyfile(receiver_app=sample.read_text("utf-8"))
    pytester.makeini(f"[pytest]\ncbmock_spec = {SPEC}")
    examples = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for number, code in enumerate(examples):
        pytester.makepyfile(**{f"test_{number}": f"SPEC = {str(SPEC)!r}\n{code}"})
    pytester.syspathinsert()
    result = pytester.runpytest("-p", "no:cacheprovider", "-q")
    outcomes = result.parseoutcomes()
    assert (len(examples), [*outcomes], outcomes["passed"] > 20) == (
        3,
        ["passed"],
        True,
    )


def test_every_phase_is_on_the_page():
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == {*PHASES}


def test_the_members_of_requests_are_those_of_the_control_api():
    schemas = description()["components"]["schemas"]
    for path, name in (("fire", "FireRequest"), ("replay", "ReplayRequest")):
        listed = re.search(rf"api/{path}` takes `{{(.*?)}}`", PAGE, re.DOTALL)[1]
        assert re.findall(r'"(\w+)"', listed) == [*schemas[name]["properties"]]


OF_ALL = {"--config", "--to", "--help"}
OF_DOCUMENTS = {
    *("--allow-remote", "--allow-files", "--include-unreferenced", "--paths"),
    "--document-limit",
}


@pytest.mark.parametrize("name", ["fire", "test", "replay"])
def test_the_options_of_a_command_are_in_its_section(name):
    section = PAGE.partition(f"## `cbmock {name}`")[2].partition("\n## ")[0]
    named = {*re.findall(r"(?<![\w-])--[a-z][a-z-]*", section)}
    params = main.get_command(None, name).params
    options = {
        each for param in params for each in (*param.opts, *param.secondary_opts)
    }
    assert named - options - {"--verify-token", "--handshake"} == set()
    wanted = {each for each in options - OF_ALL - OF_DOCUMENTS if each[:2] == "--"}
    assert wanted - named <= {"--format"}
