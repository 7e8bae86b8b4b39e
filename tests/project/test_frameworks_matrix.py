"""`make matrix`, without a network: a framework of one file, and documents that are there."""

import json
import re
import sys

import pytest

from tests.frameworks import __main__ as command
from tests.frameworks import about as frameworks
from tests.frameworks import page
from tests.frameworks.about import About, Cure, every
from tests.frameworks.judged import Judged, Verdict, judge
from tests.support.rows import each_row

SCHEMA = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "integer"}},
}
CONTENT = {"application/json": {"schema": SCHEMA}}
ITEM = {"post": {"requestBody": {"content": CONTENT}, "responses": {"204": {}}}}
TREE = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "paths": {},
    "webhooks": {"shipped": ITEM},
}
PAGE = "".join(
    f"{name}\n\n<!-- {name}: written by `make matrix` -->\n<!-- end -->\n\n"
    for name in page.HEADS
)


@pytest.mark.process
def test_a_document_is_listed_linted_served_and_sent_its_bodies(tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(TREE | {"paths": {"/a": 1}}))
    bodies = {"shipped": '{"id": "7"}', "receipt": {"file": "a"}}
    (tmp_path / "bodies.json").write_text(json.dumps(bodies))
    found = judge(tmp_path)
    assert (found.operations, found.verdicts, found.counted) == (
        ("shipped",),
        {
            "shipped": Verdict(valid=False, said=("type: '7' is not an integer",)),
            "receipt": Verdict(valid=False, said=("not there: receipt",)),
        },
        "0 of 2 valid",
    )
    assert [each["code"] for each in found.findings] == ["wrong-type"]


@pytest.mark.process
def test_a_request_that_is_broken_and_not_refused_is_named(tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(TREE))
    (tmp_path / "bodies.json").write_text('{"shipped": "{\\"id\\": 7}"}')
    found = judge(tmp_path)
    assert (found.counted, found.taken) == (
        "1 of 1 valid",
        ["no `X-Token`", "a wrong map"],
    )


@pytest.mark.process
def test_a_document_that_is_not_read_has_no_operations_and_says_why(tmp_path):
    (tmp_path / "openapi.yaml").write_text("a: &a\n  b: *a\n")
    (tmp_path / "bodies.json").write_text('{"shipped": "{}"}')
    found = judge(tmp_path)
    ((said,), verdicts) = (found.said, found.verdicts)
    assert "the anchor 'a' contains itself" in said
    assert verdicts == {"shipped": Verdict(valid=False, said=())}


def judged(said, *, valid=False, operations=("shipped",), taken=()):
    wrong = {what: Verdict(valid=True, said=()) for what in taken}
    return Judged(operations, (), {"shipped": Verdict(valid, tuple(said))}, wrong)


TIME = "format: '1' is not a time"


@each_row(
    ("written", "cured", "says", "unexplained"),
    [
        ([TIME], None, "is not a time", ()),
        ([TIME], [], "is not a time", ()),
        ([TIME], None, None, (TIME,)),
        ([TIME], [TIME], "is not a time", (f"cured, still {TIME}",)),
        ([], None, "is not a time", ("no longer so: is not a time",)),
    ],
)
def test_what_is_refused_needs_an_explanation_and_a_cure_that_cures(
    written, cured, says, unexplained
):
    cures = () if says is None else (Cure((says,), "an offset"),)
    made = About("made", "Made", ("made",), "its own", cures)
    results = {"written": judged(written, valid=not written)}
    if cured is not None:
        results["cured"] = judged(cured, valid=not cured)
    rows = page.rows(made, ["1.0"], results)
    assert rows.unexplained == unexplained


def test_what_is_taken_although_wrong_needs_an_explanation_too():
    made = About("made", "Made", ("made",), "its own", ())
    written = judged([], valid=True, taken=("no id",))
    rows = page.rows(made, ["1.0"], {"written": written})
    assert rows.unexplained == ("taken: no id",)
    assert rows.tables["frameworks"][0][-1] == "1 of 1: no id"


def test_a_tool_that_rewrites_loses_what_is_refused_or_gone_since():
    cures = (Cure(("is lost",), "do without"),)
    tool = About("tool", "Tool", ("tool",), "", cures)
    ours = judged([], valid=True, operations=("paid", "shipped"), taken=("no id",))
    written = judged([TIME], taken=("no id", "no file"))
    rows = page.rewritten(tool, ["1.0"], ours, {"bundle": written})
    ((_, __, *row),) = rows.tables["rewriters"]
    lost = "`format`: '1' is not a time; `taken`: no file; paid is lost"
    assert row == ["bundle", "shipped", "0 of 1 valid", lost, "do without"]
    assert rows.unexplained == (f"bundle: {TIME}", "bundle: taken: no file")


def test_new_rows_take_the_place_of_the_older_ones_of_that_framework_only(tmp_path):
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    for title, version in (("a", "1"), ("a-b", "1"), ("A|c", "1"), ("a", "2")):
        made = About(
            title, title, (title,), "its own", (Cure(("time",), title + version),)
        )
        page.put(path, made, page.rows(made, [version], {"written": judged([TIME])}))
    text = path.read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")]
    firsts = [row[0].removeprefix("| ") for row in rows]
    heads = {cells[0] for cells in page.HEADS.values()}
    assert [each for each in firsts if each not in {"---", *heads}] == [
        *("a 2", "a-b 1", r"A\|c 1"),
        *("a", "a-b", r"A\|c"),
    ]
    assert text.count("a2 |") == 1


PROGRAM = """
from matrix import write

write("written", {}, {{"shipped": '{{"id": {}}}'}})
"""


ABOUT = """
title = "Made"
packages = []
how = "its own"

[[cures]]
says = ["taken"]
text = "the smallest document"
"""


@pytest.mark.process
@pytest.mark.parametrize(
    ("value", "code", "last"),
    [(7, 0, "1 of 1 as explained"), ('"7"', 1, "look at: made")],
)
def test_a_framework_is_installed_run_and_written_on_the_page(
    tmp_path, monkeypatch, capsys, value, code, last
):
    made = tmp_path / "frameworks" / "made"
    made.mkdir(parents=True)
    (made / "requirements.txt").touch()
    (made / "program.py").write_text(PROGRAM.format(TREE, value))
    (made / "about.toml").write_text(ABOUT)
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    monkeypatch.setattr(frameworks, "HERE", made.parent)
    monkeypatch.setattr(command, "PAGE", path)
    monkeypatch.setattr(sys, "argv", ["", "--folder", str(tmp_path / "installed")])
    assert command.main() == code
    assert capsys.readouterr().out.splitlines()[-1] == last
    assert f"| shipped | none | {1 - code} of 1 valid |" in path.read_text()


def test_a_name_that_is_none_is_an_error_that_lists_the_names():
    with pytest.raises(SystemExit, match="'nothing' is none of .*fastapi, "):
        every(["nothing"])


@each_row("title", [each.title for each in every([])])
def test_each_of_them_has_been_tried(title):
    text = command.PAGE.read_text("utf-8").partition("\n## Tried\n")[2]
    assert re.search(rf"(?m)^\| {re.escape(title)} \d.* \| \d{{4}}-\d\d-\d\d \|", text)
