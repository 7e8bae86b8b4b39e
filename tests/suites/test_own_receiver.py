"""Fault 12.2: a project's own module or package `receiver` is its own."""

import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

TEST = """
import httpx
import receiver

def test_own_module():
    assert receiver.OWN == "the project's"

def test_fixture(cbmock):
    httpx.post(cbmock.url, json={"id": "1", "amount": 1})
    assert cbmock.wait_for("paid").json["id"] == "1"
"""


@pytest.mark.parametrize("command", [["pytest"], ["python", "-m", "pytest"]])
@pytest.mark.parametrize("place", ["receiver.py", "receiver/__init__.py"])
def test_a_projects_own_receiver_is_imported(pytester, suite, place, command):
    own = pytester.path / place
    own.parent.mkdir(exist_ok=True)
    own.write_text('OWN = "the project\'s"\n')
    suite(TEST, "--collect-only")  # writes the files
    command = [str(Path(sys.executable).with_name(command[0])), *command[1:]]
    outcome = pytester.run(*command, "-p", "no:cacheprovider", timeout=120)
    outcome.assert_outcomes(passed=2)


def test_nothing_that_is_installed_is_named_receiver():
    installed = metadata.files("openapi-receiver")
    tops = {each.parts[0] for each in installed if len(each.parts) > 1}
    modules = {each.name for each in installed if len(each.parts) == 1}
    assert {each for each in tops if not each.endswith(".dist-info")} <= {
        "cbmock",
        "..",
    }
    assert {each for each in modules if not each.endswith(".pth")} == set()


def test_the_wheel_has_one_package():
    project = Path(__file__).parents[2] / "pyproject.toml"
    built = tomllib.loads(project.read_text())["tool"]["hatch"]["build"]
    assert built["targets"]["wheel"]["packages"] == ["receiver/cbmock"]
