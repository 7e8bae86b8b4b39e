"""The how-to pages: their examples are run, wherever their runtime is here."""

import pytest

from tests.support.examples import DOCS, Player

FOLDER = DOCS / "how-to"
APART = {"celery", "django", "litestar"}
"""These set up logging or settings for a whole process."""
PLAYED = (
    *APART,
    "aiohttp",
    "flask",
    "from-pytest-httpserver",
    "frozen-clocks",
    "load-test",
    "receiving-side",
)
"""Pages whose sessions can be played without anything else running."""


@pytest.mark.parametrize("name", sorted(PLAYED))
def test_a_page_is_as_it_says(name, pytester):
    player = Player(pytester, apart=name in APART)
    player.play(FOLDER / "index.md")
    player.play(FOLDER / f"{name}.md")
