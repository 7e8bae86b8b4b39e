"""docs/suites.md: what is tried there is installed for the tests, in no older version."""

import re
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<names>.+?) \| .+ \| (?P<since>.*?) ?\|$", re.MULTILINE)
OLDEST = {"starlette", "fastapi", "uvicorn"}
"""What is tried with the lowest versions in an environment of its own."""


def tried():
    """The packages of the table with the versions since which they are tried."""
    page = (ROOT / "docs" / "suites.md").read_text(encoding="utf-8")
    cells = [row["since"] for row in ROW.finditer(page) if row["since"][-1:].isdigit()]
    return [each.split(" ") for cell in cells for each in cell.split(", ")]


def numbers(text):
    return [int(each) for each in re.findall(r"\d+", text)[:2]]


def test_each_is_tried_with_what_is_named_or_newer():
    found = tried()
    assert len(found) > 15
    assert [
        (name, since, version(name))
        for name, since in found
        if numbers(version(name)) < numbers(since)
    ] == []


def test_each_is_among_the_requirements_of_the_tests():
    files = ("requirements-dev.txt", "tests/requirements.txt", "pyproject.toml")
    named = "\n".join((ROOT / each).read_text(encoding="utf-8") for each in files)
    missing = [
        name
        for name, _ in tried()
        if not re.search(rf"(?m)^\W*{name}(\[.*\])?[>=]=", named)
    ]
    assert missing == ["anyio"]  # httpx and starlette bring it


def test_what_is_tried_by_its_oldest_is_the_lowest_that_is_allowed():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8")
    for name, since in tried():
        if name in OLDEST:
            assert f"{name}>={since}" in project + needed
