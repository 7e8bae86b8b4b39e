"""All pages: what they say a reader should type can be typed."""

import ast
import functools
import inspect
import re
import shlex
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from textwrap import dedent

import cbmock
import click
import pytest
import yaml
from cbmock import Receiver
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


# --- what pages name and need -------------------------------------------------------------

NAMED = re.compile(r"`((?:tests|samples|docs|benchmarks|fuzz|receiver)/[\w./-]+)`")
LINK = re.compile(r"\]\((?!\w+:)([^)#]+)")
ALL = [*PAGES, *ROOT.glob("*.md")]


def place(folder, name):
    """Return a path; the tests of the wheel have no `receiver/`, only what is installed."""
    if name.startswith("receiver/cbmock/"):
        return Path(cbmock.__file__).parent / name.removeprefix("receiver/cbmock/")
    return folder / name


def test_a_file_that_a_page_names_is_there():
    """Of the site `zensical` checks the links; not those in texts, nor of other pages."""
    missing = {
        f"{page.name}: {name}"
        for page in ALL
        if page.name != "comparison.md"  # it names files of other projects
        for text in [page.read_text("utf-8")]
        for name, folder in [
            *((each, ROOT) for each in NAMED.findall(text)),
            *((each, page.parent) for each in LINK.findall(text)),
        ]
        if not place(folder, name).exists()
    }
    assert missing == set()


def test_every_page_and_sample_is_linked_from_another_page():
    linked = {
        (page.parent / name).resolve()
        for page in ALL
        for name in LINK.findall(page.read_text("utf-8"))
    }
    pages = {*(ROOT / "docs").rglob("*.md"), *(ROOT / "samples").glob("*/README.md")}
    alone = {each for each in pages if not {each, each.parent} & linked}
    assert alone == {ROOT / "docs" / "index.md"}  # where the site begins


def test_the_page_names_every_input_of_the_action():
    page = (ROOT / "docs" / "how-to" / "github-actions.md").read_text("utf-8")
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    inputs = {each for each in action["inputs"] if not re.search(rf"\b{each}\b", page)}
    assert inputs == set()


INSTALLED = re.compile(r"pip install (.*?)(?:`|$)", re.MULTILINE)
PYTHON = re.compile(r"^```python[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
OF_HOW_TO = {"openapi-receiver", "pytest"}
"""What the first page of how-to says to install for all of them."""


@functools.cache
def distributions():
    """Return the distribution of each module; of several the one of the module's name."""
    found = packages_distributions()
    return {name: name if name in of else of[0] for name, of in found.items()}


def needed(sources):
    """Return what code imports besides cbmock and what it and FastAPI bring."""
    of = distributions()
    own = {*sys.stdlib_module_names, "cbmock", "starlette", "uvicorn", "anyio", "click"}
    names = {
        name.partition(".")[0]
        for source in sources
        for node in ast.walk(ast.parse(dedent(source)))
        for name in (
            [each.name for each in node.names]
            if isinstance(node, ast.Import)
            else [node.module]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    found = {of[each].lower() for each in names - own if each in of}
    return found - {"pydantic"} if "fastapi" in found else found


def pages_with_code():
    """Yield each page that says what to install, with the code that is to run there."""
    for page in [*(ROOT / "docs").rglob("*.md"), *(ROOT / "samples").glob("*/*.md")]:
        text = page.read_text("utf-8")
        code = PYTHON.findall(text)
        if page.name == "README.md":
            code = [each.read_text("utf-8") for each in page.parent.rglob("*.py")]
        if "pip install" in text and page.parent.name != "reference":
            yield page, text, code


def test_a_page_says_to_install_what_its_code_imports():
    missing = {}
    for page, text, code in pages_with_code():
        said = {
            re.split(r"[\['>=]", each)[0]
            for line in INSTALLED.findall(text)
            for each in line.replace("'", "").split()
        }
        if page.parent.name == "how-to":
            said |= OF_HOW_TO
        lacking = needed(code) - said
        if lacking:
            missing[f"{page.parent.name}/{page.name}"] = lacking
    assert missing == {}


def calls_of_cbmock():
    """Yield each call of the fixture, or of the package, in the code on the pages."""
    for page in PAGES:
        if page.name == "python.md":  # it shows signatures, and is made from the code
            continue
        for code in PYTHON.findall(page.read_text("utf-8")):
            for node in ast.walk(ast.parse(dedent(code))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and ast.unparse(node.func.value) in {"cbmock", "cbmock.aio"}
                ):
                    yield page, node


def does_not_fit(call):
    """Return why a call cannot be made; None if it can."""
    found = getattr(Receiver, call.func.attr, None) or getattr(cbmock, call.func.attr)
    names = [each.arg for each in call.keywords if each.arg]
    starred = any(isinstance(each, ast.Starred) for each in call.args)
    if starred or len(names) < len(call.keywords):
        return None
    own = (
        [None]
        if inspect.isfunction(found) and hasattr(Receiver, found.__name__)
        else []
    )
    try:
        inspect.signature(found).bind(*own, *call.args, **dict.fromkeys(names))
    except TypeError as error:
        return str(error)
    return None


def test_what_is_called_on_a_page_takes_these_arguments():
    found = [*calls_of_cbmock()]
    assert len(found) > 100
    assert [
        (page.name, ast.unparse(call), reason)
        for page, call in found
        if (reason := does_not_fit(call))
    ] == []


YAML = [
    pytest.param(text, id=page.stem)
    for page in PAGES
    for language, text in BLOCK.findall(page.read_text(encoding="utf-8"))
    if language == "yaml"
]


@each_row("text", YAML)
def test_yaml_on_a_page_is_yaml(text):
    assert isinstance(yaml.safe_load(text), dict)
