"""Pages whose blocks are run: files are written, sessions are played.

A block with `title="NAME"` is a file. With `replaces="TEXT"` too, it replaces the
statement in that file whose first line begins so. A block of `console` is a session: each
line after `$ ` is run (`pytest` and `cbmock`), and what it prints must be as shown, where
`…` stands for any text, and on a line of its own for any lines. A block of `sh` is for the
reader, who has what it needs; only the options of its `cbmock` are checked.
"""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import fastapi.testclient  # noqa: F401 - loaded first in a test, it would be dropped at its end
import httptools  # noqa: F401 - (the same)
import pytest
from cbmock.cli import main
from click.testing import CliRunner

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VARYING = (
    (r"\+\d+\.\d{3} s", "+0.004 s"),
    (r"127\.0\.0\.1(:|%3A)\d+", r"127.0.0.1\g<1>4020"),
    (r"((?:/|%2F)t(?:/|%2F)\w+)-[0-9a-f]{6}\b", r"\1-2b2a9f"),
)
"""What differs from run to run: moments, ports, tokens."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, its attributes, its text."""

    language: str
    attributes: dict[str, str]
    text: str


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in order."""
    return [
        Block(language, dict(re.findall(r'(\w+)="([^"]*)"', rest)), text)
        for language, rest, text in FENCE.findall(page.read_text(encoding="utf-8"))
    ]


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Return each command of a session with the output shown for it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


class LoadedModules:
    """Keeps what an inner pytest has imported, which pytester would drop.

    A library that is dropped and loaded again is there twice: what the first one has made
    is of no class that the second one knows.
    """

    def __init__(self) -> None:
        self._modules: dict[str, ModuleType] = {}

    def pytest_unconfigure(self) -> None:
        """Note what is loaded as the inner pytest ends."""
        self._modules = dict(sys.modules)

    def keep(self) -> None:
        """Put back what was dropped."""
        for name, module in self._modules.items():
            sys.modules.setdefault(name, module)


class Player:
    """Plays the blocks of a page in a folder of its own."""

    def __init__(self, pytester: pytest.Pytester, *, apart: bool = False) -> None:
        """Play in this process, or `apart` what changes a process for good."""
        self._pytester = pytester
        self._apart = apart

    def play(self, page: Path) -> None:
        """Play a page from top to bottom."""
        for block in blocks(page):
            if "title" in block.attributes:
                self._write(block)
            elif block.language == "console":
                for command, output in sessions(block.text):
                    self._run(command, output)

    def _write(self, block: Block) -> None:
        file = self._pytester.path / block.attributes["title"]
        text = block.text
        if "replaces" in block.attributes:
            text = replaced(file.read_text("utf-8"), block.attributes["replaces"], text)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        # A compiled file is taken for current within the second in which it was written.
        shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)

    def _run(self, command: str, shown: str) -> None:
        name, *arguments = shlex.split(command)
        printed = {"pytest": self._pytest, "cbmock": self._cbmock}[name](arguments)
        assert fits(settled(printed), settled(shown)), f"$ {command}\n{printed}"

    def _pytest(self, arguments: list[str]) -> str:
        """Run it with the plugins of its reader, and in the order of the page."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PYTEST_ADDOPTS", "-p no:randomly -p no:cacheprovider")
            return self._run_pytest(arguments)

    def _run_pytest(self, options: list[str]) -> str:
        if self._apart:
            return "\n".join(self._pytester.runpytest_subprocess(*options).outlines)
        loaded = LoadedModules()
        run = self._pytester.runpytest_inprocess(*options, plugins=[loaded])
        loaded.keep()
        self._forget()
        return "\n".join(run.outlines)

    def _cbmock(self, arguments: list[str]) -> str:
        self._pytester.syspathinsert()
        printed = CliRunner().invoke(main, arguments).stdout
        self._forget()
        return printed

    def _forget(self) -> None:
        """Forget the modules of the page, which may be another text next time."""
        folder = str(self._pytester.path)
        for name, module in [*sys.modules.items()]:
            if (getattr(module, "__file__", None) or "").startswith(folder):
                del sys.modules[name]


def replaced(source: str, start: str, new: str) -> str:
    """Replace the statement whose first line begins so, with what is indented below it."""
    lines = source.splitlines(keepends=True)
    first = next(at for at, line in enumerate(lines) if line.startswith(start))
    depth = len(start) - len(start.lstrip())
    last = first + 1
    while last < len(lines) and _belongs(lines[last], depth):
        last += 1
    while not lines[last - 1].strip():
        last -= 1
    return "".join([*lines[:first], new, *lines[last:]])


def _belongs(line: str, depth: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip()) > depth


def settled(text: str) -> str:
    """Write what differs from run to run the same way."""
    for pattern, constant in VARYING:
        text = re.sub(pattern, constant, text)
    return "\n".join(line.rstrip() for line in text.strip("\n").splitlines()) + "\n"


def fits(printed: str, shown: str) -> bool:
    """Return whether what was printed is what is shown."""
    pattern = "".join(
        "(?:.*\n)*?" if line == "…" else f"{_line(line)}\n"
        for line in shown.splitlines()
    )
    return re.fullmatch(pattern, printed) is not None


def _line(line: str) -> str:
    return ".*".join(map(re.escape, line.split("…")))
