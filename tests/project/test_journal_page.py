"""The page on the journal: its commands are commands, and its figures those of the code."""

import re
import shlex
from pathlib import Path

from cbmock import sources
from cbmock.cli import COMMANDS, main
from cbmock.journal import (
    blocks,
    compression,
    foreign_calls,
    har,
    memory,
    unwritten_calls,
)
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, event
from tests.support.rows import each_row

PAGE = (Path(__file__).parents[2] / "docs" / "journal.md").read_text("utf-8")
LINES = re.findall(r"^cbmock (.*)$", PAGE, re.MULTILINE)


@each_row("line", LINES)
def test_a_command_on_the_page_has_the_options_that_it_is_given(line):
    name, *arguments = shlex.split(line)
    assert name in COMMANDS
    command = main.get_command(None, name)
    while hasattr(command, "commands"):
        command = command.commands[arguments.pop(0)]
    known = {option for each in command.params for option in each.opts}
    known |= {o for each in command.params for o in each.secondary_opts}
    assert {each for each in arguments if each.startswith("--")} <= known


def test_page_and_help_say_that_a_journal_may_be_a_running_mock():
    helps = {}
    for name in COMMANDS:
        for each in main.get_command(None, name).params:
            if "--journal" in each.opts and name != "serve":
                helps[name] = each.help
    assert [
        n for n in helps if "the URL of a running mock (http://…)" not in helps[n]
    ] == []
    listed = re.search(r"((?:`\w+`(?:, | and ))+`\w+`) take each of these", PAGE)
    assert set(re.findall(r"\w+", listed[1])) - {"and"} == {*helps}


def test_the_page_names_the_fields_of_an_archive_that_are_not_of_har():
    mock = Mock(sources.describe(DOCUMENT))
    record = mock.receive(event(), id=1, now=0.0).record()
    own = [f"`_{name}`" for name in record if name not in har.HELD]
    assert ", ".join(own) in " ".join(PAGE.split())


def test_the_figures_on_the_page_are_those_of_the_code():
    figures = [
        f"{memory.MOST_CALLS:,} calls or {memory.MOST_BYTES // 2**20} MiB",
        f"blocks of {blocks._SIZE // 2**10} KiB",
        f"{compression._COMPRESSED_FROM} bytes or more",
        f"up to {unwritten_calls._MOST_WAITING:,}",
        f"every {foreign_calls._LOOK * 1000:g} ms",
    ]
    assert [each for each in figures if each not in " ".join(PAGE.split())] == []
