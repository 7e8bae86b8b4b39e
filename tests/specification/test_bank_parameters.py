"""Section 4 of the example bank: every row of parameters, by what it says.

4a to 4h themselves stand in `test_parameters.py`.
"""

import pytest
from cbmock.contract.policy import Policy
from cbmock.description.discovery import discover
from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock

from tests.support.mocks import ACCEPTED, described, outcome, request
from tests.support.parameters import COLOUR, INTEGERS, STRINGS, read

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
BOOLEAN = {"type": "boolean"}


def told(found):
    value, violations = found
    return value, [(each.code, each.severity) for each in violations]


def warned(code):
    return [(code, "warning")]


def broken(code):
    return [(code, "error")]


# --- styles: the wire for arrays and objects ----------------------------------------------

RG = {"R": 1, "G": 2}


@pytest.mark.parametrize(
    ("location", "style", "explode", "array", "colour"),
    [
        ("path", "matrix", False, ";p=a,b", ";p=R,1,G,2"),
        ("path", "matrix", True, ";p=a;p=b", ";R=1;G=2"),
        ("path", "label", False, ".a,b", ".R,1,G,2"),
        ("path", "label", False, ".a.b", None),
        ("path", "label", True, ".a.b", ".R=1.G=2"),
        ("path", "simple", False, "a,b", "R,1,G,2"),
        ("path", "simple", True, "a,b", "R=1,G=2"),
        ("query", "form", False, "p=a,b", "p=R,1,G,2"),
        ("query", "form", True, "p=a&p=b", "R=1&G=2"),
        ("query", "spaceDelimited", False, "p=a%20b", "p=R%201%20G%202"),
        ("query", "pipeDelimited", False, "p=a%7Cb", "p=R%7C1%7CG%7C2"),
        ("query", "pipeDelimited", False, "p=a|b", None),
        ("query", "deepObject", True, None, "p%5BR%5D=1&p[G]=2"),
        ("query", "deepObject", False, None, "p%5BR%5D=1&p[G]=2"),
        ("cookie", "cookie", False, "p=a,b", None),
        ("cookie", "cookie", True, "p=a; p=b", "R=1; G=2"),
    ],
)
def test_each_style_is_read_from_the_wire(location, style, explode, array, colour):
    parameter = {"in": location, "style": style, "explode": explode}
    if array is not None:
        found = read({**parameter, "schema": STRINGS}, array, version="3.2.0")
        assert told(found) == (["a", "b"], [])
    if colour is not None:
        found = read({**parameter, "schema": COLOUR}, colour, version="3.2.0")
        assert told(found) == (RG, [])


@pytest.mark.parametrize(
    ("parameter", "sent", "value", "violations"),
    [
        pytest.param(
            {"in": "path", "style": "matrix", "schema": STRINGS},
            "a,b",
            "a,b",
            broken("syntax"),
            id="matrix without its prefix",
        ),
        pytest.param(
            {"in": "header", "schema": STRINGS}, [""], [], [], id="simple: empty array"
        ),
        pytest.param(
            {"in": "header", "schema": {"type": "object"}},
            [""],
            {},
            [],
            id="simple: empty object",
        ),
        pytest.param(
            {"in": "path", "schema": COLOUR},
            "R,1,G",
            "R,1,G",
            broken("syntax"),
            id="simple: odd count",
        ),
        pytest.param(
            {
                "in": "query",
                "style": "pipeDelimited",
                "explode": False,
                "schema": STRINGS,
            },
            "p=a&p=b",
            ["a", "b"],
            warned("duplicate"),
            id="pipeDelimited, exploded all the same",
        ),
        pytest.param(
            {"in": "query", "explode": False, "schema": STRINGS},
            "p=a%2Cb,c",
            ["a,b", "c"],
            [],
            id="form: the raw delimiter splits, then each item is decoded",
        ),
    ],
)
def test_a_style_has_its_edges(parameter, sent, value, violations):
    assert told(read(parameter, sent)) == (value, violations)


def test_a_plus_is_a_space_in_queries_alone():
    assert told(read({"in": "query", "schema": STRING}, "p=a+b")) == ("a b", [])
    assert told(read({"in": "path", "schema": STRING}, "a+b")) == ("a+b", [])


def test_a_header_is_decoded_only_where_that_makes_it_valid():
    header = {"in": "header", "schema": {"enum": ["a b"]}}
    assert told(read(header, ["a%20b"])) == ("a b", [("header-encoded", "info")])
    quoted = {"in": "header", "schema": STRING}
    assert told(read(quoted, ['"a"'])) == ('"a"', [])


def test_cookie_pairs_are_never_joined():
    cookie = {"in": "cookie", "schema": INTEGER}
    assert told(read(cookie, ["p=1", "p=2"])) == (1, warned("duplicate"))


# --- presence and typing ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "sent", "value", "violations"),
    [
        ({"schema": INTEGER}, "p=", "", broken("type")),
        ({"schema": INTEGER, "allowEmptyValue": True}, "p=", "", []),
        ({"schema": INTEGER, "allowEmptyValue": True}, "p", "", []),
        (
            {"schema": INTEGER, "allowEmptyValue": True, "required": True},
            "p",
            "",
            [],
        ),
        ({"schema": INTEGER}, "p=1.0", 1, []),
        ({"schema": INTEGER}, "p=%2B5", "+5", broken("type")),
        ({"schema": INTEGER}, "p=007", "007", broken("type")),
        ({"schema": INTEGER}, "p=0x1", "0x1", broken("type")),
        ({"schema": {"type": "number"}}, "p=NaN", "NaN", broken("type")),
        ({"schema": BOOLEAN}, "p=True", "True", broken("type")),
        ({"schema": {"type": ["integer", "string"]}}, "p=12", "12", []),
        ({"schema": {"type": ["integer", "string"], "enum": [12]}}, "p=12", 12, []),
        ({"schema": {"type": ["integer", "null"]}}, "p=", None, []),
        ({"schema": {"anyOf": [INTEGER, {"type": "null"}]}}, "p=12", 12, []),
        ({"schema": {"anyOf": [INTEGER, {"type": "null"}]}}, "p=null", None, []),
        ({"content": {"application/json": {}}}, "p=%7B", "{", broken("syntax")),
        ({"schema": STRING}, "p=1&p=2", "1", warned("duplicate")),
        (
            {"schema": {"type": "object", "additionalProperties": INTEGER}},
            "x=1&other=2",
            {"x": 1},
            [],
        ),
    ],
)
def test_a_query_parameter_is_typed_by_its_schema(more, sent, value, violations):
    other = {"name": "other", "in": "query", "schema": STRING}
    assert told(read({"in": "query", **more}, sent, other)) == (value, violations)


def test_that_a_boolean_is_written_small_is_said():
    _, (violation,) = read({"in": "query", "schema": BOOLEAN}, "p=True")
    assert (
        violation.detail
        == "'True' is not a boolean; JSON writes true and false in lower case"
    )


# --- which definitions count --------------------------------------------------------------


def receiving(parameters, target="/webhooks/w", headers=None, **options):
    description = described(
        version=options.pop("version", "3.1.0"),
        webhooks={"w": {"post": {"parameters": parameters, **ACCEPTED}}},
    )
    findings = {
        each.code for each in lint(description, discover(description), schema_samples)
    }
    mock = Mock(description, **options)
    call = mock.receive(request("POST", target, None, headers), id=1, now=0.0)
    return outcome(call)[2], findings


@pytest.mark.parametrize("name", ["Authorization", "accept", "Content-Type", "Cookie"])
def test_definitions_of_some_headers_are_ignored(name):
    header = {"name": name, "in": "header", "required": True, "schema": STRING}
    codes, findings = receiving([header])
    assert (codes, "ignored-header-param" in findings) == ([], True)


def test_what_is_not_documented_is_allowed_but_may_be_asked_for():
    known = [{"name": "a", "in": "query", "schema": STRING}]
    sent = "/webhooks/w?a=1&b=2"
    assert receiving(known, sent, {"cookie": "c=1", "x-y": "1"})[0] == []
    assert receiving(known, sent, policy=Policy(strict=True))[0] == ["undocumented"]


def test_a_whole_query_may_be_one_parameter_from_3_2_on():
    content = {"application/x-www-form-urlencoded": {"schema": COLOUR}}
    whole = {"name": "q", "in": "querystring", "content": content}
    assert receiving([whole], "/webhooks/w?R=1", version="3.2.0")[0] == []
    assert receiving([whole], "/webhooks/w?R=x", version="3.2.0")[0] == ["type"]
    assert receiving([whole], "/webhooks/w?R=x", version="3.1.0")[0] == []


def test_an_array_of_integers_takes_each_item_by_itself():
    """4a: one item that is wrong is pointed at."""
    _, violations = read({"in": "query", "schema": INTEGERS}, "p=1&p=x")
    assert [(each.pointer, each.code) for each in violations] == [("#/1", "type")]
