"""The tutorial: each of its blocks, in order."""

from tests.support.examples import DOCS, Player


def test_the_tutorial_is_as_it_says(pytester):
    Player(pytester).play(DOCS / "tutorial" / "index.md")
