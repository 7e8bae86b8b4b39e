"""The page on architecture names the modules that there are."""

import re
import subprocess
from pathlib import Path

import cbmock
import pytest

HERE = Path(__file__).parents[2]
PACKAGE = Path(cbmock.__file__).parent
PAGE = (HERE / "ARCHITECTURE.md").read_text(encoding="utf-8")


def section(title):
    return PAGE.partition(f"## {title}")[2].partition("\n## ")[0]


def exists(name):
    return any((PACKAGE / each).exists() for each in (f"{name}.py", name.rstrip("/")))


def test_the_tree_names_every_package_and_module_of_the_top():
    tree = re.findall(r"^(\w+) ", section("The tree").split("```")[1], re.MULTILINE)
    there = {
        each.stem
        for each in PACKAGE.iterdir()
        if not each.name.startswith("__")
        and (each.suffix == ".py" or (each / "__init__.py").exists())
    }
    assert {*tree} == there


def test_the_tree_names_rooms_that_exist():
    lines = section("The tree").split("```")[1].splitlines()
    outer = ""
    for line in filter(None, lines):
        name = line.split()[0]
        if line.startswith("  "):
            assert exists(f"{outer}/{name}"), name
        else:
            outer = name


@pytest.mark.process
def test_the_page_names_every_folder_of_the_project():
    listed = PAGE.partition("Beside `receiver/`:")[2].split("```")[1]
    tracked = subprocess.run(
        ["git", "ls-files", "--", "*/*"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode:
        pytest.skip("this is no checkout")
    folders = {each.partition("/")[0] for each in tracked.stdout.splitlines()}
    named = {*re.findall(r"^(\w+) ", listed, re.MULTILINE)}
    assert {each for each in folders if each[0] != "."} == named | {"receiver"}


@pytest.mark.parametrize("title", ["Where state lives", "To add …, go to …"])
def test_a_change_is_sent_to_modules_that_exist(title):
    rows = re.findall(r"^\| .* \|$", section(title), re.MULTILINE)
    names = {name for row in rows for name in re.findall(r"`([\w./]+)`", row)}
    names -= {"format", "fault"}
    assert len(rows) > 7
    assert {name for name in names if not exists(name)} == set()
