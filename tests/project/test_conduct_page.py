"""The page on conduct: its examples are run, and its settings are read."""

import tomllib
from pathlib import Path

from cbmock.cli.serving.settings import deliveries_of
from cbmock.config import parse
from cbmock.deliveries.conduct import PROFILES, Conduct

from tests.support.examples import DOCS, Player, blocks

PAGE = DOCS / "conduct.md"


def test_the_page_is_as_it_says(pytester):
    player = Player(pytester, apart=True)  # Celery sets up a whole process
    player.play(DOCS / "how-to" / "index.md")
    player.play(PAGE)


def test_all_code_on_the_page_is_run():
    code = [each for each in blocks(PAGE) if each.language == "python"]
    assert len(code) > 1
    assert [each.text for each in code if "title" not in each.attributes] == []


def test_the_settings_on_the_page_can_be_read():
    (table,) = (each.text for each in blocks(PAGE) if each.language == "toml")
    assert tomllib.loads(table)
    found = deliveries_of(parse(table, Path("pyproject.toml")))
    assert len(found.conducts) == len(found.identities) + 1


def test_every_profile_and_option_is_on_the_page():
    text = PAGE.read_text("utf-8")
    options = {name.replace("_", "-") for name in Conduct.__dataclass_fields__}
    names = {*PROFILES, *options}
    assert {each for each in names if f"`{each}`" not in text} == set()
