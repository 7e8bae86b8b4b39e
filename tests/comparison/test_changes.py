"""Changes between two versions: what they are called, and payloads that show them."""

import json

import pytest
from cbmock import sources
from cbmock.comparison.changes import compare
from cbmock.mock.mock import Mock

from tests.support.rows import each_row

SCHEMA = {
    "type": "object",
    "required": ["id", "amount"],
    "properties": {
        "id": {"type": "string", "maxLength": 5},
        "amount": {"type": "integer", "minimum": 0},
        "status": {"enum": ["open", "paid"]},
        "item": {"type": "object", "properties": {"sku": {"type": "string"}}},
    },
}


def document(
    schema=SCHEMA, media_type="application/json", *, required=True, **operation
):
    content = {media_type: {"schema": schema}}
    post = {
        "requestBody": {"required": required, "content": content},
        "responses": {"204": {"description": "taken"}},
        **operation,
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"paid": {"post": post}},
    }


def mock(value):
    return Mock(sources.describe(value))


def changed(**properties):
    return {**SCHEMA, "properties": {**SCHEMA["properties"], **properties}}


def compared(old, new):
    return compare(mock(old), mock(new))


CONTENT = {
    "a new value of an enumeration": (
        changed(status={"enum": ["open", "paid", "void"]}),
        [("breaking", "body-widened-enum")],
    ),
    "a member may be missing": (
        {**SCHEMA, "required": ["id"]},
        [("breaking", "body-widened-required")],
    ),
    "another type": (
        changed(amount={"type": ["integer", "null"], "minimum": 0}),
        [("breaking", "body-widened-type")],
    ),
    "a longer text": (
        changed(id={"type": "string", "maxLength": 9}),
        [("breaking", "body-widened-maxLength")],
    ),
    "a lower bound": (
        changed(amount={"type": "integer", "minimum": -5}),
        [("breaking", "body-widened-minimum")],
    ),
    "a value less": (
        changed(status={"enum": ["open"]}),
        [("safe", "body-narrowed-enum")],
    ),
    "an inner type": (
        changed(item={"type": "object", "properties": {"sku": {"type": "integer"}}}),
        [("breaking", "body-widened-type"), ("safe", "body-narrowed-type")],
    ),
    "words only": ({**SCHEMA, "description": "changed"}, []),
}


@pytest.mark.parametrize("case", CONTENT)
def test_a_change_of_content_is_shown_by_a_payload(case):
    schema, expected = CONTENT[case]
    old, new = mock(document()), mock(document(schema))
    changes = compare(old, new)
    assert [(each.severity, each.kind) for each in changes] == expected
    for each in changes:
        takes, refuses = (new, old) if each.valid_in == "new" else (old, new)
        body = json.dumps(each.payload).encode()
        assert takes.check_body(body, None, takes.operations[0]) == ()
        assert refuses.check_body(body, None, refuses.operations[0]) != ()


def card(kind, name, type_="string"):
    return {
        "type": "object",
        "required": ["type", name],
        "properties": {"type": {"const": kind}, name: {"type": type_}},
    }


def inner(schema, **definitions):
    """Return a document whose body has a schema in an optional member."""
    body = {"type": "object", "properties": {"in": schema}}
    return {**document(body), "components": {"schemas": definitions}}


ITEMS = {"type": "array", "items": {"type": "string"}}
CARD, BANK = card("card", "last4"), card("bank", "iban")
CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "additionalProperties": False,
}
LEAF = {
    "type": "object",
    "properties": {
        "v": {"type": "integer"},
        "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
    },
}
TEXT = {**LEAF, "properties": {**LEAF["properties"], "v": {"type": "string"}}}
TREE = {"$ref": "#/components/schemas/Leaf"}
AT = {  # old, new, and what shows the change: the payload's member and the kind
    "more items": (
        inner({**ITEMS, "maxItems": 3}),
        inner({**ITEMS, "maxItems": 5}),
        [(["", "", "", ""], "body-widened-maxItems")],
    ),
    "items of another type": (
        inner(ITEMS),
        inner({**ITEMS, "items": {"type": ["string", "null"]}}),
        [([None], "body-widened-type")],
    ),
    "items that differ": (
        inner(ITEMS),
        inner({**ITEMS, "uniqueItems": True}),
        [(["string", "string"], "body-narrowed-uniqueItems")],
    ),
    "a multiple of something else": (
        inner({"type": "number", "multipleOf": 0.01}),
        inner({"type": "number"}),
        [(0.001, "body-widened-multipleOf")],
    ),
    "one alternative more": (
        inner({"oneOf": [CARD]}),
        inner({"oneOf": [CARD, BANK]}),
        [
            ({"type": "bank", "iban": ""}, "body-widened-required"),
            ({"type": "bank", "iban": ""}, "body-widened-const"),
        ],
    ),
    "one alternative less": (
        inner({"anyOf": [CARD, BANK]}),
        inner({"anyOf": [CARD]}),
        [
            ({"type": "bank", "iban": ""}, "body-narrowed-required"),
            ({"type": "bank", "iban": ""}, "body-narrowed-const"),
        ],
    ),
    "a member of a closed object": (
        inner(CLOSED),
        inner({**CLOSED, "properties": {**CLOSED["properties"], "b": {}}}),
        [({"b": {}}, "body-widened-additionalProperties")],
    ),
    "a member of what contains itself": (
        inner(TREE, Leaf=LEAF),
        inner(TREE, Leaf=TEXT),
        [
            ({"kids": [{"v": ""}]}, "body-widened-type"),
            ({"v": ""}, "body-widened-type"),
            ({"kids": [{"v": 0}]}, "body-narrowed-type"),
            ({"v": 0}, "body-narrowed-type"),
        ],
    ),
    "another place of the same schema": (inner(TREE, Leaf=ITEMS), inner(ITEMS), []),
    "words of what is referred to": (
        inner(TREE, Leaf=LEAF),
        inner(TREE, Leaf={**LEAF, "description": "more"}),
        [],
    ),
}


@each_row("case", AT)
def test_a_change_deep_inside_is_shown_by_a_payload(case):
    old, new, expected = AT[case]
    shown = [
        (each.payload["in"], each.kind)
        for each in compared(old, new)
        if not each.kind.startswith("member-")
    ]
    assert shown == expected


def test_a_multipart_body_is_judged_as_it_is_sent():
    old, new = (
        document({"properties": {"a": each}}, "multipart/form-data")
        for each in ({"type": "string"}, {"type": "string", "maxLength": 1})
    )
    (change,) = compared(old, new)
    assert (change.kind, change.payload) == (
        "body-narrowed-maxLength",
        {"a": "string"},
    )


def test_the_payload_is_the_smallest_that_shows_it():
    schema, _ = CONTENT["a new value of an enumeration"]
    (change,) = compared(document(), document(schema))
    assert change.payload == {"id": "", "amount": 0, "status": "void"}


def test_nothing_changed_is_no_change():
    assert compared(document(), document()) == ()


HEADER = {
    "name": "X-Id",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
}
OPTIONAL = {**HEADER, "required": False}
SIGNED = {"x-webhook-signature": "github"}
OUTSIDE = {
    "a new required header": (
        {},
        {"parameters": [HEADER]},
        ("risky", "parameter-added"),
    ),
    "a new header": ({}, {"parameters": [OPTIONAL]}, ("safe", "parameter-added")),
    "a header gone": ({"parameters": [HEADER]}, {}, ("breaking", "parameter-removed")),
    "a header that may be left out": (
        {"parameters": [HEADER]},
        {"parameters": [OPTIONAL]},
        ("breaking", "parameter-optional"),
    ),
    "a header that is always there": (
        {"parameters": [OPTIONAL]},
        {"parameters": [HEADER]},
        ("safe", "parameter-required"),
    ),
    "a header of another schema": (
        {"parameters": [HEADER]},
        {"parameters": [{**HEADER, "schema": {"type": "integer"}}]},
        ("safe", "parameter-narrowed"),
    ),
    "a header of more values": (
        {"parameters": [{**HEADER, "schema": {"enum": ["x"]}}]},
        {"parameters": [{**HEADER, "schema": {"enum": ["x", "y"]}}]},
        ("breaking", "parameter-widened"),
    ),
    "a header of which no value shows the change": (
        {"parameters": [HEADER]},
        {"parameters": [{**HEADER, "schema": {"pattern": "^(?!zzzzz$)"}}]},
        ("risky", "parameter-schema"),
    ),
    "another signature": ({}, SIGNED, ("breaking", "signature-changed")),
    "a body that may be left out": (
        {},
        {"required": False},
        ("breaking", "body-optional"),
    ),
    "a body that is always sent": (
        {"required": False},
        {},
        ("safe", "body-required"),
    ),
    "a response more": (
        {},
        {"responses": {"204": {"description": "taken"}, "202": {"description": ""}}},
        ("safe", "response-added"),
    ),
    "a response less": (
        {"responses": {"204": {"description": "taken"}, "202": {"description": ""}}},
        {},
        ("breaking", "response-narrowed"),
    ),
    "a range of responses less": (
        {"responses": {"204": {"description": "taken"}, "4xx": {"description": ""}}},
        {},
        ("risky", "response-removed"),
    ),
    "another operationId": (
        {"operationId": "a"},
        {"operationId": "b"},
        ("risky", "operation-id-changed"),
    ),
    "an operation that may end": (
        {},
        {"deprecated": True},
        ("risky", "operation-deprecated"),
    ),
}


@each_row("case", OUTSIDE)
def test_a_change_outside_the_content_has_its_kind(case):
    old, new, expected = OUTSIDE[case]
    (change,) = compared(document(**old), document(**new))
    assert (change.severity, change.kind) == expected


def answering(schema):
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "taken", "content": content}}}


def test_each_way_in_which_an_answer_is_not_documented_any_more_is_shown():
    old = {"properties": {"ok": {}, "note": {"enum": ["a", "b"]}}, "required": ["note"]}
    new = {**old, "properties": {**old["properties"], "note": {"enum": ["a"]}}}
    (change,) = compared(document(**answering(old)), document(**answering(new)))
    assert (change.severity, change.kind, change.payload["note"], change.valid_in) == (
        "breaking",
        "response-narrowed",
        "b",
        "old",
    )


def test_a_member_that_comes_is_shown_and_so_is_what_its_schema_excludes():
    (narrowed, added) = compared(document(), document(changed(note={"type": "string"})))
    assert (narrowed.kind, narrowed.payload["note"], narrowed.valid_in) == (
        "body-narrowed-type",
        None,
        "old",
    )
    assert (added.severity, added.kind, added.detail, added.payload["note"]) == (
        "safe",
        "member-added",
        "body #/note may be sent",
        "string",
    )


def test_a_member_that_is_gone_is_risky_where_no_payload_shows_it():
    changes = compared(document(changed(note={})), document())
    assert [(each.severity, each.kind, each.detail) for each in changes] == [
        ("risky", "member-removed", "body #/note is not documented any more")
    ]
    assert "note" in changes[0].payload


def test_members_that_are_gone_are_shown_by_one_body_made_once():
    changes = compared(document(changed(note={}, memo={}, hint={})), document())
    assert [each.kind for each in changes] == ["member-removed"] * 3
    assert {"note", "memo", "hint"} <= changes[0].payload.keys()
    assert all(each.payload is changes[0].payload for each in changes)


def test_an_inner_member_is_told_once():
    inner = changed(
        item={"type": "object", "properties": {"sku": {"type": "string"}, "a": {}}},
        new={"properties": {"deep": {"properties": {"deeper": {}}}}},
    )
    added = [
        each.detail
        for each in compared(document(), document(inner))
        if each.kind == "member-added"
    ]
    assert added == ["body #/new may be sent", "body #/item/a may be sent"]


@pytest.mark.parametrize(
    ("media_type", "severity"),
    [("multipart/form-data", "risky"), ("application/json", "safe")],
)
def test_a_part_that_is_written_in_another_way_is_a_change(media_type, severity):
    new = document(media_type=media_type)
    content = new["webhooks"]["paid"]["post"]["requestBody"]["content"][media_type]
    content["encoding"] = {"id": {"contentType": "application/xml"}}
    changes = compared(document(media_type=media_type), new)
    assert (changes[-1].severity, changes[-1].kind) == (severity, "encoding-changed")


def test_each_key_of_a_callback_is_compared_with_itself():
    def calling(**keys):
        callbacks = {
            "paid": {
                f"{{$request.body#/{name}}}": document(schema)["webhooks"]["paid"]
                for name, schema in keys.items()
            }
        }
        paths = {"/a": {"post": {"callbacks": callbacks, "responses": {}}}}
        return {**document(), "webhooks": {}, "paths": paths}

    changes = compared(
        calling(first=SCHEMA, second=SCHEMA),
        calling(first={**SCHEMA, "required": ["id"]}, second=SCHEMA, third=SCHEMA),
    )
    assert [(each.kind, each.operation.expression) for each in changes] == [
        ("body-widened-required", "{$request.body#/first}"),
        ("operation-added", "{$request.body#/third}"),
    ]


SMALLEST = {"id": "", "amount": 0}


def told(old, new):
    return [
        (each.severity, each.kind, each.payload, each.valid_in)
        for each in compared(old, new)
    ]


def test_media_types_come_and_go_with_a_delivery_of_each():
    assert told(document(), document(media_type="application/xml")) == [
        ("breaking", "media-type-added", {"id": "strin", "amount": 0}, "new"),
        ("safe", "media-type-removed", {"id": "strin", "amount": 0}, "old"),
    ]


def test_a_media_type_that_was_taken_before_breaks_nothing():
    old, new = document(media_type="*/*"), document(media_type="application/json")
    assert [(each[1], each[0], each[3]) for each in told(old, new)] == [
        ("media-type-added", "safe", None),
        ("media-type-removed", "safe", None),
    ]


def in_two(form):
    value = document()
    content = value["webhooks"]["paid"]["post"]["requestBody"]["content"]
    content["application/x-www-form-urlencoded"] = {"schema": form}
    return value


def test_a_change_of_one_of_several_media_types_is_shown():
    stricter = {**SCHEMA, "required": ["id", "amount", "status"]}
    assert told(in_two(stricter), in_two(SCHEMA)) == [
        ("breaking", "body-widened-required", SMALLEST, "new")
    ]


def test_a_change_of_several_media_types_is_told_once():
    def referring(schema):
        value = in_two({"$ref": "#/components/schemas/S"})
        content = value["webhooks"]["paid"]["post"]["requestBody"]["content"]
        content["application/json"] = {"schema": {"$ref": "#/components/schemas/S"}}
        return {**value, "components": {"schemas": {"S": schema}}}

    stricter = {**SCHEMA, "required": ["id", "amount", "status"]}
    assert [each[1] for each in told(referring(stricter), referring(SCHEMA))] == [
        "body-widened-required"
    ]


def test_bodies_come_and_go():
    without = document()
    del without["webhooks"]["paid"]["post"]["requestBody"]
    shown = {"id": "strin", "amount": 0}
    assert told(without, document()) == [("risky", "body-added", shown, None)]
    assert told(document(), without) == [("breaking", "body-removed", shown, None)]


def test_operations_come_and_go_with_a_delivery_of_each():
    other = document()
    other["webhooks"] = {"refunded": other["webhooks"]["paid"]}
    shown = {"id": "strin", "amount": 0}
    assert told(document(), other) == [
        ("breaking", "operation-removed", shown, "old"),
        ("safe", "operation-added", shown, "new"),
    ]


def test_what_validators_do_not_see_of_a_schema_is_not_decided():
    def named(name):
        return document({**SCHEMA, "xml": {"name": name}}, media_type="application/xml")

    (change,) = compared(named("a"), named("b"))
    assert (change.severity, change.kind, change.detail) == (
        "risky",
        "undecided",
        (
            "the schemas of application/xml differ at schema/xml; "
            "no payload that shows it was found"
        ),
    )


def test_a_callback_that_nothing_refers_to_is_told_as_safe():
    operation = document()["webhooks"]["paid"]
    spare = {"components": {"callbacks": {"spare": {"{$url}": operation}}}}
    (change,) = compared({**document(), **spare}, document())
    assert (change.severity, change.kind) == ("safe", "unreferenced-changed")


@each_row(
    ("old", "new", "places"),
    [
        ({"summary": "a"}, {"summary": "b"}, "summary"),
        ({"tags": ["a"]}, {"tags": []}, "tags"),
        ({"deprecated": True}, {}, "deprecated"),
        ({"x-note": 1}, {"x-note": 2}, "x-note"),
        (
            {"responses": {"204": {"description": "taken", "links": {"a": {}}}}},
            {},
            "responses/204/links",
        ),
        (
            {"parameters": [{**HEADER, "description": "a"}]},
            {"parameters": [{**HEADER, "description": "b"}]},
            "parameters/header X-Id/description",
        ),
    ],
)
def test_what_only_the_documentation_says_is_one_safe_change(old, new, places):
    (change,) = compared(document(**old), document(**new))
    assert (change.severity, change.kind, change.detail) == (
        "safe",
        "documentation-changed",
        f"only the documentation differs at {places}",
    )


def test_a_key_that_changes_is_breaking():
    def calling(key):
        operation = document()["webhooks"]["paid"]
        callbacks = {"paid": {key: operation}}
        return {
            **document(),
            "webhooks": {},
            "paths": {"/a": {"post": {"callbacks": callbacks, "responses": {}}}},
        }

    (change,) = compared(
        calling("{$request.body#/url}/a"), calling("{$request.body#/url}/b")
    )
    assert (change.severity, change.kind, change.detail) == (
        "breaking",
        "key-changed",
        "its URL was {$request.body#/url}/a, it becomes {$request.body#/url}/b",
    )


def test_credentials_that_change_are_told():
    scheme = {"type": "apiKey", "in": "header", "name": "X-Key"}
    keyed = {
        **document(security=[{"key": []}]),
        "components": {"securitySchemes": {"key": scheme}},
    }
    (change,) = compared(document(), keyed)
    assert (change.severity, change.kind, change.detail) == (
        "risky",
        "security-changed",
        "credentials were none, they become key",
    )
    assert compared(keyed, document())[0].severity == "breaking"


@each_row(
    ("old", "new", "severity"),
    [
        (["a"], ["b"], "breaking"),
        (["a"], ["a", "b"], "breaking"),
        (["a", "b"], ["a"], "safe"),
        (["a"], ["ab"], "risky"),
        (["ab"], ["a"], "breaking"),
    ],
)
def test_credentials_are_breaking_where_a_delivery_may_lack_what_was_asked_for(
    old, new, severity
):
    schemes = {each: {"type": "http", "scheme": each} for each in "ab"}
    one, other = (
        {
            **document(security=[{key: [] for key in each} for each in alternatives]),
            "components": {"securitySchemes": schemes},
        }
        for alternatives in (old, new)
    )
    (change,) = compared(one, other)
    assert (change.kind, change.severity) == ("security-changed", severity)


def test_a_callback_whose_parent_moves_is_still_sent():
    def calling(path, **more):
        callbacks = {
            "paid": {"{$request.body#/url}": document(**more)["webhooks"]["paid"]}
        }
        parent = {"post": {"callbacks": callbacks, "responses": {}}}
        return {**document(), "webhooks": {}, "paths": {path: parent}}

    assert compared(calling("/a"), calling("/b")) == ()
    (change,) = compared(calling("/a"), calling("/b", required=False))
    assert change.kind == "body-optional"


def test_what_cannot_be_read_is_not_decided():
    broken = document()
    broken["webhooks"]["paid"]["post"]["requestBody"] = {
        "$ref": "#/components/requestBodies/no"
    }
    (change,) = compared(document(), broken)
    assert (change.severity, change.kind) == ("risky", "undecided")


def test_schemas_that_differ_without_a_payload_that_shows_it_are_not_decided():
    odd = changed(id={"type": "string", "maxLength": 5, "pattern": "^(?!zzzzz$)"})
    (change,) = compared(document(), document(odd))
    assert (change.severity, change.kind) == ("risky", "undecided")


def test_places_have_lines_where_documents_have(tmp_path):
    file = tmp_path / "old.json"
    file.write_text(json.dumps(document(), indent=1), "utf-8")
    other = tmp_path / "new.json"
    other.write_text(
        json.dumps(document({**SCHEMA, "required": ["id"]}), indent=1), "utf-8"
    )
    (change,) = compare(Mock(sources.describe(file)), Mock(sources.describe(other)))
    assert change.record()["old"]["line"] > 1
    assert change.record()["old"]["pointer"].startswith("old.json#/webhooks/paid")


@each_row(
    ("header", "kinds"),
    [
        ({"schema": {"type": "string"}}, []),
        ({"schema": {"type": "string"}, "description": "which part"}, []),
        ({"schema": {"type": "integer"}}, ["encoding-changed"]),
        ({"schema": {"type": "string"}, "required": True}, ["encoding-changed"]),
    ],
)
def test_the_headers_of_a_part_are_compared_by_what_they_say(header, kinds):
    def with_header(stated):
        found = document(media_type="multipart/related")
        content = found["webhooks"]["paid"]["post"]["requestBody"]["content"]
        content["multipart/related"]["encoding"] = {
            "id": {"headers": {"Content-Id": stated}}
        }
        return found

    old = with_header({"schema": {"type": "string"}})
    found = [each.kind for each in compared(old, with_header(header))]
    assert [each for each in found if each.startswith("encoding")] == kinds
