"""The how-to pages: their examples are run, wherever their runtime is here."""

import os
import shutil
import subprocess

import pytest
from cbmock import Receiver

from tests.support.examples import DOCS, Player, blocks

FOLDER = DOCS / "how-to"
APART = {"celery", "django"}
"""These set up logging or settings for a whole process."""
PLAYED = (
    *APART,
    "aiohttp",
    "flask",
    "from-pytest-httpserver",
    "frozen-clocks",
    "litestar",
    "load-test",
    "receiving-side",
)
"""Pages whose sessions can be played without anything else running."""


@pytest.mark.parametrize("name", sorted(PLAYED))
def test_a_page_is_as_it_says(name, pytester):
    player = Player(pytester, apart=name in APART)
    player.play(FOLDER / "index.md")
    player.play(FOLDER / f"{name}.md")


# --- other languages: their programs ask a mock that runs in this process -----------------


@pytest.fixture
def mock(tmp_path):
    """Run the mock of the pages' document; return what its environment says of it."""
    write(FOLDER / "index.md", tmp_path)
    with Receiver(tmp_path / "openapi.yaml") as running:
        yield {**os.environ, "CBMOCK_URL": running.url}


def write(page, folder):
    """Write the files of a page."""
    for block in blocks(page):
        if "title" in block.attributes:
            (folder / block.attributes["title"]).write_text(block.text, "utf-8")


@pytest.mark.process
@pytest.mark.parametrize(
    ("page", "program", "commands"),
    [
        ("node", "node", ["node --test"]),
        ("go", "go", ["go mod init orders", "go test ./..."]),
        ("java", "javac", ["javac Callbacks.java OrdersTest.java", "java OrdersTest"]),
    ],
)
def test_a_program_of_a_page_runs(page, program, commands, tmp_path, mock):
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    write(FOLDER / f"{page}.md", tmp_path)
    text = (FOLDER / f"{page}.md").read_text("utf-8")
    assert [each for each in commands if each not in text] == []
    for each in commands:
        ran = subprocess.run(
            each.split(),
            cwd=tmp_path,
            env=mock,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
