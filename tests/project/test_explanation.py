"""The pages of explanation: what their tables say of a key or a step is what happens."""

import re

from cbmock.mock.routing import ranking

from tests.support.examples import DOCS
from tests.support.findings import OK, findings, json_body
from tests.support.rows import each_row

FOLDER = DOCS / "explanation"
ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)


def rows(page, heading):
    """Return the cells of the table that has this first heading."""
    text = (FOLDER / page).read_text("utf-8")
    table = text.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [each.split(" | ") for each in ROW.findall(table)][1:]


def document(key):
    text = {"type": "string"}
    parameters = [
        {"name": name, "in": "query", "schema": text}
        for name in ("callback_url", "url")
    ]
    members = dict.fromkeys(("id", "url", "notificationUri"), text)
    operation = {
        "parameters": parameters,
        "requestBody": json_body({"type": "object", "properties": members}),
        "responses": OK,
        "callbacks": {"c": {key: {"post": {"responses": OK}}}},
    }
    return {"paths": {"/": {"post": operation}}}


KEYS = [
    (key, finding.strip("`"))
    for keys, _, finding in rows("expressions.md", "key")
    for key in re.findall(r"`([^`]+)`", keys)
]


@each_row(("key", "finding"), KEYS)
def test_a_key_that_is_not_in_the_grammar_has_the_finding_on_the_page(key, finding):
    assert finding in {each.code for each in findings(document(key))}


def test_the_steps_of_matching_are_those_of_the_code():
    listed = [cells[0].strip("`") for cells in rows("matching.md", "`decided_by`")]
    steps = ["url", *(name for name, _ in ranking._STEPS)]
    assert listed == [*dict.fromkeys(steps)]
