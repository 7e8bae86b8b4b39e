import pytest
from cbmock.mock.mock import Mock

from tests.support.mocks import (
    ACCEPTED,
    callbacks,
    calling,
    described,
    outcome,
    posted,
    sent,
    taking,
    webhooks,
)
from tests.support.rows import each_row

BASE = "{$request.body#/url}"


def operations(**named):
    """Return the mock of callbacks with one key and these operations."""
    return Mock(
        described(
            paths=calling({name: {BASE: {"post": op}} for name, op in named.items()})
        )
    )


def typed(**named):
    """Return the mock of webhooks whose bodies have these schemas."""
    return Mock(
        described(
            webhooks={name: {"post": taking(each)} for name, each in named.items()}
        )
    )


def decision(call):
    """Return what was chosen, by what, and what was just as good."""
    others = [each.name for each in call.candidates]
    return call.operation.name, call.decided_by, others


def parameter(name, where="header", **fields):
    return {"name": name, "in": where, **fields}


WITH_A = {"type": "object", "required": ["a"]}
WITH_B = {"type": "object", "required": ["b"]}


@each_row(
    ("body", "expected"),
    [
        ({"a": 1}, ("first", "schema", [])),
        ({"b": 1}, ("second", "schema", [])),
        ({"a": 1, "b": 1}, ("first", "url", ["second"])),
        ({}, ("first", "url", ["second"])),
    ],
)
def test_the_body_decides_between_two_names_with_one_key(body, expected):
    mock = operations(first=taking(WITH_A), second=taking(WITH_B))
    assert decision(sent(mock, "POST", "/", body)) == expected


def test_a_call_that_fits_two_operations_is_ambiguous_and_valid():
    mock = operations(first=taking(WITH_A), second=taking(WITH_B))
    call = sent(mock, "POST", "/", {"a": 1, "b": 1})
    assert (call.outcome, call.valid) == ("ambiguous", True)
    assert [call.is_for(each) for each in mock.operations] == [True, True]


def test_fewer_errors_are_better():
    mock = operations(
        first=taking({"type": "object", "required": ["a", "b"]}), second=taking(WITH_B)
    )
    assert decision(sent(mock, "POST", "/", {})) == ("second", "schema", [])


@each_row(
    ("body", "expected"),
    [
        ({"a": 1}, ("whole", "schema", [])),
        ({}, ("whole", "schema", [])),
        ([{"a": 1}], ("batch", "schema", [])),
        ("", ("word", "schema", [])),
        (5, ("batch", "schema", ["whole"])),
    ],
)
def test_a_body_is_for_an_operation_with_bodies_of_its_type(body, expected):
    whole = {"type": "object", "required": ["a", "b"]}
    word = {"anyOf": [{"type": "string", "enum": ["up"]}, {"const": "down"}]}
    mock = operations(
        word=taking({**word, "type": "string"}),
        batch=taking({"type": "array", "items": whole}),
        whole=taking(whole),
    )
    assert decision(sent(mock, "POST", "/", body)) == expected


def test_one_operation_at_two_places_is_not_ambiguous():
    paths = calling({"cb": {"$ref": "#/components/callbacks/C"}})
    paths["/other"] = paths["/streams"]
    mock = Mock(described(paths=paths, components={"callbacks": {"C": posted(BASE)}}))
    assert outcome(sent(mock, "POST", "/")) == ("matched", "cb", [])


@each_row(
    ("headers", "body", "expected"),
    [
        ({"ce-type": "pet.added"}, None, "petAdded"),
        ({"X-Event-Type": "pet_removed"}, None, "petRemoved"),
        ({"X-Event-Key": "petAdded"}, None, "petAdded"),
        ({"X-Shopify-Topic": "pet/removed"}, None, "petRemoved"),
        ({"X-GitHub-Event": "pet"}, {"action": "removed"}, "petRemoved"),
        ({"X-GitHub-Event": "pet_removed"}, {"action": "x"}, "petRemoved"),
        ({"X-GitHub-Event": "petRemoved"}, {"action": 7}, "petRemoved"),
        ({"ce-type": "com.example.pet.removed"}, None, "petRemoved"),
        ({"ce-type": "com.example.ordered"}, None, "petOrdered"),
        ({}, {"type": "pet.removed"}, "petRemoved"),
        ({}, {"event": "PET-REMOVED"}, "petRemoved"),
        ({}, {"event_type": "removed"}, "petRemoved"),
        ({}, {"eventType": "v1.PetRemoved"}, "petRemoved"),
        ({}, {"topic": "pet removed"}, "petRemoved"),
        ({}, {"name": "petRemoved"}, "petRemoved"),
        ({}, {"name": "Rex", "type": "petRemoved"}, "petRemoved"),
        ({"ce-type": "petAdded"}, {"type": "petRemoved"}, "petAdded"),
    ],
)
def test_a_request_says_its_event(headers, body, expected):
    mock = webhooks("petRemoved", "petAdded", "petOrdered")
    mock = Mock(
        described(
            webhooks={
                each.name: {
                    "post": ACCEPTED
                    | ({"operationId": "ordered"} if "Ordered" in each.name else {})
                }
                for each in mock.operations
            }
        )
    )
    call = sent(mock, "POST", "/webhooks", body, headers)
    name, decided_by, others = decision(call)
    assert (name, decided_by, others) == (expected, "event hint", [])


def test_adyens_type_names_the_webhook():
    name = "balancePlatform.transfer.created"
    mock = webhooks("balancePlatform.transfer.updated", "transfer", name)
    call = sent(mock, "POST", "/webhooks", {"type": name})
    assert decision(call) == (name, "event hint", [])


def test_adyens_event_stands_inside_an_envelope():
    item = {"NotificationRequestItem": {"eventCode": "PET_REMOVED", "reason": "x"}}
    body = {"live": "false", "notificationItems": [item]}
    call = sent(webhooks("/PET_ADDED", "/PET_REMOVED"), "POST", "/webhooks", body)
    assert decision(call) == ("/PET_REMOVED", "event hint", [])


def test_a_query_names_the_event():
    call = sent(webhooks("a", "b"), "POST", "/webhooks?event=b&x=a")
    assert decision(call) == ("b", "event hint", [])


def test_a_constant_parameter_weighs_more_than_an_events_name():
    constant = parameter("X-K", schema={"const": "b"}, required=True)
    mock = operations(first=ACCEPTED, second=ACCEPTED | {"parameters": [constant]})
    call = sent(mock, "POST", "/", {"type": "first"}, {"X-K": "b"})
    assert decision(call) == ("second", "constant parameters", [])


def test_an_events_name_weighs_more_than_the_body():
    mock = typed(first=WITH_A, second=WITH_B)
    call = sent(mock, "POST", "/webhooks", {"type": "first", "b": 1})
    assert decision(call) == ("first", "event hint", [])


@each_row(
    ("body", "headers"),
    [
        (None, {}),
        (None, {"ce-type": ""}),
        (None, {"ce-type": "..."}),
        ({"type": "data"}, {}),
        ({"type": "ted"}, {}),
        ({"type": 7, "name": None}, {}),
        ([{"type": "a"}], {}),
        (b"{", {}),
        (b"\xff", {}),
    ],
)
def test_no_hint_leaves_all(body, headers):
    call = sent(webhooks("a", "petUpdated"), "POST", "/webhooks", body, headers)
    assert decision(call) == ("a", "url", ["petUpdated"])


def test_a_hint_that_names_several_leaves_them_to_the_schema():
    mock = typed(**{"v1.pet": WITH_A, "v2.pet": WITH_B, "order": True})
    assert decision(sent(mock, "POST", "/webhooks", {"type": "pet", "b": 1})) == (
        "v2.pet",
        "schema",
        [],
    )


def test_the_longest_ending_names_the_event():
    mock = webhooks("created", "transferCreated")
    call = sent(mock, "POST", "/webhooks", {"type": "platform.transfer.created"})
    assert decision(call) == ("transferCreated", "event hint", [])


@each_row(
    "schema",
    [
        {"const": "b"},
        {"enum": ["b"]},
        {"$ref": "#/components/schemas/B"},
    ],
)
@each_row(("where", "target"), [("header", "/"), ("query", "/?X-K=b")])
def test_a_parameter_with_one_value_decides(schema, where, target):
    mock = Mock(
        described(
            paths=calling(
                {
                    "first": posted(
                        BASE,
                        parameters=[parameter("X-K", where, schema={"const": "a"})],
                    ),
                    "second": posted(
                        BASE, parameters=[parameter("X-K", where, schema=schema)]
                    ),
                }
            ),
            components={"schemas": {"B": {"const": "b"}}},
        )
    )
    call = sent(mock, "POST", target, None, {"x-k": "b"})
    assert decision(call) == ("second", "constant parameters", [])


def test_the_only_example_of_a_parameter_decides():
    mock = operations(
        first=ACCEPTED | {"parameters": [parameter("K", example="a")]},
        second=ACCEPTED | {"parameters": [parameter("K", example="b")]},
    )
    call = sent(mock, "POST", "/", None, {"K": "b"})
    assert decision(call) == ("second", "constant parameters", [])


def test_an_operation_that_cannot_be_read_is_no_candidate():
    broken = parameter("K", schema={"$ref": "#/nowhere"})
    mock = operations(
        first=ACCEPTED | {"parameters": [broken]},
        second=ACCEPTED | {"parameters": [parameter("K", schema=True)]},
    )
    call = sent(mock, "POST", "/", None, {"K": "b"})
    assert decision(call) == ("second", "url", [])


def test_the_call_says_between_whom_it_was_decided():
    mock = operations(
        first=ACCEPTED,
        second=ACCEPTED | {"parameters": [parameter("X-Id", required=True)]},
    )
    call = sent(mock, "POST", "/", None, {"x-id": "1"})
    assert [each.name for each in call.decided_between] == ["first", "second"]
    named = [each["name"] for each in call.record()["decided_between"]]
    assert named == ["first", "second"]


def test_required_parameters_that_are_there_decide():
    mock = operations(
        first=ACCEPTED,
        second=ACCEPTED | {"parameters": [parameter("X-Id", required=True)]},
    )
    assert decision(sent(mock, "POST", "/", None, {"x-id": "1"})) == (
        "second",
        "required parameters",
        [],
    )


def test_a_parameter_with_several_values_decides_by_its_validity_alone():
    several = parameter("K", schema={"enum": ["a", "c"]})
    mock = operations(
        first=ACCEPTED | {"parameters": [several]},
        second=ACCEPTED | {"parameters": [parameter("K", schema={"enum": ["a", "b"]})]},
    )
    call = sent(mock, "POST", "/", None, {"K": "b"})
    assert decision(call) == ("second", "schema", [])


@pytest.mark.parametrize("keyword", [{"const": "b"}, {"enum": ["b"]}])
def test_constant_properties_decide_before_other_errors(keyword):
    first = {"properties": {"kind": {"const": "a"}}, "type": "object"}
    second = {"properties": {"kind": keyword}, "required": ["x", "y"], "type": "object"}
    mock = operations(first=taking(first), second=taking(second))
    assert decision(sent(mock, "POST", "/", {"kind": "b"})) == (
        "second",
        "constant properties",
        [],
    )


def test_the_closest_media_type_decides():
    mock = operations(
        first={"requestBody": {"content": {"*/*": {}}}},
        second={"requestBody": {"content": {"application/*": {}}}},
        third={},
    )
    assert decision(sent(mock, "POST", "/", {})) == ("second", "media type", [])


def test_of_one_candidate_nothing_is_to_be_decided():
    assert decision(sent(callbacks(BASE), "POST", "/")) == ("cb1", "url", [])


# --- many operations at one URL ---------------------------------------------------------


def test_of_very_many_the_valid_one_is_found():
    schemas = {
        f"e{n}": {"properties": {"n": {"maximum": n, "minimum": n}}} for n in range(60)
    }
    call = sent(typed(**schemas), "POST", "/webhooks", {"n": 43})
    assert decision(call) == ("e43", "schema", [])


def test_of_very_many_that_a_body_breaks_the_likest_is_told():
    schemas = {
        f"e{n}": {
            "type": "object",
            "required": [f"a{n}", f"b{n}"],
            "properties": {f"a{n}": {"type": "integer"}, f"b{n}": True},
            "additionalProperties": False,
        }
        for n in range(60)
    }
    mock = typed(**schemas)
    call = sent(mock, "POST", "/webhooks", {"a43": "no", "b43": 1, "other": 2})
    assert decision(call) == ("e43", "schema", [])


def test_of_very_many_that_a_text_breaks_a_few_are_named():
    mock = typed(**{f"e{n}": {"type": "object"} for n in range(60)})
    call = sent(mock, "POST", "/webhooks", "text")
    assert (call.outcome, call.operation.name) == ("ambiguous", "e0")
    assert len(call.candidates) == 19


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"$ref": "#/components/schemas/S"}, {"kind": "b"}),
        ({"allOf": [{"$ref": "#/components/schemas/S"}]}, {"kind": "b", "x": 1}),
    ],
)
def test_a_constant_is_found_behind_references(schema, body):
    member = {"allOf": [{"$ref": "#/components/schemas/B"}, {"type": "string"}]}
    described_as = {
        "first": {"properties": {"kind": {"const": "a"}}},
        "second": schema,
    }
    mock = Mock(
        described(
            webhooks={
                name: {"post": taking(each)} for name, each in described_as.items()
            },
            components={
                "schemas": {
                    "B": {"enum": ["b"]},
                    "S": {"properties": {"kind": member}, "required": "x", "allOf": []},
                }
            },
        )
    )
    call = sent(mock, "POST", "/webhooks", body)
    assert decision(call) == ("second", "constant properties", [])


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_a_constant_in_the_branches_of_a_root_rules_an_operation_out(keyword):
    """Fault 2.6."""
    names = [f"p{index}" for index in range(8)]
    data = {"properties": {name: {"type": "string"} for name in names}}
    first = {"properties": {"type": {"const": "a"}, "data": data}}
    second = {keyword: [{"properties": {"type": {"const": "b"}}, "required": ["type"]}]}
    mock = operations(first=taking(first), second=taking(second))
    body = {"type": "a", "data": dict.fromkeys(names, 0)}
    assert sent(mock, "POST", "/", body).operation.name == "first"


def test_a_schema_that_leads_nowhere_rules_nothing_out():
    schemas = {"first": {"properties": {"kind": {"const": "a"}}}, "second": True}
    mock = typed(**schemas)
    broken = mock.operations[1].node.value["requestBody"]["content"]["application/json"]
    broken["schema"] = {"allOf": [{"$ref": "#/nowhere"}]}
    call = sent(mock, "POST", "/webhooks", {"kind": "b"})
    assert call.operation.name == "second"


def test_a_form_is_told_apart_by_its_errors():
    def form(name):
        schema = {"type": "object", "required": [name]}
        content = {"application/x-www-form-urlencoded": {"schema": schema}}
        return {**ACCEPTED, "requestBody": {"content": content}}

    mock = operations(first=form("a"), second=form("b"))
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert decision(sent(mock, "POST", "/", b"b=1", headers)) == (
        "second",
        "schema",
        [],
    )


def test_a_required_body_that_is_absent_rules_an_operation_out():
    mock = operations(first=taking({}), second=ACCEPTED)
    assert decision(sent(mock, "POST", "/")) == ("second", "schema", [])


def test_a_media_type_that_is_not_documented_rules_an_operation_out():
    mock = operations(
        first={"requestBody": {"content": {"text/plain": {}}}},
        second={"requestBody": {"content": {}}},
    )
    assert decision(sent(mock, "POST", "/", {})) == ("second", "schema", [])
