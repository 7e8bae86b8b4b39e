"""Events that no operation documents, at a URL that several share."""

import json

import pytest
from cbmock.mock.mock import Mock

from tests.support.mocks import ACCEPTED, calling, described, sent, taking
from tests.support.rows import each_row


def obj(*required, **properties):
    return {"type": "object", "required": list(required), "properties": properties}


def header(name, schema=None, **more):
    stated = {} if schema is None else {"schema": schema}
    return {"name": name, "in": "header", "required": True, **stated, **more}


def mock_of(**operations):
    return Mock(
        described(webhooks={name: {"post": each} for name, each in operations.items()})
    )


def by_header(*schemas, **parameter):
    names = ("order", "refund")
    return mock_of(
        **{
            name: taking(obj(name), parameters=[header("X-Event", schema, **parameter)])
            for name, schema in zip(names, schemas, strict=True)
        }
    )


def by_member(order, refund, **components):
    bodies = {"order": order, "refund": refund}
    return Mock(
        described(
            webhooks={name: {"post": taking(each)} for name, each in bodies.items()},
            components={"schemas": components},
        )
    )


def told(mock, body, headers=None, target="/webhooks"):
    """Return what became of a call: its operation, and what its first violation says."""
    call = sent(mock, "POST", target, body, headers)
    name = None if call.operation is None else call.operation.name
    return name, [each.code for each in call.violations], call


def assert_undocumented(mock, body, event, headers=None):
    name, codes, call = told(mock, body, headers)
    assert (name, codes, call.outcome, call.valid, call.status) == (
        None,
        ["undocumented-event"],
        "unmatched",
        False,
        404,
    )
    assert call.violations[0].detail == (
        f"no webhook is documented for {event}; nearest: order, refund"
    )
    assert [each.name for each in call.candidates] == ["order", "refund"]
    problem = json.loads(call.response.body)
    assert problem["type"] == "/_cbmock/problems/undocumented-event"
    assert [each["name"] for each in problem["nearest"]] == ["order", "refund"]


@each_row(
    "mock",
    [
        pytest.param(
            by_header({"const": "order"}, {"const": "refund"}), id="fault 2.5"
        ),
        pytest.param(by_header({"enum": ["order"]}, {"enum": ["refund"]}), id="enum"),
        pytest.param(
            by_header({"enum": ["order", "both"]}, {"enum": ["refund", "both"]}),
            id="enumerations of several",
        ),
        pytest.param(
            by_header(
                {"oneOf": [{"const": "order"}, {"const": "orders"}]},
                {"anyOf": [{"const": "refund"}, {"enum": ["refunds"]}]},
            ),
            id="branches",
        ),
        pytest.param(
            by_header(
                {"allOf": [{"type": "string"}, {"const": "order"}]}, {"const": "refund"}
            ),
            id="allOf",
        ),
        pytest.param(
            Mock(
                described(
                    webhooks={
                        name: {
                            "post": taking(
                                obj(name),
                                parameters=[
                                    header("X-Event", {"type": "string"}, example=name)
                                ],
                            )
                        }
                        for name in ("order", "refund")
                    }
                )
            ),
            id="examples",
        ),
    ],
)
def test_a_header_that_no_webhook_has_names_the_event(mock):
    assert_undocumented(
        mock, {"ticket": 1}, "'ticket' (header X-Event)", {"x-event": "ticket"}
    )
    assert told(mock, {"order": 1}, {"x-event": "order"})[:2] == ("order", [])
    assert told(mock, {}, {"x-event": "order"})[:2] == ("order", ["required"])


TYPED = obj("type", "a", type={"const": "order"})
OTHER = obj("type", "b", type={"const": "refund"})


@each_row(
    ("order", "refund"),
    [
        pytest.param(TYPED, OTHER, id="constants"),
        pytest.param(
            obj("a", type={"enum": ["order", "orders"]}),
            obj("b", type={"enum": ["refund"]}),
            id="enumerations",
        ),
        pytest.param(
            {"oneOf": [TYPED, {**TYPED, "minProperties": 2}]}, OTHER, id="oneOf"
        ),
        pytest.param({"anyOf": [TYPED, TYPED]}, {"allOf": [OTHER]}, id="anyOf, allOf"),
        pytest.param(
            {"$ref": "#/components/schemas/Order"},
            {"allOf": [{"$ref": "#/components/schemas/Refund"}]},
            id="references",
        ),
        pytest.param(
            {"oneOf": [{"$ref": "#/components/schemas/Order"}, {"type": "null"}]},
            OTHER,
            id="or null",
        ),
    ],
)
def test_a_member_that_no_webhook_has_names_the_event(order, refund):
    mock = by_member(order, refund, Order=TYPED, Refund=OTHER)
    assert_undocumented(mock, {"type": "ticket"}, "'ticket' (body #/type)")
    assert told(mock, {"type": "order", "a": 1})[0] == "order"
    assert told(mock, {"type": "refund"})[0] == "refund"


def test_a_member_tells_the_events_of_one_header_apart():
    def issue(action):
        parameters = [header("X-Event", {"const": "issue"})]
        return taking(obj("n", action={"const": action}), parameters=parameters)

    other = taking(obj("n"), parameters=[header("X-Event", {"const": "order"})])
    mock = mock_of(opened=issue("opened"), closed=issue("closed"), order=other)
    _, codes, call = told(mock, {"action": "typed"}, {"x-event": "issue"})
    assert codes == ["undocumented-event"]
    assert call.violations[0].detail == (
        "no webhook is documented for 'typed' (body #/action); nearest: opened, closed"
    )
    name, codes, _ = told(mock, {"action": "typed"}, {"x-event": "order"})
    assert (name, codes) == ("order", ["required"])


def test_a_member_inside_an_envelope_names_the_event():
    mock = by_member(obj("data", data=TYPED), obj("data", data=OTHER))
    body = {"data": {"type": "ticket"}}
    assert_undocumented(mock, body, "'ticket' (body #/data/type)")
    assert told(mock, {"data": {"type": "refund"}})[0] == "refund"


@pytest.mark.parametrize("depth", [0, 3])
def test_a_constant_of_the_envelope_hides_no_event_inside(depth):
    def enveloped(inner, wrap):
        for _ in range(depth):
            inner = wrap(inner)
        return inner

    version = {"const": "1"}
    order, refund = (
        obj("v", "data", v=version, data=enveloped(each, lambda e: obj("x", x=e)))
        for each in (TYPED, OTHER)
    )
    mock = by_member(order, refund)

    def body(event):
        return {"v": "1", "data": enveloped({"type": event}, lambda e: {"x": e})}

    pointer = "#/data" + "/x" * depth + "/type"
    assert_undocumented(mock, body("ticket"), f"'ticket' (body {pointer})")
    assert told(mock, body("refund"))[0] == "refund"


def test_what_is_wrong_outside_weighs_more_than_what_is_wrong_inside():
    order, refund = (
        obj("type", type={"const": name}, data=obj(state={"enum": ["on", "off"]}))
        for name in ("order", "refund")
    )
    mock = by_member(order, refund)
    name, codes, _ = told(mock, {"type": "refund", "data": {"state": "?"}})
    assert (name, codes) == ("refund", ["enum"])


def test_the_type_of_a_structured_cloudevent_names_the_event():
    mock = by_member(obj("a"), obj("b"))
    event = {"specversion": "1.0", "id": "1", "source": "/s", "data": {"a": 1}}
    headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
    named = {**event, "type": "com.shop.ticket"}
    assert_undocumented(
        mock, {**named, "data": {}}, "'com.shop.ticket' (body #/type)", headers
    )
    assert told(mock, {**event, "type": "com.shop.order"}, headers)[0] == "order"


FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=b"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"type=%s&b=1"),
        (
            PARTS,
            b'--b\r\nContent-Disposition: form-data; name="type"\r\n\r\n%s\r\n--b--\r\n',
        ),
    ],
)
def test_a_field_of_a_form_names_the_event(kind, body):
    mock = by_media_type(kind.partition(";")[0], TYPED, OTHER)
    headers = {"content-type": kind}
    assert_undocumented(mock, body % b"ticket", "'ticket' (body #/type)", headers)
    assert told(mock, body % b"refund", headers)[0] == "refund"


def by_media_type(media_type, order, refund):
    return mock_of(
        **{
            name: {
                "requestBody": {"content": {media_type: {"schema": schema}}},
                **ACCEPTED,
            }
            for name, schema in (("order", order), ("refund", refund))
        }
    )


@each_row(
    ("below", "body", "pointer"),
    [
        pytest.param((), b"payload=%%7B%%22type%%22:%%22%s%%22%%7D", "#/type", id="the only field is the body"),
        pytest.param(("payload",), b"payload=%%7B%%22type%%22:%%22%s%%22%%7D", "#/payload/type", id="JSON in a field"),
        pytest.param(("e",), b"e[type]=%s", "#/e/type", id="brackets"),
        pytest.param(("e",), b"e.type=%s", "#/e/type", id="a dot"),
    ],
)  # fmt: skip
def test_a_name_inside_a_field_names_the_event(below, body, pointer):
    order, refund = TYPED, OTHER
    for name in below:
        order, refund = obj(name, **{name: order}), obj(name, **{name: refund})
    mock = by_media_type(FORM, order, refund)
    headers = {"content-type": FORM}
    place = f"'ticket' (body {pointer})"
    assert_undocumented(mock, body % b"ticket", place, headers)
    assert told(mock, body % b"refund", headers)[0] == "refund"


def test_a_form_without_the_member_names_no_event():
    mock = by_media_type(FORM, TYPED, OTHER)
    name, codes, _ = told(mock, b"other=1", {"content-type": FORM})
    assert (name, "undocumented-event" in codes) == ("order", False)


def test_an_element_of_xml_tells_events_apart():
    mock = by_media_type("application/xml", TYPED, OTHER)
    headers = {"content-type": "application/xml"}
    name, codes, call = told(mock, b"<e><type>refund</type></e>", headers)
    assert (name, codes, call.outcome) == ("refund", ["required"], "matched")
    body = b"<e><type>ticket</type><a/></e>"
    assert_undocumented(mock, body, "'ticket' (body #/type)", headers)


def test_the_first_item_of_a_batch_names_the_event():
    batch = [{"type": "array", "items": each} for each in (TYPED, OTHER)]
    mock = by_member(*batch)
    assert_undocumented(mock, [{"type": "ticket"}], "'ticket' (body #/0/type)")
    assert told(mock, [{"type": "refund"}])[:2] == ("refund", ["required"])
    assert told(mock, [])[0] == "order"


@pytest.mark.parametrize(
    ("order", "refund"),
    [
        ({"const": 1}, {"const": 2}),
        ({"enum": [1, 2]}, {"enum": [4, 5]}),
        ({"oneOf": [{"const": 1}, {"const": 2}]}, {"enum": [4]}),
    ],
)
def test_any_member_whose_values_differ_everywhere_names_the_event(order, refund):
    mock = by_member(obj("a", code=order), obj("b", code=refund))
    assert_undocumented(mock, {"code": 3}, "'3' (body #/code)")
    assert told(mock, {"code": 1})[0] == "order"


@pytest.mark.parametrize("around", [(), ("data",), ("a/b", "c")])
def test_a_text_that_is_called_like_a_webhook_names_the_event(around):
    schema = obj("event", "n", event={"type": "string"}, n={"type": "integer"})
    for name in reversed(around):
        schema = obj(name, **{name: schema})

    def enveloped(value):
        for name in reversed(around):
            value = {name: value}
        return value

    mock = mock_of(order_paid=taking(schema), order_sent=taking(schema))
    body = enveloped({"event": "order.sent", "n": "x"})
    assert told(mock, body)[:2] == ("order_sent", ["type"])
    *_, call = told(mock, enveloped({"event": "order.lost", "n": "x"}))
    pointer = "#/" + "/".join(each.replace("/", "~1") for each in (*around, "event"))
    assert call.violations[0].detail == (
        f"no webhook is documented for 'order.lost' (body {pointer}); "
        "nearest: order_sent, order_paid"
    )


@pytest.mark.parametrize(
    "run", [{"event": "order_paid"}, {"event": "order_paid", "id": "x"}]
)
def test_an_event_inside_may_be_what_caused_this_one(run):
    caused = obj(
        "run", run=obj("event", event={"type": "string"}, id={"type": "integer"})
    )
    mock = mock_of(order_paid=taking(obj("order")), run_ended=taking(caused))
    assert told(mock, {"run": run})[0] == "run_ended"


def test_an_event_inside_that_is_one_word_may_be_anything():
    schema = obj("data", data=obj("n", event={"type": "string"}))
    mock = mock_of(order_paid=taking(schema), order_sent=taking(schema))
    assert told(mock, {"data": {"event": "concert"}})[1] == ["required"]


@each_row(
    ("body", "headers", "event"),
    [
        ({}, {"X-GitHub-Event": "ticket"}, "'ticket' (header x-github-event)"),
        ({}, {"ce-type": "com.ticket"}, "'com.ticket' (header ce-type)"),
        ({"event": "ticket"}, None, "'ticket' (body #/event)"),
        ({"event_type": "ticket"}, None, "'ticket' (body #/event_type)"),
    ],
)
def test_a_well_known_place_names_the_event(body, headers, event):
    mock = by_member(obj("a"), obj("b"))
    assert_undocumented(mock, body, event, headers)


@each_row(
    ("order", "refund", "body", "headers"),
    [
        pytest.param(obj("a"), obj("b"), {"type": "card"}, None, id="any other member"),
        pytest.param(
            obj("a", v={"const": "1"}), obj("b", v={"const": "1"}), {"v": "2"}, None, id="the same everywhere"
        ),
        pytest.param(
            obj("a", status={"enum": ["x", "y"]}),
            obj("b", status={"enum": ["y", "z"]}),
            {"status": "w"},
            None,
            id="no event",
        ),
        pytest.param(TYPED, obj("b"), {"type": "ticket"}, None, id="another takes any"),
        pytest.param(obj("a"), obj("b"), {"event": "order"}, None, id="an event that is there"),
        pytest.param(obj("a"), obj("b"), {"type": "x.y"}, {"content-type": "application/json"}, id="no CloudEvent"),
        pytest.param(TYPED, OTHER, [1], None, id="no object"),
        pytest.param(TYPED, OTHER, {"type": 7}, None, id="no text"),
    ],
)  # fmt: skip
def test_a_broken_body_of_a_documented_event_stays_its_own(
    order, refund, body, headers
):
    name, codes, _ = told(by_member(order, refund), body, headers)
    assert name in ("order", "refund")
    assert "undocumented-event" not in codes


def test_a_request_id_that_is_shown_by_example_names_no_event():
    parameters = {
        name: [header("X-Request-Id", {"type": "string"}, example=f"id-of-{name}")]
        for name in ("order", "refund")
    }
    mock = mock_of(
        **{
            name: taking(obj(name), parameters=each)
            for name, each in parameters.items()
        }
    )
    assert told(mock, {}, {"x-request-id": "7"})[1] == ["required"]


def test_the_only_webhook_is_not_blamed_for_another_event():
    """At the URL for all webhooks the event says which it is, also if there is one."""
    nested = mock_of(order=taking(obj(data=obj(event={"const": "order"}))))
    by_constant = mock_of(
        order=taking(
            obj("type", type={"const": "order"}),
            parameters=[header("X-Event", {"const": "order"})],
        )
    )
    good = {"type": "order"}

    def said(body, event, target="/webhooks", mock=by_constant):
        call = sent(mock, "POST", target, body, {"X-Event": event})
        return [each.detail for each in call.violations]

    assert said(good, "order") == []
    for event, body, place, mock in (
        ("ticket", good, "header X-Event", by_constant),
        ("order", {"type": "ticket"}, "body #/type", by_constant),
        ("order", {"data": {"event": "ticket"}}, "body #/data/event", nested),
    ):
        assert said(body, event, mock=mock) == [
            f"no webhook is documented for 'ticket' ({place}); nearest: order"
        ]
    assert said(good, "ticket", "/webhooks/order") == ["'ticket' is not 'order'"]


@each_row(
    ("operation", "body", "headers"),
    [
        pytest.param(
            taking(obj("a", v={"const": "1"})), {"v": "2"}, None, id="a version"
        ),
        pytest.param(taking(obj("a")), {"event": "x"}, None, id="no constant"),
        pytest.param(taking(obj("a")), {}, {"ce-type": "x"}, id="a CloudEvent"),
        pytest.param(
            taking(obj(card=obj(type={"const": "debit"}))),
            {"card": {"type": "x"}}, None, id="the type of something inside",
        ),
        pytest.param(
            taking(obj("a"), parameters=[header("X-Event", example="order")]),
            {}, {"X-Event": "x"}, id="an example",
        ),
        pytest.param(
            taking(obj("a"), parameters=[header("X-Version", {"const": "1"})]),
            {}, {"X-Version": "2"}, id="another header",
        ),
    ],
)  # fmt: skip
def test_the_only_webhook_may_have_a_broken_body(operation, body, headers):
    name, codes, _ = told(mock_of(order=operation), body, headers)
    assert (name, "undocumented-event" in codes) == ("order", False)


def test_a_valid_request_is_never_an_undocumented_event():
    mock = by_member({"type": "object"}, obj("b"))
    assert told(mock, {"event": "ticket"})[:2] == ("order", [])


# --- operations that cannot be read -----------------------------------------------------

BROKEN = taking({"$ref": "#/components/schemas/Lost"})


def test_an_event_of_an_unreadable_webhook_is_said_to_be_unreadable():
    mock = mock_of(order=taking(obj("a")), refund=taking(obj("b")), ticket=BROKEN)
    name, codes, call = told(mock, {"event": "ticket"})
    assert (name, codes) == (None, ["unmatched"])
    assert "ticket fits, but is not served: " in call.violations[0].detail
    assert "has no target" in call.violations[0].detail
    assert [each.name for each in call.candidates] == ["ticket"]


@each_row(
    ("method", "target"),
    [
        ("POST", "/orders/7/paid"),
        ("POST", "/any/base/orders/7/paid"),
        ("POST", "/webhooks/lost"),
        ("PUT", "/webhooks/found"),
    ],
)
def test_fault_2_3_an_unmatched_call_names_the_unreadable_operation_that_fits(
    method, target
):
    mock = Mock(
        described(
            paths=calling({"paid": {"{$request.query.u}/orders/{$request.body#/id}/paid": {"post": BROKEN}}}),
            webhooks={"lost": {"post": BROKEN}, "found": {"post": ACCEPTED, "put": BROKEN}},
        )
    )  # fmt: skip
    call = sent(mock, method, target, {})
    (violation,) = call.violations
    assert (call.outcome, violation.code, call.status) == (
        "unmatched",
        "unmatched",
        404,
    )
    assert " fits, but is not served: openapi.json#" in violation.detail
    problem = json.loads(call.response.body)
    assert problem["nearest"][0]["name"] == call.candidates[0].name
    assert call.candidates[0].error is not None


UNREADABLE = {"{$request.query.u}/paid": {"post": BROKEN}}
READABLE = {"{$request.query.u}": {"post": taking(obj("refund"))}}
NOT_SERVED = "paid fits, but is not served: "
MAY_BE = "'refund' is missing; or it is for paid, which cannot be read"


@each_row(
    ("keys", "target", "body", "said"),
    [
        pytest.param(
            UNREADABLE, "/x/paid", {}, NOT_SERVED, id="more of its URL is literal"
        ),
        pytest.param(
            UNREADABLE, "/x/paid", {"refund": 1}, NOT_SERVED, id="the same, valid elsewhere"
        ),
        pytest.param(UNREADABLE, "/x/else", {}, "'refund' is missing", id="another URL"),
        pytest.param(
            {"{$request.query.u}": {"post": BROKEN}}, "/x", {}, MAY_BE, id="the same URL"
        ),
        pytest.param(
            {"{$request.query.u}": {"post": BROKEN}}, "/x", {"type": "refunded"},
            "'refund' is missing", id="the event of the other",
        ),
        pytest.param(
            {"{$request.query.u}": {"post": BROKEN}}, "/x", {"type": "paid"},
            NOT_SERVED, id="its event",
        ),
        pytest.param(
            {"{$request.query.u}": {"post": BROKEN}}, "/x", {"refund": 1},
            None, id="the same URL, valid elsewhere",
        ),
    ],
)  # fmt: skip
def test_a_call_is_not_told_as_another_operations_if_its_own_cannot_be_read(
    keys, target, body, said
):
    mock = Mock(described(paths=calling({"refunded": READABLE, "paid": keys})))
    call = sent(mock, "POST", target, body)
    if said is NOT_SERVED:
        assert (call.operation, call.status) == (None, 404)
        assert said in call.violations[0].detail
    else:
        assert call.operation.name == "refunded"
        found = [each.detail for each in call.violations]
        assert found == ([] if said is None else [said])


def test_a_miss_names_what_cannot_be_read_if_its_url_is_like_it():
    mock = Mock(described(paths=calling({"paid": UNREADABLE})))
    detail = sent(mock, "POST", "/x/pais", {}).violations[0].detail
    assert detail == (
        "no callback or webhook is at /x/pais; or a misspelt …/paid (paid, POST), "
        "which cannot be read"
    )


def test_a_call_that_fits_nothing_names_no_unreadable_operation():
    mock = mock_of(order=taking(obj("a")), ticket=BROKEN)
    call = sent(mock, "POST", "/nowhere", {})
    assert "not served" not in call.violations[0].detail
    assert sent(mock, "GET", "/webhooks/order").outcome == "wrong_method"


# --- bare expressions -------------------------------------------------------------------


def bare():
    shipped = {
        "{$request.body#/u}/orders/{$response.body#/id}/shipped": {
            "post": taking(obj("order_id"))
        }
    }
    settled = {
        "{$request.query.u}": {
            "post": taking(obj("refund_id")),
            "put": taking(obj("put_id")),
        }
    }
    return Mock(described(paths=calling({"shipped": shipped, "settled": settled})))  # fmt: skip


@each_row(
    ("method", "target", "said"),
    [
        (
            "POST",
            "/order/7/shipped",
            "; or the URL is a misspelt …/orders/{$response.body#/id}/shipped (shipped, POST)",
        ),
        (
            "POST",
            "/base/orders/7/shiped?a=b",
            "; or the URL is a misspelt …/orders/{$response.body#/id}/shipped (shipped, POST)",
        ),
        (
            "PUT",
            "/orders/7/shipped",
            "; or PUT is the wrong method for …/orders/{$response.body#/id}/shipped (shipped, POST)",
        ),
        ("POST", "/quite/another/path", ""),
        ("POST", "/", ""),
    ],
)
def test_fault_2_4_a_bare_key_names_what_else_the_url_may_be(method, target, said):
    call = sent(bare(), method, target, {"order_id": 1})
    missing = "put_id" if method == "PUT" else "refund_id"
    assert call.operation.name == "settled"
    assert [each.detail for each in call.violations] == [
        f"{missing!r} is missing{said}"
    ]


def test_a_valid_call_of_a_bare_key_is_left_alone():
    call = sent(bare(), "POST", "/order/7/shipped", {"refund_id": 1})
    assert (call.operation.name, call.violations) == ("settled", ())


def test_an_event_that_no_callback_documents_is_said_of_callbacks():
    key = "{$request.body#/url}"
    keyed = {
        name: {key: {"post": taking({"properties": {"type": {"const": name}}})}}
        for name in ("order", "refund")
    }
    mock = Mock(described(paths=calling(keyed, operationId="s")))
    call = sent(mock, "POST", "/callbacks/s/url", {"type": "ticket"})
    assert call.violations[0].detail == (
        "no callback is documented for 'ticket' (body #/type); nearest: order, refund"
    )
