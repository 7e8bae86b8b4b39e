"""All pages: what they say a reader should type can be typed."""

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml
from cbmock.cli import main

from tests.support.rows import each_row

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "samples").glob("*/*.md")),
]
BLOCK = re.compile(r"^```(sh|console|yaml)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?:\s*- (?:run: )?)?(?:\w+=\S+ )*(cbmock .*)$")


def commands():
    """Return each `cbmock` line of sessions, scripts and workflows, with its page."""
    for page in PAGES:
        for language, text in BLOCK.findall(page.read_text(encoding="utf-8")):
            lines = text.replace("\\\n", " ").splitlines()
            if language == "console":
                lines = [each[2:] for each in lines if each.startswith("$ ")]
            for found in filter(None, map(COMMAND.match, lines)):
                yield pytest.param(found[1], id=f"{page.stem}: {found[1][:60]}")


def parse(command, arguments, context):
    """Read arguments as the command would, without its files, URLs and secrets."""
    parser = command.make_parser(click.Context(command, parent=context))
    _, left, _ = parser.parse_args(list(arguments))
    assert left == [] or isinstance(command, click.Group), left
    return left


@each_row("line", [*commands()])
def test_a_command_on_a_page_is_one(line):
    words = re.split(r"\s(?:&|[|>;#]\s?.*)", f"{line} ")[0]
    _, name, *arguments = shlex.split(words)
    context = click.Context(main, info_name="cbmock")
    command = main.get_command(context, name)
    assert command is not None, name
    if isinstance(command, click.Group):
        name, *arguments = arguments
        command = command.get_command(context, name)
        assert command is not None, name
    parse(command, arguments, context)


YAML = [
    pytest.param(text, id=page.stem)
    for page in PAGES
    for language, text in BLOCK.findall(page.read_text(encoding="utf-8"))
    if language == "yaml"
]


@each_row("text", YAML)
def test_yaml_on_a_page_is_yaml(text):
    assert isinstance(yaml.safe_load(text), dict)
