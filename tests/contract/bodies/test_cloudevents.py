"""CloudEvents: which part of an event a document describes, and its attributes."""

import base64
import json

import pytest
from cbmock.contract.bodies.event_mode import mode_of
from cbmock.http.messages import Headers, Request

from tests.support.documents import contract_of
from tests.support.rows import each_row

DATA = {
    "type": "object",
    "required": ["amount"],
    "properties": {"amount": {"type": "integer"}},
    "additionalProperties": False,
}
ENVELOPE = {
    "type": "object",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        "specversion": {"const": "1.0"},
        "source": {"type": "string"},
        "type": {"const": "paid"},
        "data": DATA,
    },
}
BATCH = {"type": "array", "items": ENVELOPE}
CE = "application/cloudevents+json"
CEB = "application/cloudevents-batch+json"
JSON = "application/json"

EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "paid"}
GOOD = {**EVENT, "data": {"amount": 1}}
HEADERS = [(f"ce-{name}", value) for name, value in EVENT.items()]


def contract(parameters=(), **content):
    """Return a contract that documents schemas by media type."""
    described = {key: {"schema": schema} for key, schema in content.items()}
    body = {"required": True, "content": described}
    return contract_of({"requestBody": body, "parameters": [*parameters]})


def post(value, media_type, headers=()):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    fields = [*headers, *([("content-type", media_type)] if media_type else [])]
    return Request("POST", "/", Headers.of(fields), data)


def found(contract, request):
    return [
        (each.location, each.pointer or each.name, each.code, each.severity)
        for each in contract.check(request, {}).violations
    ]


BAD = ("body", "#/data/amount", "type", "error")
ONLY_DATA = ("media_type", "Content-Type", "cloudevents-data", "info")
UNSOLICITED = ("media_type", "Content-Type", "cloudevents-batch", "warning")


def bad(event, **data):
    return {**event, "data": {"amount": "x", **data}}


@each_row(
    ("content", "request_", "wanted"),
    [
        pytest.param({JSON: DATA}, post({"amount": 1}, JSON, HEADERS), [], id="binary"),
        pytest.param(
            {JSON: DATA}, post({"amount": "x"}, JSON, HEADERS),
            [("body", "#/amount", "type", "error")], id="binary: the data",
        ),
        pytest.param({CE: ENVELOPE}, post(GOOD, CE), [], id="structured"),
        pytest.param({CE: ENVELOPE}, post(GOOD, f"{CE}; charset=utf-8"), [], id="structured, charset"),
        pytest.param({CE: ENVELOPE}, post(bad(EVENT), CE), [BAD], id="structured: the envelope"),
        pytest.param({JSON: DATA, CE: ENVELOPE}, post(bad(EVENT), CE), [BAD], id="both modes"),
        pytest.param({"application/*": ENVELOPE}, post(bad(EVENT), CE), [BAD], id="a range"),
        pytest.param({CE: {"type": "object"}}, post(bad(EVENT), CE), [], id="any object"),
        pytest.param({CE: DATA}, post(GOOD, CE), [ONLY_DATA], id="the data under the envelope's type"),
        pytest.param({CE: DATA}, post(bad(EVENT), CE), [BAD, ONLY_DATA], id="the same, wrong"),
        pytest.param({JSON: DATA}, post(GOOD, CE), [ONLY_DATA], id="only the data"),
        pytest.param({JSON: DATA}, post(bad(EVENT), CE), [BAD, ONLY_DATA], id="only the data, wrong"),
        pytest.param(
            {JSON: DATA}, post(EVENT, CE),
            [("body", "#/data", "missing-body", "error"), ONLY_DATA], id="only the data, none",
        ),
        pytest.param(
            {JSON: DATA},
            post({**EVENT, "data_base64": base64.b64encode(b'{"amount": "x"}').decode()}, CE),
            [("body", "#/data_base64/amount", "type", "error"), ONLY_DATA], id="only the data, base64",
        ),
        pytest.param(
            {JSON: DATA},
            post({**EVENT, "datacontenttype": "image/png", "data_base64": "/w=="}, CE),
            [("media_type", "#/datacontenttype", "media-type", "error"), ONLY_DATA],
            id="only the data, of another type",
        ),
        pytest.param(
            {CE: DATA}, post({**EVENT, "datacontenttype": "a/b", "data": "x"}, CE), [ONLY_DATA],
            id="only the data, as text",
        ),
        pytest.param(
            {JSON: DATA, "text/plain": {"maxLength": 1}},
            post({**EVENT, "datacontenttype": "text/plain", "data": "ab"}, CE),
            [("body", "#/data", "maxLength", "error"), ONLY_DATA], id="only the data, text",
        ),
        pytest.param(
            {JSON: ENVELOPE}, post(GOOD, CE),
            [("media_type", "Content-Type", "media-type", "error")], id="the envelope as JSON",
        ),
        pytest.param({CEB: BATCH}, post([GOOD, GOOD], CEB), [], id="batch"),
        pytest.param({CEB: BATCH}, post([], CEB), [], id="9i an empty batch"),
        pytest.param(
            {CEB: BATCH}, post([GOOD, bad(EVENT)], CEB),
            [("body", "#/1/data/amount", "type", "error")], id="batch: one item",
        ),
        pytest.param(
            {CE: ENVELOPE}, post([GOOD, bad(EVENT)], CEB),
            [("body", "#/1/data/amount", "type", "error"), UNSOLICITED], id="9i unsolicited",
        ),
        pytest.param(
            {JSON: DATA}, post([GOOD, bad(EVENT)], CEB),
            [("body", "#/1/data/amount", "type", "error"), UNSOLICITED, ONLY_DATA],
            id="a batch, only the data",
        ),
        pytest.param(
            {CEB: {"type": "array", "items": DATA}}, post([bad(EVENT)], CEB),
            [("body", "#/0/data/amount", "type", "error"), ONLY_DATA], id="a batch of data",
        ),
        pytest.param(
            {CEB: ENVELOPE}, post([GOOD, bad(EVENT)], CEB),
            [("body", "#/1/data/amount", "type", "error")], id="a batch that is documented as one event",
        ),
        pytest.param({CEB: {}}, post([1, {}], CEB), [
            ("body", "#/0", "cloudevents", "error"),
            *[("body", f"#/1/{name}", "cloudevents", "error") for name in ("id", "source", "specversion", "type")],
        ], id="items that are not events"),
        pytest.param({CEB: {}}, post(GOOD, CEB), [("body", "#", "cloudevents", "error")], id="no array"),
        pytest.param({CE: {}}, post([GOOD], CE), [("body", "#", "cloudevents", "error")], id="no object"),
        pytest.param(
            {CE: ENVELOPE}, post(b"{", CE), [("body", "#", "syntax", "error")], id="no JSON",
        ),
        pytest.param({CE: ENVELOPE}, post(b"", CE), [("body", "#", "missing-body", "error")], id="no body"),
        pytest.param({"text/plain": {}}, post(GOOD, CE), [("media_type", "Content-Type", "media-type", "error")], id="text only"),
        pytest.param({"text/plain": {}}, post([GOOD], CEB), [("media_type", "Content-Type", "media-type", "error")], id="a batch, text only"),
    ],
)  # fmt: skip
def test_the_schema_sees_the_data_or_the_envelope(content, request_, wanted):
    assert sorted(map(str, found(contract(**content), request_))) == sorted(
        map(str, wanted)
    )


def without(name):
    return [(key, value) for key, value in HEADERS if key != name]


def attribute(*fields, others=HEADERS):
    """Return the violations of attributes in header fields."""
    checked = contract(**{JSON: DATA}).check(
        post({"amount": 1}, JSON, [*others, *fields]), {}
    )
    return [(each.name, each.severity, each.detail) for each in checked.violations]


@each_row("name", ["id", "source", "type", "specversion"])
def test_every_event_has_four_attributes(name):
    field = f"ce-{name}"
    missing = (field, "error", f"{name} is missing, which every event has")
    assert attribute(others=without(field)) == [missing]
    empty = [(key, "" if key == field else value) for key, value in HEADERS]
    assert attribute(others=empty) == [(field, "error", f"{name} must not be empty")]
    members = {key: value for key, value in GOOD.items() if key != name}
    at = ("body", f"#/{name}", "cloudevents", "error")
    assert found(contract(**{CE: {}}), post(members, CE)) == [at]
    assert found(contract(**{CE: {}}), post({**GOOD, name: None}, CE)) == [at]


@each_row(
    ("field", "value", "severity", "detail"),
    [
        ("ce-subject", "Euro%20%E2%82%AC", None, ""),
        ("ce-subject", '"Euro%20%E2%82%AC \\"a\\""', None, ""),
        ("ce-subject", "100%", None, ""),
        ("ce-subject", "%C0%A0", "error", "the percent-encoded octets are not UTF-8"),
        ("ce-subject", "Zoë", "warning", "characters other than printable ASCII"),
        ("ce-subject", "", "warning", "subject must not be empty"),
        ("ce-time", "2026-11-18T06:26:40.123Z", None, ""),
        ("ce-time", "2026-11-18", "warning", "'2026-11-18' is not a date-time"),
        ("ce-dataschema", "https://example.com/s", None, ""),
        ("ce-dataschema", "/s", "warning", "'/s' is not a uri"),
        ("ce-datacontenttype", "a/b", "warning", "in binary mode Content-Type says it"),
        ("ce-partitionkey", "", None, ""),
        ("ce-flag", "true", None, ""),
        ("ce-flag", "True", "info", "'True' is a text"),
        ("ce-my-key", "1", "warning", "'my-key' is not an attribute name"),
        ("CE-Traceparent", "00-1", None, ""),
    ],
)
def test_an_attribute_in_a_header_field_is_read_as_the_binding_says(
    field, value, severity, detail
):
    checked = attribute((field, value))
    assert [(name, grade) for name, grade, _ in checked] == (
        [] if severity is None else [(field.lower(), severity)]
    )
    assert all(text.startswith(detail) for _, _, text in checked)


@each_row(
    ("member", "value", "severity", "detail"),
    [
        ("source", "a b", "error", "'a b' is not a uri-reference"),
        ("specversion", "2.0", "error", "specversion '2.0' is not known; it is '1.0'"),
        ("specversion", 1, "error", "specversion must be a string, not 1"),
        ("data_base64", "YQ==", "error", "data and data_base64 exclude each other"),
        ("time", "x", "warning", "'x' is not a date-time"),
        ("time", 1, "warning", "time must be a string, not 1"),
        ("datacontenttype", "json", "warning", "'json' is not a media type"),
        ("subject", "", "warning", "subject must not be empty"),
        ("flag", {}, "warning", "an attribute is not an object"),
        ("flag", ["?"], "warning", "an attribute is not an array"),
        ("Upper", "x", "warning", "'Upper' is not an attribute name: only a-z and 0-9"),
        ("x_y", [], "warning", "an attribute is not an array"),
        ("flag", True, None, None),
        ("count", 3, None, None),
        ("count", -3.0, None, None),
        ("count", 0.5, "warning", "0.5 is not an integer of 32 bits"),
        ("count", 2**31, "warning", "2147483648 is not an integer of 32 bits"),
        ("count", 1e300, "warning", "1e+300 is not an integer of 32 bits"),
        ("subject", None, None, None),
    ],
)  # fmt: skip
def test_an_attribute_in_json_is_an_error_only_where_every_event_has_it(
    member, value, severity, detail
):
    checked = contract(**{CE: {}}).check(post({**GOOD, member: value}, CE), {})
    assert [
        (each.name, each.pointer, each.severity, each.detail[: len(detail or "")])
        for each in checked.violations
    ] == ([] if detail is None else [(member, f"#/{member}", severity, detail)])


def test_the_document_decides_of_an_extension():
    closed = {**ENVELOPE, "additionalProperties": {"type": "string"}}
    event = post({**GOOD, "id": "1", "flags": ["?"]}, CE)
    assert found(contract(**{CE: ENVELOPE}), event) == [
        ("body", "#/flags", "cloudevents", "warning")
    ]
    assert found(contract(**{CE: closed}), event) == [
        ("body", "#/flags", "type", "error"),
    ]


def test_data_that_is_no_base64_is_told_at_its_member():
    event = {**EVENT, "data_base64": "?"}
    at = ("body", "#/data_base64", "cloudevents", "error")
    assert found(contract(**{CE: {}}), post(event, CE)) == [at]
    assert found(contract(**{JSON: DATA}), post(event, CE)) == [at, ONLY_DATA]


def test_what_the_document_says_of_an_attribute_is_not_said_twice():
    source = {"name": "ce-source", "in": "header", "required": True, "schema": {}}
    documented = contract([source], **{JSON: DATA})
    request = post({"amount": 1}, JSON, without("ce-source"))
    assert found(documented, request) == [
        ("header", "ce-source", "missing-header", "error")
    ]
    event = {key: value for key, value in GOOD.items() if key != "source"}
    codes = [each[2] for each in found(contract(**{CE: ENVELOPE}), post(event, CE))]
    assert codes == ["required"]


@each_row(
    ("fields", "mode"),
    [
        ([("CE-SpecVersion", "1.0")], "binary"),
        ([("ce-id", "1"), ("ce-type", "t")], "binary"),
        ([("ce-id", "1")], None),
        ([("ce-id", "1"), ("ce-foo", "t")], None),
        ([("content-type", "Application/CloudEvents+JSON; charset=utf-8")], "structured"),
        ([("content-type", CEB)], "batched"),
        ([("content-type", "application/cloudevents+xml"), ("ce-specversion", "1.0")], None),
        ([("content-type", "x cloudevents"), ("ce-id", "1")], None),
        ([], None),
    ],
)  # fmt: skip
def test_the_mode_is_told_by_the_header_fields(fields, mode):
    assert mode_of(Request("POST", "/", Headers.of(fields))) == mode


def test_a_documented_attribute_is_percent_decoded_and_that_is_no_remark():
    subject = {"name": "ce-subject", "in": "header", "schema": {"enum": ["Zoë"]}}
    documented = contract([subject], **{JSON: DATA})
    for written in ("Zo%C3%AB", '"Zo%C3%AB"', '"\\Zo%C3%AB"'):
        encoded = [*HEADERS, ("ce-subject", written)]
        assert found(documented, post({"amount": 1}, JSON, encoded)) == []


def test_no_content_type_is_said_with_what_the_sdk_needs():
    (only,) = (
        contract(**{JSON: DATA})
        .check(post({"amount": 1}, None, HEADERS), {})
        .violations
    )
    assert "give the event its datacontenttype" in only.detail


def test_the_envelope_under_another_type_is_said_with_what_to_document():
    (only,) = contract(**{JSON: ENVELOPE}).check(post(GOOD, CE), {}).violations
    assert "a structured CloudEvent: document that media type too" in only.detail
