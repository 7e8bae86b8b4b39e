"""What no other keyword evaluates is reported at the very member, with its own reason."""

from __future__ import annotations

from cbmock.contract.explain.explanation import explain

from tests.support.documents import schema_of
from tests.support.rows import each_row

SHORT = {"type": "string", "maxLength": 3}
AMOUNT = {"properties": {"amount": {}}}
UNDOCUMENTED = (
    "'amuont' is not documented, and no other properties are allowed; "
    "did you mean 'amount'?"
)
TOO_LONG = "'toolong' is too long: 7 characters, at most 3"
UNEXPECTED = "unexpected item 2: the array allows no more items"


def found(schema, value, **others):
    return [
        (each.pointer, each.name, each.detail)
        for each in explain(schema_of(schema, **others), value)
    ]


@each_row(
    "around",
    [
        AMOUNT,
        {"allOf": [AMOUNT]},
        {"oneOf": [AMOUNT, False]},
        {"if": AMOUNT},
        {"$ref": "#/components/schemas/Amount"},
    ],
)
def test_properties_that_nothing_evaluates_are_named(around):
    """Fault 5.1."""
    rule = {**around, "unevaluatedProperties": SHORT}
    value = {"amount": 1, "note": "toolong"}
    assert found(rule, value, Amount=AMOUNT) == [("#/note", "note", TOO_LONG)]
    rule = {**around, "unevaluatedProperties": False}
    reported = [("#", "amuont", UNDOCUMENTED)]
    assert found(rule, {"amuont": 1}, Amount=AMOUNT) == reported


@each_row(
    "around",
    [
        {"if": {"required": ["k"]}, "then": AMOUNT},
        {"if": {"required": ["k"]}, "else": {"$ref": "#/components/schemas/Amount"}},
        {"allOf": [{"if": True, "then": {"allOf": [AMOUNT]}}]},
        {"dependentSchemas": {"k": AMOUNT}},
    ],
)
def test_a_wrong_name_is_compared_with_those_that_other_values_may_have(around):
    rule = {**around, "unevaluatedProperties": False}
    reported = [("#", "amuont", UNDOCUMENTED)]
    assert found(rule, {"amuont": 1}, Amount=AMOUNT) == reported


@each_row(
    ("schema", "value", "reported"),
    [
        (
            {"unevaluatedItems": {"type": "string"}},
            [1, "a", 2],
            [("#/0", "0", "1 is not a string"), ("#/2", "2", "2 is not a string")],
        ),
        (
            {"prefixItems": [{}], "unevaluatedItems": {"type": "string"}},
            [2, 2],
            [("#/1", "1", "2 is not a string")],
        ),
        (
            {"prefixItems": [{}], "unevaluatedItems": False},
            [2, 2],
            [("#/1", "1", UNEXPECTED)],
        ),
        (
            {"contains": {"type": "string"}, "unevaluatedItems": False},
            ["a", 2, "b"],
            [("#/1", "1", UNEXPECTED)],
        ),
        (
            {"properties": {"": {"unevaluatedProperties": SHORT}}},
            {"": {"": "toolong"}},
            [("#//", "", TOO_LONG)],
        ),
    ],
)
def test_items_that_nothing_evaluates_are_placed(schema, value, reported):
    """Fault 5.1."""
    assert found(schema, value) == reported


@each_row(
    ("rule", "value", "detail"),
    [
        ({"maxLength": 3}, "abcd", "is too long: 4 characters, at most 3"),
        ({"pattern": "^a$"}, "abcd", "does not match the pattern ^a$"),
        ({"enum": ["abc"]}, "abcd", "is none of 'abc'; did you mean 'abc'?"),
        ({"not": {}}, "abcd", "matches the schema under `not`"),
        ({"anyOf": [{"const": "x"}]}, "abcd", "is not 'x'"),
        ({"allOf": [{"maxLength": 3}]}, "", None),
        ({"minLength": 1}, "", "is too short: 0 characters, at least 1"),
    ],
)
def test_a_name_that_is_wrong_is_called_a_property_name(rule, value, detail):
    """Fault 5.2."""
    reported = [("#", value, f"the property name {value!r} {detail}")]
    assert found({"propertyNames": rule}, {value: 1}) == (reported if detail else [])


@each_row(
    ("sent", "hint"),
    [
        ("user_id", "; 'user_id' was sent, did you mean 'userId'?"),
        ("user-id", "; 'user-id' was sent, did you mean 'userId'?"),
        ("UserID", "; 'UserID' was sent, did you mean 'userId'?"),
        ("usrId", "; 'usrId' was sent, did you mean 'userId'?"),
        ("name", ""),
        ("userIds", ""),
    ],
)
def test_what_was_sent_in_place_of_a_missing_property_is_named(sent, hint):
    """Fault 5.4."""
    properties = {"userId": {"type": "integer"}, "userIds": {}}
    schema = {"required": ["userId"], "properties": properties}
    assert found(schema, {sent: 3}) == [("#", "userId", f"'userId' is missing{hint}")]


A = {"properties": {"a": {"type": "integer"}}}
CLOSED = {**A, "unevaluatedProperties": False}
MANY = {"items": {"type": "integer"}}, [0] * 5000
UNREADABLE = {"items": {"pattern": "[^]"}}, []
ENGINES = {"jsonschema-rs": ({}, 0), "both": MANY, "jsonschema": UNREADABLE}
"""A further member, by which another engine explains the value: what it is, and its value."""


def closed(names, path="#"):
    verb = "is" if ", " not in names else "are"
    listed = ", ".join(f"'{each}'" for each in names.split(", "))
    said = f"{listed} {verb} not documented, and no other properties are allowed"
    return path, names, said


def wrong(path="#/a"):
    return path, "a", "'x' is not an integer"


@each_row("engine", ENGINES)
@each_row(
    ("schema", "value", "reported"),
    [
        (CLOSED, {"a": 1, "b": 1, "c": 1}, [closed("b, c")]),
        (CLOSED, {"a": "x", "b": 1}, [wrong(), closed("b")]),
        ({**CLOSED, "required": ["z"]}, {"a": 1}, [("#", "z", "'z' is missing")]),
        ({"allOf": [A], "unevaluatedProperties": False}, {"a": "x"}, [wrong()]),
        (
            {"allOf": [A], "unevaluatedProperties": False},
            {"a": "x", "b": 1},
            [wrong(), closed("b")],
        ),
        (
            {
                "allOf": [{"$ref": "#/components/schemas/A"}, {"required": ["z"]}],
                "unevaluatedProperties": False,
            },
            {"a": 1, "b": 1},
            [("#", "z", "'z' is missing"), closed("b")],
        ),
        (
            {"allOf": [{"allOf": [CLOSED]}], "unevaluatedProperties": False},
            {"a": 1, "b": 1},
            [closed("b")],
        ),
        (
            {
                "allOf": [A, {"properties": {"q": CLOSED}}],
                "unevaluatedProperties": False,
            },
            {"a": 1, "q": {"a": 1, "s": 1}, "t": 1},
            [closed("s", "#/q"), closed("t")],
        ),
        (
            {"allOf": [A], "unevaluatedProperties": {"type": "boolean"}},
            {"a": "x", "b": 1},
            [wrong(), ("#/b", "b", "1 is not a boolean")],
        ),
        (
            {
                "oneOf": [
                    {"required": ["k"], "properties": {"k": {}}},
                    {"required": ["l"], "properties": {"l": {}, "m": {}}},
                ],
                "unevaluatedProperties": False,
            },
            {"k": 1, "m": 1, "n": 1},
            [closed("m, n")],
        ),
        (
            {
                "allOf": [{"patternProperties": {"^p": {}}, "required": ["z"]}],
                "unevaluatedProperties": False,
            },
            {"p1": 1, "b": 1},
            [("#", "z", "'z' is missing"), closed("b")],
        ),
        (
            {
                "allOf": [{"additionalProperties": {}, "required": ["z"]}],
                "unevaluatedProperties": False,
            },
            {"b": 1},
            [("#", "z", "'z' is missing")],
        ),
    ],
)
def test_closed_objects_name_what_is_undocumented_whatever_else_is_wrong(
    engine, schema, value, reported
):
    member, filling = ENGINES[engine]
    whole = {"properties": {"object": schema, "more": member}}
    sent = {"object": value, "more": filling}
    assert sorted(found(whole, sent, A=A)) == sorted(
        (f"#/object{pointer[1:]}", name, detail) for pointer, name, detail in reported
    )
