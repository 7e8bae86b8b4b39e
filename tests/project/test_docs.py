"""The page on assertions: its examples fail, at their last lines, with the words it shows."""

import json
import re
from pathlib import Path

import cbmock
from cbmock.testing.expectation import Expectation
from cbmock.testing.response_script import ResponseScript

HERE = Path(__file__).parents[2]
PAGES = HERE / "docs"
PAGE = (PAGES / "assertions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

VARYING = (
    (r"\+\d+\.\d{3} s", "+0.004 s"),
    (r"127\.0\.0\.1(:|%3A)\d+", r"127.0.0.1\g<1>49152"),
    (r"((?:/|%2F)t(?:/|%2F)\w+)-[0-9a-f]{6}\b", r"\1-2b2a9f"),
    (r"\bcall \d+(?=, which)", "call 1"),
    (r"\(\S+/(?=test_\w+\.py:)", "("),
)
"""What differs from run to run: moments, ports, tokens, ids and folders."""


def settled(text):
    for pattern, steady in VARYING:
        text = re.sub(pattern, steady, text)
    return text.strip("\n")


def test_every_example_on_the_page_fails_with_the_words_below_it(pytester):
    (_, conftest), *examples = BLOCKS
    pytester.makeconftest(conftest)
    pytester.makefile(".yaml", assertions=(PAGES / "assertions.yaml").read_text())
    pytester.makeini("[pytest]\ncbmock_spec = assertions.yaml\n")
    shown = {}
    for (kind, code), (below, message) in zip(
        examples[::2], examples[1::2], strict=True
    ):
        assert (kind, below) == ("python", "text")
        name = re.search(r"^def (test_\w+)", code, re.MULTILINE)[1]
        pytester.makepyfile(**{name: code})
        shown[name] = settled(message)
    pytester.makepyfile(
        failing=(HERE / "tests" / "support" / "failing.py").read_text(encoding="utf-8")
    )
    pytester.runpytest_subprocess("-q", "-p", "failing", "-p", "no:cacheprovider")
    found = json.loads((pytester.path / "failing.json").read_text(encoding="utf-8"))
    assert {name: settled(text) for name, text in found["told"].items()} == shown
    assert found["early"] == []


def spoken(face, *unsaid):
    return {name for name in vars(face) if not name.startswith("_")} - {*unsaid}


def test_every_assertion_is_on_the_page():
    assertions = {
        *("wait_for", "expect", "never", "in_order", "no_other_calls"),
        *("wait_for_delivery", "deliveries"),
        *("triggered_by", "register", "watch", "respond", "respond_as_documented"),
        *("allow_violations", "verify", "coverage"),
        *spoken(Expectation, "calls", "assertion"),
        *spoken(ResponseScript, "left", "unused", "all_played"),
    }
    examples = "".join(code for kind, code in BLOCKS if kind == "python")
    assert {each for each in assertions if f".{each}" not in examples} == set()
    matchers = {"A", "Exactly", "Like"} & {*cbmock.__all__}
    assert {each for each in matchers if f"{each}(" not in examples} == set()
