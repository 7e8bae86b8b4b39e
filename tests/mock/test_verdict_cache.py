import dataclasses
import json
from random import Random

import pytest
from cbmock import Mock, sources
from cbmock.contract.policy import Policy
from cbmock.http.messages import HeaderCache, Headers, Request
from cbmock.mock.call import Call
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.invoices import DOCUMENT, EVENT, TARGET, event
from tests.support.mocks import calling, described, posted, webhooks
from tests.support.rows import each_row

JSON = (b"content-type", b"application/json")


def mock(document=DOCUMENT, **options):
    return Mock(sources.describe(document), **options)


def webhook(operation, **more):
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"paid": {"post": operation}},
        **more,
    }


def body_of(schema):
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def told(mock, request):
    return mock.receive(request, id=1, now=1.0)


requests = st.builds(
    Request,
    st.sampled_from(["POST", "PUT", "HEAD"]),
    st.sampled_from([TARGET, TARGET + "/", "/nowhere", "/webhooks"]).flatmap(
        lambda target: st.sampled_from(["", "/t/x", "/t/y", "/t/%%341"]).map(
            lambda token: token + target
        )
    ),
    st.lists(
        st.sampled_from(
            [
                JSON,
                (b"Content-Type", b"text/plain"),
                (b"content-type", b"application/json; charset=utf-16"),
                (b"content-encoding", b"gzip"),
                (b"x-other", b"1"),
            ]
        ),
        max_size=3,
    ).map(Headers),
    st.sampled_from(
        [
            json.dumps(EVENT).encode(),
            json.dumps({**EVENT, "paid": "yes"}).encode(),
            b'{"description": "x", "paid": true, "paid": false}',
            b"",
            b"{",
        ]
    ),
)


@given(st.lists(requests, min_size=2, max_size=8))
def test_what_was_received_before_changes_no_call(sent):
    seasoned = mock()
    for request in sent:
        told(seasoned, event())
        assert told(seasoned, request) == told(mock(), request)


@given(st.lists(requests, min_size=2, max_size=8))
def test_what_was_received_with_the_same_head_changes_no_call(sent):
    seasoned, recurring = mock(), HeaderCache()
    for request, expected in [(each, told(mock(), each)) for each in sent] * 3:
        headers = recurring.get(request.headers.raw)
        again = Request(request.method, request.target, headers, request.body)
        for _ in range(2):
            assert told(seasoned, again) == expected


def test_a_head_is_the_same_only_with_its_url_and_method():
    seasoned, recurring = mock(), HeaderCache()
    body = json.dumps(EVENT).encode()

    def sent(method, target):
        headers = recurring.get([JSON])
        call = told(seasoned, Request(method, target, headers, body))
        return call.outcome, call.token, call.target

    for _ in range(3):
        assert sent("POST", TARGET) == ("matched", None, TARGET)
        assert sent("POST", "/t/a" + TARGET) == ("matched", "a", "/t/a" + TARGET)
        assert sent("PUT", TARGET) == ("wrong_method", None, TARGET)
        assert sent("POST", "/nowhere") == ("unmatched", None, "/nowhere")


def test_a_header_that_the_operation_reads_makes_another_case():
    parameter = {
        "name": "X-Count",
        "in": "header",
        "required": True,
        "schema": {"type": "integer"},
    }
    document = webhook({"parameters": [parameter], **body_of({"type": "object"})})
    seasoned = mock(document)

    def sent(*headers):
        request = Request("POST", "/webhooks/paid", Headers([JSON, *headers]), b"{}")
        return [each.code for each in told(seasoned, request).violations]

    assert sent((b"x-count", b"1")) == []
    assert sent((b"x-count", b"1")) == []
    assert sent((b"X-Count", b"one")) == ["type"]
    assert sent() == ["missing-header"]


def test_a_field_that_varies_is_checked_where_the_operation_reads_it():
    parameter = {"name": "X-Count", "in": "header", "schema": {"type": "integer"}}
    document = webhook({"parameters": [parameter], **body_of({"type": "object"})})
    seasoned, recurring = mock(document), HeaderCache()

    def sent(count):
        headers = recurring.get([JSON, (b"x-count", count), (b"x-id", count)])
        request = Request("POST", "/webhooks/paid", headers, b"{}")
        return [each.code for each in told(seasoned, request).violations]

    for number in range(40):
        assert sent(b"%d" % number) == []
        assert sent(b"no. %d" % number) == ["type"]
    again = recurring.get([JSON, (b"x-count", b"0"), (b"x-id", b"0")])
    assert again.form.varying == {b"x-count", b"x-id"}


def test_a_query_that_the_operation_reads_makes_another_case():
    parameter = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    document = webhook({"parameters": [parameter], **body_of({"type": "object"})})
    seasoned = mock(document)

    def sent(query):
        request = Request("POST", f"/webhooks/paid{query}", Headers([JSON]), b"{}")
        return [each.code for each in told(seasoned, request).violations]

    assert [sent("?n=1"), sent("?n=1"), sent("?n=x"), sent("")] == [
        [],
        [],
        ["type"],
        [],
    ]


def test_a_token_that_has_expired_since_is_told():
    header = "eyJhbGciOiJub25lIn0.eyJleHAiOjEwMH0.c2ln"
    document = webhook(
        {"security": [{"jwt": []}], **body_of({"type": "object"})},
        components={
            "securitySchemes": {
                "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            }
        },
    )
    seasoned = mock(document)
    request = Request(
        "POST",
        "/webhooks/paid",
        Headers([JSON, (b"authorization", f"Bearer {header}".encode())]),
        b"{}",
    )
    codes = [
        [each.code for each in seasoned.receive(request, id=1, now=now).violations]
        for now in (50, 50, 150)
    ]
    assert codes == [[], [], ["expired"]]


def test_strictly_each_body_is_looked_through():
    document = webhook(body_of({"type": "object", "properties": {"a": {}}}))
    seasoned = mock(document, policy=Policy(strict=True))

    def sent(body):
        request = Request("POST", "/webhooks/paid", Headers([JSON]), body)
        return [each.code for each in told(seasoned, request).violations]

    assert [sent(b'{"a":1}'), sent(b'{"a":1}')] == [[], []]
    assert sent(b'{"b":1}') == ["undocumented"]


def test_a_deprecated_operation_is_told_every_time():
    document = webhook({"deprecated": True, **body_of({"type": "object"})})
    seasoned = mock(document)
    request = Request("POST", "/webhooks/paid", Headers([JSON]), b"{}")
    told_twice = [told(seasoned, request), told(seasoned, request)]
    codes = [[each.code for each in call.violations] for call in told_twice]
    assert codes == [["deprecated-operation"]] * 2


def test_senders_that_never_repeat_themselves_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("cbmock.mock.verdict_cache._MOST", 10)
    parameter = {"name": "n", "in": "query", "schema": {"type": "integer"}}
    seasoned = mock(webhook({"parameters": [parameter], **body_of({})}))
    for number in range(100):
        target = f"/webhooks/paid?n={number}"
        assert told(seasoned, Request("POST", target, Headers([JSON]), b"{}")).valid
    assert len(seasoned._verdicts._known) <= 12


@pytest.mark.parametrize("length", [999, 5000])
def test_long_targets_are_routed_like_short_ones(length):
    target = "/" + "x" * length + TARGET
    assert told(mock(), event(target)).valid


def test_a_header_that_may_be_any_text_only_has_to_be_there():
    parameter = {
        "name": "X-Delivery",
        "in": "header",
        "required": True,
        "schema": {"type": "string"},
    }
    seasoned = mock(webhook({"parameters": [parameter], **body_of({"type": "object"})}))

    def sent(*headers):
        request = Request("POST", "/webhooks/paid", Headers([JSON, *headers]), b"{}")
        return [each.code for each in told(seasoned, request).violations]

    assert [sent((b"x-delivery", b"%d" % number)) for number in range(3)] == [
        [],
        [],
        [],
    ]
    assert len(seasoned._verdicts._known) == 1
    assert sent() == ["missing-header"]


def test_a_call_by_precedent_has_every_field_of_a_call():
    seasoned = mock()
    first, second = told(seasoned, event()), told(seasoned, event())
    for each in dataclasses.fields(Call):  # also those that calls are not compared by
        assert getattr(second, each.name) == getattr(first, each.name)


def test_fault_9_13_long_targets_are_not_kept():
    mock = webhooks("w")
    recurring = HeaderCache()
    headers = [recurring.get([(b"content-type", b"application/json")]) for _ in "ab"][1]
    for number in range(20):
        target = f"/webhooks/w?x={number}{'a' * 10_000}"
        arrived = Request("POST", target, headers, b"{}")
        for _ in range(3):
            assert mock.receive(arrived, id=1, now=0.0).valid
    cache = mock._verdicts
    assert [key for key in cache._same if len(key[1]) > 1000] == []
    assert [part for key in cache._known for part in key if len(str(part)) > 1000] == []


# --- several operations at one URL ---------------------------------------------------------

COUNTED = {"name": "X-Count", "in": "header", "schema": {"type": "integer"}}
KIND = {"name": "X-Kind", "in": "header", "required": True, "schema": {"const": "a"}}
SHOWN = {"name": "X-Shown", "in": "header", "example": "s", "schema": {}}
NAMED = {"type": "object", "properties": {"n": {"type": "integer"}}}
SEVERAL = {
    name: {"post": {"operationId": name, "parameters": parameters, **body_of(schema)}}
    for name, parameters, schema in [
        ("issues", [COUNTED], NAMED),
        ("issues.opened", [], {**NAMED, "required": ["n"]}),
        ("push", [COUNTED], True),
        ("kind", [KIND], NAMED),
        ("shown", [SHOWN], NAMED),
        ("order", [], {**NAMED, "properties": {"type": {"const": "order"}}}),
    ]
}
HEADS = st.tuples(
    st.sampled_from(["/webhooks", "/t/x/webhooks", "/webhooks?type=push"]),
    st.lists(
        st.sampled_from(
            [
                (b"x-github-event", b"issues"),
                (b"x-github-event", b"push"),
                (b"x-event-type", b"order"),
                (b"x-count", b"1"),
                (b"x-count", b"one"),
                (b"x-kind", b"a"),
                (b"x-shown", b"s"),
                (b"ce-type", b"push"),
            ]
        ),
        max_size=2,
    ),
)
BODIES = st.sampled_from(
    [
        b'{"n": 1}',
        b'{"n": "one"}',
        b'{"action": "opened", "n": 1}',
        b'{"action": "opened"}',
        b'{"action": "closed", "n": 1}',
        b'{"type": "order"}',
        b'{"event": "push"}',
        b'{"action": ["opened"]}',
        b"[]",
    ]
)


@given(HEADS, HEADS, st.lists(BODIES, min_size=2, max_size=5))
def test_what_was_received_before_chooses_no_other_operation_of_its_url(
    one, other, bodies
):
    document = webhook({}, webhooks=SEVERAL)
    seasoned, recurring = mock(document), HeaderCache()
    alone = mock(document)
    alone._verdicts.find = lambda _request: None
    alone._verdicts.knows = lambda _candidates, _request: False
    for body in bodies:
        for target, fields in (one, other):
            headers = recurring.get([JSON, *fields])
            request = Request("POST", target, headers, body)
            assert told(seasoned, request) == told(alone, request)


def one_or_both(name):
    """Return a schema of objects that have a member of this name, or the member `both`."""
    return {"anyOf": [{"required": [name]}, {"required": ["both"]}]}


FIELDS_OF_A, NAMES_PAID = [(b"x-kind", b"a")], [(b"x-event-type", b"paid")]


@each_row(
    ("operations", "fields"),
    [
        pytest.param(
            {
                "first": {"parameters": [KIND], **body_of(one_or_both("first"))},
                "second": {"parameters": [KIND], **body_of(one_or_both("second"))},
                "other": body_of({}),
            },
            FIELDS_OF_A,
            id="the same constant parameter",
        ),
        pytest.param(
            {
                "first": {"operationId": "paid", **body_of(one_or_both("first"))},
                "paid": body_of(one_or_both("second")),
                "other": body_of({}),
            },
            NAMES_PAID,
            id="the same name",
        ),
        pytest.param(
            {
                "first": {"operationId": "paid", **body_of({})},
                "paid": body_of({}),
                "other": body_of({}),
            },
            NAMES_PAID,
            id="the name of an event inside",
        ),
    ],
)
def test_a_head_that_leaves_several_operations_decides_nothing_for_the_next_body(
    operations, fields
):
    document = webhook({}, webhooks={k: {"post": v} for k, v in operations.items()})
    bodies = [
        b'{"both": 1}',
        b'{"first": 1}',
        b'{"second": 1}',
        b'{"both": {"event": "first"}}',
        b'{"both": {"event": "paid"}}',
    ]
    for order in (bodies, bodies[::-1], bodies[3:] + bodies[:3]):
        seasoned = mock(document)
        for body in order:
            sent = Request("POST", "/webhooks", Headers([JSON, *fields]), body)
            assert told(seasoned, sent) == told(mock(document), sent)


def test_what_one_host_received_chooses_no_operation_of_another():
    """At one host a field says which operation it is, at the other another field."""
    paths = {
        f"/{name}": {
            "post": {
                "responses": {"200": {"description": "k"}},
                "callbacks": {
                    name: {
                        f"http://{host}/hook": {
                            "post": {
                                "parameters": [
                                    {
                                        "name": field,
                                        "in": "header",
                                        "required": True,
                                        "schema": {"const": name},
                                    }
                                ],
                                **body_of({"type": "object"}),
                            }
                        }
                    }
                },
            }
        }
        for name, host, field in [
            ("a1", "a.example", "X-Event"),
            ("a2", "a.example", "X-Event"),
            ("b1", "b.example", "X-Sort"),
            ("b2", "b.example", "X-Sort"),
        ]
    }
    mocked = mock(
        {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    )

    def chosen(name, host, field):
        headers = Headers.of(
            [("host", host), ("content-type", "application/json"), (field, name)]
        )
        call = told(mocked, Request("POST", "/hook", headers, b"{}"))
        return None if call.operation is None else call.operation.name

    seen = [
        chosen(name, f"{name[0]}.example", "X-Event" if name[0] == "a" else "X-Sort")
        for name in ["a1", "a2", "b1", "b2", "b1", "b2", "a1", "a2"]
    ]
    assert seen == ["a1", "a2", "b1", "b2", "b1", "b2", "a1", "a2"]


def test_fields_that_change_places_do_not_change_what_is_known():
    seasoned = mock(webhook({}, webhooks=SEVERAL))
    fields = [JSON, (b"x-github-event", b"issues"), (b"x-count", b"1")]

    def sent(*headers):
        request = Request("POST", "/webhooks", Headers(headers), b'{"n": 1}')
        return told(seasoned, request)

    first = sent(*fields)
    seasoned._ranking.choose = None  # what is known needs no choice
    again = sent(*reversed(fields))
    assert (again.operation, again.violations) == (first.operation, ())
    both = (
        sent(*fields, (b"x-count", b"2")),
        sent(fields[0], (b"x-count", b"2"), *fields[1:]),
    )
    assert [each.violations[0].code for each in both] == ["internal", "internal"]


def with_varying_fields():
    """Return a cache that has seen many values of the fields that decide."""
    recurring = HeaderCache()
    for number in range(20):
        for name in (b"x-github-event", b"x-count"):
            recurring.get([JSON, (name, b"%d" % number)])
    return recurring


VALUES = st.tuples(
    st.sampled_from(
        ["/webhooks", "/t/x/webhooks", "/webhooks/issues", "/webhooks/kind"]
    ),
    st.sampled_from([b"issues", b"push", b"shown", b"unknown"]),
    st.sampled_from([b"1", b"2", b"one"]),
    st.booleans(),
    BODIES,
)


@given(st.lists(VALUES, min_size=2, max_size=8))
def test_what_was_received_before_changes_no_call_whose_fields_vary(sent):
    document = webhook({}, webhooks=SEVERAL)
    seasoned, recurring = mock(document), with_varying_fields()
    alone = mock(document)
    alone._verdicts.find = lambda _request: None
    alone._verdicts.knows = lambda _candidates, _request: False
    for target, event_name, count, is_counted, body in sent * 3:
        fields = [JSON, (b"x-github-event", event_name)]
        fields += [(b"x-count", count)] if is_counted else []
        request = Request("POST", target, recurring.get(fields), body)
        assert told(seasoned, request) == told(alone, request)


def test_the_values_of_a_field_that_varies_are_all_remembered_with_their_head():
    seasoned, recurring = mock(webhook({}, webhooks=SEVERAL)), with_varying_fields()

    def sent(event_name):
        headers = recurring.get([JSON, (b"x-github-event", event_name)])
        return told(seasoned, Request("POST", "/webhooks", headers, b"{}"))

    names = [b"issues", b"push", b"shown"]
    first = [sent(name) for name in names * 3][-3:]
    seasoned._verdicts._like = None  # what is known is not looked for
    assert [sent(name) for name in names] == first
    assert [each.operation.name for each in first] == ["issues", "push", "shown"]


def test_the_head_of_a_request_to_one_of_several_operations_is_looked_at_once():
    seasoned = mock(webhook({}, webhooks=SEVERAL))
    headers = Headers([JSON, (b"x-github-event", b"issues")])

    def sent(body):
        return told(seasoned, Request("POST", "/webhooks", headers, body))

    assert sent(b'{"n": 1}').operation.name == "issues"
    seasoned._ranking.choose = None  # what is known needs no choice
    again = sent(b'{"n": 2}')
    assert (again.operation.name, again.decided_by) == ("issues", "event hint")
    assert sent(b'{"n": 2, "action": "opened"}').violations[0].code == "internal"


# --- a URL of its own for each request ----------------------------------------------------

FOLDER = TARGET.rpartition("/")[0]


def test_a_head_is_looked_at_once_for_all_urls_that_differ_in_a_value():
    seasoned, recurring = mock(), HeaderCache()
    body = json.dumps(EVENT).encode()

    def sent(target):
        return told(seasoned, Request("POST", target, recurring.get([JSON]), body))

    first = [sent(f"{FOLDER}/{number}") for number in range(3)][-1]
    seasoned._verdicts._like = None  # what is known is not looked for
    again = sent(f"/t/x{FOLDER}/another")
    assert (again.target, again.token) == (f"/t/x{FOLDER}/another", "x")
    assert (again.operation, again.violations) == (first.operation, ())
    assert len(seasoned._verdicts._same) == 1


TOKENS = ["", "", "", "/t/x", "/t/-", "http://a.example"]
FOLDERS = ["/hook/a", "/hook", "/webhooks", "/callbacks/s/url", "/t"]
SEGMENTS = [
    "1",
    "2",
    "b",
    "%62",
    "1?b=c",
    "1&b",
    "",
    "s",
    "a/b",
    "x" * 999,
    "\0",
    "long",
]
SHORT = {"name": "id", "in": "path", "schema": {"maxLength": 1}}


@given(
    st.sampled_from(
        [
            ("{$request.body#/url}/{$request.body#/id}",),
            ("{$request.body#/url}/a/{$request.body#/id}", "{$request.body#/url}/b"),
            ("{$request.body#/url}/{$request.body#/id}", "{$request.body#/url}/a/b"),
            ("{$request.body#/url}/{$request.body#/id}", "{$request.body#/url}/1?b=c"),
            ("{$request.body#/url}/{$request.body#/id}/a",),
            ("{$request.body#/url}/{id}",),
            ("{$request.body#/url}/{id}", "{$request.body#/url}/a/{$request.body#/id}"),
        ]
    ),
    st.integers(0, 10**6),
)
@example(("{$request.body#/url}/{id}",), 14)  # a NUL in a target
def test_what_was_received_at_another_url_changes_no_call(keys, seed):
    def fresh():
        posted_to = {
            f"cb{number}": posted(key, parameters=[SHORT], **body_of(NAMED))
            if "{id}" in key
            else posted(key, **body_of(NAMED))
            for number, key in enumerate(keys)
        }
        return Mock(described(paths=calling(posted_to, operationId="s")))

    seasoned, recurring, alone = fresh(), HeaderCache(), fresh()
    alone._verdicts.find = lambda _request: None
    alone._verdicts.knows = lambda _candidates, _request: False
    random = Random(seed)
    folders, texts = random.sample(FOLDERS, 2), random.sample(SEGMENTS, 4)
    for _ in range(60):
        place = f"{random.choice(folders)}/{random.choice(texts)}"
        target = f"{random.choice(TOKENS)}{place}"
        body = random.choice([b"{}", b'{"n": 1}', b'{"n": "one"}', b"["])
        headers = recurring.get([JSON, (b"host", b"a.example")])
        request = Request("POST", target, headers, body)
        assert told(seasoned, request).record() == told(alone, request).record()
