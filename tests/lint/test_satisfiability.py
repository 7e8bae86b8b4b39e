import pytest

from tests.support.findings import (
    OPERATION,
    findings,
    found,
    with_body,
    with_webhook,
)
from tests.support.rows import each_row

SCHEMA = "/webhooks/event/post/requestBody/content/application~1json/schema"


def codes(document):
    return {code for code, _ in found(document)}


CLOSED = {"properties": {"a": {}}, "additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        {"minimum": 2, "maximum": 1},
        {"exclusiveMinimum": 1, "maximum": 1},
        {"minLength": 3, "maxLength": 2},
        {"minItems": 3, "maxItems": 2},
        {"type": "string", "enum": [1, 2]},
        {"type": "string", "const": 1},
        {"type": "object", "required": ["b"], **CLOSED},
        {"type": "object", "minProperties": 2, **CLOSED},
        {
            "type": "object",
            "properties": {"a": {}},
            "unevaluatedProperties": False,
            "required": ["b"],
        },
        {"allOf": [{"required": ["b"]}, CLOSED]},
        {"allOf": [{"properties": {"b": {}}, "required": ["b"]}, CLOSED]},
        {"allOf": [{"required": ["b"]}], **CLOSED},
        {"required": ["b"], "allOf": [CLOSED]},
        {"allOf": [{"type": "string"}, {"type": "object"}]},
        {"type": "string", "allOf": [{"type": ["object", "null"]}]},
        {"type": "string", "oneOf": [{"type": "object"}, {"type": "array"}]},
        {"type": "string", "anyOf": [{"allOf": [{"type": "object"}]}]},
        {"allOf": [{"type": "string"}], "oneOf": [{"type": "integer"}]},
        {"allOf": [{"oneOf": [{"type": "string"}]}, {"type": "integer"}]},
        {"$ref": "#/components/schemas/Text", "type": "integer"},
        {"type": "integer", "allOf": [{"$ref": "#/components/schemas/Text"}]},
    ],
    ids=str,
)
def test_what_excludes_each_other_is_a_contradiction(schema):
    text = {"components": {"schemas": {"Text": {"type": "string"}}}}
    assert "contradiction" in codes(with_body(schema, **text))
    nested = {"type": "object", "properties": {"deep": schema}}
    assert "contradiction" in codes(with_body(nested, **text))


@each_row(
    ("schema", "detail"),
    [
        (
            {"allOf": [{"type": "string"}, {}, {"type": ["object", "null"]}]},
            (
                "{0}/allOf/0 is of type string, {0}/allOf/2 of type null or object: no value "
                "is valid"
            ),
        ),
        (
            {"type": "integer", "allOf": [{"$ref": "#/components/schemas/Text"}]},
            (
                "{0} is of type integer, openapi.json#/components/schemas/Text of type "
                "string: no value is valid"
            ),
        ),
        (
            {"type": "string", "oneOf": [{"type": "object"}, {"type": "null"}]},
            "no alternative of `oneOf` is of type string: no value is valid",
        ),
    ],
)
def test_schemas_whose_types_exclude_each_other_are_both_named(schema, detail):
    text = {"components": {"schemas": {"Text": {"type": "string"}}}}
    (found,) = findings(with_body(schema, **text))
    assert (found.code, found.detail) == (
        "contradiction",
        detail.format("openapi.json#" + SCHEMA),
    )


def test_both_places_that_exclude_each_other_are_named():
    schemas = {
        "Base": {"type": "object", "required": ["x"], "properties": {"x": {}}},
        "Event": {"allOf": [{"$ref": "#/components/schemas/Base"}, CLOSED]},
    }
    body = {"$ref": "#/components/schemas/Event"}
    listed = findings(with_body(body, components={"schemas": schemas}))
    (contradiction,) = (each for each in listed if each.code == "contradiction")
    assert (contradiction.severity, contradiction.detail) == (
        "error",
        (
            "openapi.json#/components/schemas/Base requires 'x', which "
            "`additionalProperties: false` at "
            "openapi.json#/components/schemas/Event/allOf/1 excludes: no object is valid"
        ),
    )


def test_a_closed_part_that_excludes_optional_properties_is_a_warning():
    schema = {"allOf": [{"properties": {"b": {}}}, CLOSED]}
    assert found(with_body(schema)) == [("closed-part", SCHEMA)]


@each_row(
    "schema",
    [
        {"minimum": 1, "maximum": 1},
        {"type": "object", "required": ["a"], **CLOSED},
        {
            "type": "object",
            "required": ["x-1"],
            "patternProperties": {"^x-": {}},
            "additionalProperties": False,
        },
        {"allOf": [{"properties": {"a": {}}, "required": ["a"]}, CLOSED]},
        {"type": ["string", "null"], "enum": ["a", None]},
        {"type": "integer", "enum": [1, 2.0]},
        {"type": "number", "default": 1},
        {"allOf": [{"type": "number"}, {"type": "integer"}]},
        {"type": "string", "oneOf": [{"type": "object"}, {"maxLength": 3}]},
        {"type": "string", "anyOf": [{"type": "object"}, {"type": ["null", "string"]}]},
        {"type": ["string", "object"], "oneOf": [{"type": "object"}]},
    ],
    ids=str,
)
def test_what_some_value_fits_is_no_finding(schema):
    assert found(with_body(schema)) == []


def test_null_of_3_0_is_a_type_that_parts_have_in_common():
    parts = [{"type": name, "nullable": True} for name in ("string", "object")]
    document = with_body({"allOf": parts}, openapi="3.0.3")
    document["x-webhooks"] = document.pop("webhooks")
    assert found({**document, "paths": {}}) == []


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "string", "enum": ["a", 1]}, "/enum/1"),
        ({"type": "string", "default": 1}, "/default"),
        ({"type": "boolean", "default": "true"}, "/default"),
        ({"enum": ["a"], "default": "b"}, "/default"),
        ({"type": "string", "enum": ["a"], "default": 1}, "/default"),
    ],
)
def test_a_constant_of_another_type_is_a_finding(schema, pointer):
    assert found(with_body(schema)) == [("constant-type", SCHEMA + pointer)]


def test_an_enum_without_values_is_a_contradiction():
    schema = {"type": "object", "properties": {"a": {"enum": []}}}
    place = SCHEMA + "/properties/a"
    assert found(with_body(schema)) == [("contradiction", place)]


@pytest.mark.parametrize("default", ["a", None])
def test_a_default_of_null_or_one_that_is_listed_is_no_finding(default):
    schema = {"type": ["string", "null"], "enum": ["a", "b"], "default": default}
    assert found(with_body(schema)) == []


def test_a_nullable_enum_of_3_0_may_hold_null():
    schema = {"type": "string", "nullable": True, "enum": ["a", None], "default": None}
    document = with_body(schema, openapi="3.0.3")
    document["x-webhooks"] = document.pop("webhooks")
    assert found({**document, "paths": {}}) == []


@each_row(
    "schema",
    [
        False,
        {"not": {}},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"allOf": [{"const": 1}, {"const": 2}]},
    ],
    ids=str,
)
def test_a_body_that_nobody_can_send_is_a_finding(schema):
    """Fault 6.1."""
    assert ("no-body-fits", SCHEMA) in found(with_body(schema))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 3},
        {"type": "integer", "enum": ["a"]},
        {"type": "object", "required": ["a"], "additionalProperties": False},
    ],
)
def test_a_contradiction_says_alone_why_no_body_fits(schema):
    assert [code for code, _ in found(with_body(schema))] == ["contradiction"]


@pytest.mark.parametrize("other", [{}, {"type": "string"}, {"not": {"type": "null"}}])
def test_overlapping_alternatives_come_with_a_value_that_fits_both(other):
    """Fault 6.2."""
    listed = findings(with_body({"oneOf": [{"minLength": 2}, other]}))
    (overlap,) = (e for e in listed if e.code == "overlapping-alternatives")
    assert overlap.detail.endswith(
        "fits alternatives 0 and 1 of `oneOf`, so it is refused"
    )


def test_optional_members_let_alternatives_overlap():
    one = {"properties": {"a": {"type": "string"}}}
    two = {"properties": {"b": {"type": "integer"}}}
    alternatives = [{"type": "object", **each} for each in (one, two)]
    (overlap,) = findings(with_body({"oneOf": alternatives}))
    assert overlap.detail == "{} fits alternatives 0 and 1 of `oneOf`, so it is refused"


@each_row(
    "alternatives",
    [
        [{"type": "string"}, {"type": "integer"}],
        [
            {"required": ["kind"], "properties": {"kind": {"const": kind}}}
            for kind in ("a", "b")
        ],
        [
            {
                "allOf": [
                    {"required": ["kind"]},
                    {"properties": {"kind": {"enum": [kind]}}},
                ]
            }
            for kind in ("a", "b")
        ],
        [{"maximum": 1, "type": "integer"}, {"minimum": 2, "type": "integer"}],
    ],
)
def test_alternatives_that_exclude_each_other_are_no_finding(alternatives):
    assert found(with_body({"oneOf": alternatives})) == []


LARGE = {"type": "object", "required": ["b"], "properties": {"b": {}}}


@each_row(
    "beside",
    [
        {"type": "string"},
        {"required": ["k"], "properties": {"k": False}},
        {"allOf": [{"maxProperties": 0}]},
        {"$ref": "#/components/schemas/Text"},
        {"not": {"required": ["b"]}},
        {"if": True, "then": {"maxProperties": 0}},
        {"unevaluatedProperties": False, "maxProperties": 0},
    ],
)
def test_alternatives_that_overlap_only_where_nothing_is_valid_are_no_finding(beside):
    alternatives = [LARGE, {**LARGE, "properties": {"b": {}, "c": {}}}]
    text = {"components": {"schemas": {"Text": {"type": "string"}}}}
    document = with_body({"oneOf": alternatives, **beside}, **text)
    assert "overlapping-alternatives" not in codes(document)


@each_row(
    ("beside", "value"),
    [
        ({"required": ["k"]}, '{"k": {}, "b": {}}'),
        ({"properties": {"b": {"$ref": "#/components/schemas/Text"}}}, '{"b": "string"}'),
        ({"unevaluatedProperties": False}, '{"b": {}}'),
        ({"allOf": [{"required": ["c"]}]}, '{"c": {}, "b": {}}'),
        ({"discriminator": {"propertyName": "b"}, "x-note": [], "title": "T"}, '{"b": {}}'),
    ],
)  # fmt: skip
def test_the_value_that_fits_two_alternatives_is_valid_besides(beside, value):
    alternatives = [LARGE, {**LARGE, "properties": {"b": {}, "c": {}}}]
    text = {"components": {"schemas": {"Text": {"type": "string"}}}}
    listed = findings(with_body({"oneOf": alternatives, **beside}, **text))
    (overlap,) = (e for e in listed if e.code == "overlapping-alternatives")
    assert overlap.detail.partition(" fits ")[0] == value


def test_alternatives_are_compared_below_references_and_identifiers():
    schemas = {
        "A": {"$id": "https://e.test/a", "type": "object"},
        "B": {"$id": "https://e.test/b", "type": "object", "properties": {"x": {}}},
    }
    body = {"items": {"oneOf": [{"$ref": f"#/components/schemas/{n}"} for n in "AB"]}}
    document = with_body({"type": "array", **body}, components={"schemas": schemas})
    assert "overlapping-alternatives" in codes(document)


def parameter(name, place="query", **more):
    return {"name": name, "in": place, "schema": {"type": "string"}, **more}


@each_row(
    ("parameters", "expected"),
    [
        ([parameter("id"), parameter("id")], [("dup-parameter", "/1")]),
        (
            [parameter("X-Id", "header"), parameter("x-id", "header")],
            [("dup-parameter", "/1")],
        ),
        ([parameter("id"), parameter("ID")], []),
        ([parameter("id"), parameter("id", "header")], []),
        (
            [parameter("id", content={"a/b": {}})],
            [("parameter-conflict", "/0")],
        ),
        (
            [{"name": "id", "in": "query", "content": {"a/b": {}, "c/d": {}}}],
            [("parameter-conflict", "/0")],
        ),
        (
            [
                parameter("q"),
                {"name": "all", "in": "querystring", "content": {"a/b": {}}},
            ],
            [("parameter-conflict", "/1")],
        ),
        ([parameter("c", "cookie", explode=False)], [("cookie-explode", "/0/explode")]),
        ([parameter("c", "cookie", explode=True)], []),
    ],
    ids=str,
)
def test_parameters_that_contradict_themselves_are_findings(parameters, expected):
    """Fault 6.4."""
    where = "/webhooks/event/post/parameters"
    listed = found(with_webhook({"parameters": parameters}, openapi="3.2.0"))
    assert listed == [(code, where + pointer) for code, pointer in expected]


def animal(kind=None):
    named = {} if kind is None else {"const": kind}
    return {"type": "object", "required": ["kind"], "properties": {"kind": named}}


@each_row(
    ("alternatives", "mapping", "expected"),
    [
        ([animal("cat"), animal("dog")], None, []),
        ([animal("cat"), animal("dog")], {"cat": "Cat", "dog": "#/gone"}, []),
        (
            [{"$ref": "#/components/schemas/Cat"}, animal("dog")],
            {"cat": "Cat", "dog": "Dog"},
            [],
        ),
        (
            [{"$ref": "#/components/schemas/Cat"}, animal("cow")],
            {"cat": "Cat", "dog": "Dog"},
            ["/discriminator/mapping/dog"],
        ),
        (
            [{"$ref": "#/components/schemas/Cat"}, animal("cow")],
            {"cat": "Cat", "pig": "Pig"},
            ["/discriminator/mapping/pig"],
        ),
        ([{"$ref": "#/components/schemas/Cat"}, animal()], None, ["/anyOf/1"]),
    ],
)
def test_a_discriminator_must_lead_to_its_alternatives(alternatives, mapping, expected):
    schemas = {"Cat": animal("cat"), "Dog": animal("dog")}
    discriminator = {"propertyName": "kind"}
    if mapping is not None:
        discriminator["mapping"] = mapping
    schema = {"anyOf": alternatives, "discriminator": discriminator}
    listed = found(with_body(schema, components={"schemas": schemas}))
    assert listed == [("discriminator-target", SCHEMA + each) for each in expected]


def test_what_is_not_read_of_a_text_is_a_finding():
    """Fault 5.12."""
    schema = {"type": "string", "contentSchema": {"type": "object"}}
    assert found(with_body(schema)) == [("content-schema", SCHEMA)]


SIBLINGS = {"$ref": "#/components/callbacks/C", "x-note": 1, "description": "fine"}
CALLBACK = {"{$request.query.u}": {"post": {"responses": {"200": {"description": ""}}}}}


@pytest.mark.parametrize("target", ["C", "Missing"])
def test_what_is_beside_a_reference_to_a_callback_is_ignored(target):  # fault 6.5
    reference = {**SIBLINGS, "$ref": f"#/components/callbacks/{target}"}
    operation = {
        "parameters": [parameter("u")],
        "callbacks": {"c": reference},
        "responses": {},
    }
    document = {
        "paths": {"/a": {"post": operation}},
        "components": {"callbacks": {"C": CALLBACK}},
    }
    listed = findings(document)
    (siblings,) = (each for each in listed if "siblings" in each.code)
    assert (siblings.code, siblings.detail) == (
        "reference-siblings",
        "x-note beside the $ref of a callback is ignored",
    )


def of_parameter(**parameter):
    return with_webhook({"parameters": [{"name": "q", "in": "query", **parameter}]})


@each_row(
    ("document", "expected"),
    [
        (
            of_parameter(required=True, schema={"allOf": [{"const": 1}, {"const": 2}]}),
            ["no-body-fits"],
        ),
        (of_parameter(schema={"allOf": [{"const": 1}, {"const": 2}]}), []),
        (of_parameter(schema={"minimum": 2, "maximum": 1}), ["contradiction"]),
        (of_parameter(schema={"type": "string", "maxlenght": 1}), ["keyword-unknown"]),
        (
            of_parameter(content={"application/json": {"schema": {"requierd": []}}}),
            ["schema-without-keywords"],
        ),
        (
            of_parameter(schema={"$ref": "#/nowhere"}),
            ["ref-unresolvable"],
        ),
        (of_parameter(schema={"type": "integer"}, example="x"), []),
        (of_parameter(schema={"type": "integer"}, example=[]), ["example-invalid"]),
        (
            {
                "webhooks": {
                    "event": {
                        "parameters": [
                            {"name": "q", "in": "header", "schema": {"maxlenght": 1}}
                        ],
                        "post": OPERATION,
                    }
                }
            },
            ["schema-without-keywords"],
        ),
        (
            with_webhook(
                {
                    "requestBody": {
                        "content": {
                            "multipart/form-data": {
                                "schema": {"type": "object", "properties": {"a": {}}},
                                "encoding": {
                                    "a": {
                                        "headers": {
                                            "X-A": {"schema": {"type": "strin"}}
                                        }
                                    }
                                },
                            }
                        }
                    }
                }
            ),
            ["keyword-malformed"],
        ),
    ],
    ids=str,
)
def test_the_schemas_of_parameters_and_part_headers_are_looked_at(document, expected):
    codes = {each.code for each in findings(document)}
    assert sorted(codes) == expected


@each_row(
    ("name", "instead"),
    [
        ("requierd", "required"),
        ("onOf", "oneOf"),
        ("additionalProprties", "additionalProperties"),
        ("minimumLength", "minLength"),
        ("isRequired", "required"),
        ("tsAdditionalProperties", None),
        ("tsType", None),
        ("javaType", None),
        ("goEnum", None),
    ],
)
def test_a_keyword_of_a_tool_is_not_taken_for_a_misspelt_one(name, instead):
    (unknown,) = findings(with_body({"type": "object", name: False}))
    assert (unknown.code, unknown.instead) == ("keyword-unknown", instead)


def test_an_object_that_holds_a_schema_is_not_taken_for_one():
    header = {"description": "signed", "schema": {"type": "string"}}
    body = {"properties": {"a": {"$ref": "#/components/headers/Signed"}}}
    (found,) = findings(
        with_body(
            {"type": "object", **body}, components={"headers": {"Signed": header}}
        )
    )
    assert (found.code, found.detail) == (
        "keyword-unknown",
        (
            "`schema` is not a keyword of any dialect and is ignored; a Header, Parameter or "
            "Media Type Object is no schema, refer to its `schema`"
        ),
    )


@each_row(
    "schema",
    [
        {"type": "object", "def": {"type": "object", "shape": {}}},
        {"type": "object", "_def": {"typeName": "ZodObject"}},
        {"vendor": "zod"},
        {"~standard": {"vendor": "valibot", "version": 1}},
    ],
)
def test_fault_6_3_a_schema_of_a_library_that_was_not_converted_is_named(schema):
    (found,) = findings(with_body(schema))
    assert found.detail.endswith(
        "; it looks like an object of zod or the like, written without conversion"
    )
