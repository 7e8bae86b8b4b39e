import pytest
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.mock.routing.router import Router
from cbmock.mock.routing.urls import mounts
from hypothesis import given
from hypothesis import strategies as st

from tests.support.cost import growth
from tests.support.mocks import (
    ACCEPTED,
    callbacks,
    calling,
    described,
    outcome,
    posted,
    request,
    sent,
    taking,
    webhooks,
)
from tests.support.rows import each_row

DATA = "{$request.query.callbackUrl}/data"
INVOICE = "{$callback_url}/invoices/{$request.body.id}"
ANYTHING = "{$request.body#/url}"


def routed(mock, method, target, headers=()):
    router = Router(mounts(mock.operations))
    return router.find(Request(method, target, Headers.of(headers)))


def captures(mock, target, headers=()):
    found = routed(mock, "POST", target, headers)
    return [
        (candidate.operation.name, [text for _, text in candidate.captures])
        for candidate in found.candidates
    ]


# --- The table of the example bank, section 3: the ids are its rows -----------------------


@each_row(
    ("keys", "method", "target", "headers", "expected"),
    [
        pytest.param(
            [DATA], "POST", "/callbacks/s/callbackUrl/data", {},
            ("matched", "cb1", []), id="3-1",
        ),
        pytest.param(
            [DATA], "POST", "/callbacks/s/callbackUrl?t=1/data", {},
            ("unmatched", None, ["unmatched"]), id="3-2",
        ),
        pytest.param(
            [INVOICE], "POST", "/callbacks/s/callback_url/invoices/2expen51ve", {},
            ("matched", "cb1", []), id="3-3",
        ),
        pytest.param(
            [INVOICE], "POST", "/callbacks/s/callback_url/invoices/", {},
            ("matched", "cb1", ["undefined"]), id="3-4",
        ),
        pytest.param(
            [ANYTHING], "POST", "/callbacks/s/url", {},
            ("matched", "cb1", []), id="3-5",
        ),
        pytest.param(
            [ANYTHING], "POST", "/callbacks/s/url?x=1", {},
            ("matched", "cb1", []), id="3-5-query",
        ),
        pytest.param(
            ["{$request.body#/u}/update", "{$request.body#/u}/terminate"],
            "POST", "/callbacks/s/u/terminate", {},
            ("matched", "cb2", []), id="3-6",
        ),
        pytest.param(
            ["{$request.body#/u}/{$request.body#/k}", "{$request.body#/u}/update"],
            "POST", "/callbacks/s/u/update", {},
            ("matched", "cb2", []), id="3-7",
        ),
        pytest.param(
            ["http://host/path?id={$request.body#/id}"],
            "POST", "/path?z=1&id=7", {"Host": "host"},
            ("matched", "cb1", []), id="3-8",
        ),
        pytest.param(
            ["http://host/path?id={$request.body#/id}"],
            "POST", "/path", {"Host": "host"},
            ("matched", "cb1", ["query-mismatch"]), id="3-9",
        ),
        pytest.param(
            ["http://n.com?a={$request.body#/a}"],
            "POST", "/?a=1", {"Host": "N.com"},
            ("matched", "cb1", []), id="3-10",
        ),
        pytest.param(
            ["{$request.body#/u}&eventType=deposit",
             "{$request.body#/u}&eventType=withdrawal"],
            "POST", "/callbacks/s/u?_=1&eventType=withdrawal", {},
            ("matched", "cb2", []), id="3-11",
        ),
        pytest.param(
            ["{$request.body#/u}&eventType=deposit",
             "{$request.body#/u}&eventType=withdrawal"],
            "POST", "/callbacks/s/u&eventType=withdrawal", {},
            ("matched", "cb2", ["malformed"]), id="3-11-in-path",
        ),
        pytest.param(
            ["{$request.body#/u}&eventType=deposit",
             "{$request.body#/u}&eventType=withdrawal"],
            "POST", "/base&eventType=withdrawal", {},
            ("matched", "cb2", ["malformed"]), id="3-11-in-own-path",
        ),
    ],
)  # fmt: skip
def test_a_request_finds_its_callback(keys, method, target, headers, expected):
    assert outcome(sent(callbacks(*keys), method, target, None, headers)) == expected


WITH_A = taking({"type": "object", "required": ["a"]})
WITH_B = taking({"type": "object", "required": ["b"]})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param({"b": 1}, ("matched", "second", []), id="3-12"),
        pytest.param({"a": 1, "b": 1}, ("ambiguous", "first", []), id="3-12-both"),
    ],
)
def test_two_names_with_one_key_are_told_apart_by_the_body(body, expected):
    named = {
        "first": {ANYTHING: {"post": WITH_A}},
        "second": {ANYTHING: {"post": WITH_B}},
    }
    mock = Mock(described(paths=calling(named, operationId="s")))
    assert outcome(sent(mock, "POST", "/callbacks/s/url", body)) == expected


@each_row(
    ("target", "body", "expected"),
    [
        pytest.param("/webhooks/newPet", {}, ("newPet", "url"), id="3-13"),
        pytest.param(
            "/webhooks", {"event": "new_pet"}, ("newPet", "event hint"), id="3-13-hint"
        ),
        pytest.param("/webhooks", {"b": 1}, ("newPet", "schema"), id="3-13-schema"),
        pytest.param("/webhooks", {"a": 1}, ("oldPet", "schema"), id="3-13-other"),
    ],
)
def test_a_webhook_is_found_at_its_url_and_at_the_one_of_all(target, body, expected):
    hooks = {"oldPet": {"post": WITH_A}, "newPet": {"post": WITH_B}}
    call = sent(Mock(described(webhooks=hooks)), "POST", target, body)
    assert (call.operation.name, call.decided_by) == expected


SHARED = {"components": {"callbacks": {"C": posted(ANYTHING)}}}
REFERRED = {"callbacks": {"cb": {"$ref": "#/components/callbacks/C"}}}


@pytest.mark.parametrize(
    ("paths", "targets"),
    [
        pytest.param({}, [], id="1g-unreferenced"),
        pytest.param(
            {"/a": {"post": REFERRED}, "/b": {"post": REFERRED}},
            ["/callbacks/post-a/url", "/callbacks/post-b/url"],
            id="1g-twice",
        ),
    ],
)
def test_a_component_is_served_wherever_it_is_referred_to(paths, targets):
    mock = Mock(described(paths=paths, **SHARED))
    calls = [sent(mock, "POST", each) for each in targets]
    assert [each.path for each in mock.mounts] == targets
    assert [outcome(call) for call in calls] == [("matched", "cb", [])] * len(targets)
    assert len({call.operation.pointer for call in calls}) <= 1
    assert sent(mock, "POST", "/callbacks/components/url").outcome == "unmatched"


@pytest.mark.parametrize(
    ("target", "expected", "path"),
    [
        pytest.param(
            "/webhooks/messaging", ("matched", "messaging/{p}", []), {}, id="1i"
        ),
        pytest.param(
            "/webhooks/messaging/7",
            ("matched", "messaging/{p}", []),
            {"p": "7"},
            id="1i-bound",
        ),
        pytest.param(
            "/webhooks/messaging/x",
            ("matched", "messaging/{p}", ["type"]),
            {"p": "x"},
            id="1i-checked",
        ),
    ],
)
def test_a_variable_of_a_webhooks_name_binds_where_it_is_sent(target, expected, path):
    declared = {
        "name": "p",
        "in": "path",
        "required": True,
        "schema": {"type": "integer"},
    }
    hook = {"get": {**ACCEPTED, "parameters": [declared]}}
    mock = Mock(described(webhooks={"messaging/{p}": hook}))
    assert outcome(sent(mock, "GET", target)) == expected
    assert [each.path for each in routed(mock, "GET", target).candidates] == [path]


@each_row("level", ["operation", "path item"])
@each_row(
    ("target", "host", "codes"),
    [
        pytest.param("/done", "recv.example", [], id="1j-joined"),
        pytest.param("/hooks/done", "RECV.example", ["appended"], id="1j-appended"),
        pytest.param("/hooks/done", "other.example", [], id="1j-any-host"),
        pytest.param("/callbacks/s/cb", "other.example", [], id="1j-mount"),
    ],
)
def test_a_callbacks_own_server_is_another_name_for_the_mock(
    level, target, host, codes
):
    server = {"servers": [{"url": "https://recv.example/hooks"}]}
    item = (
        {"post": {**ACCEPTED, **server}}
        if level == "operation"
        else {"post": ACCEPTED, **server}
    )
    mock = Mock(described(paths=calling({"cb": {"/done": item}}, operationId="s")))
    call = sent(mock, "POST", target, None, {"Host": host})
    assert (outcome(call), call.valid) == (("matched", "cb", codes), True)


@each_row(
    ("target", "host", "expected"),
    [
        ("/hooks", "recv.example", "matched"),
        ("/hooks/", "recv.example", "matched"),
        ("/hooks", "other.example", "unmatched"),
        ("/", "root.example", "matched"),
        ("/", "{any}.example", "unmatched"),
        ("/x", "root.example", "unmatched"),
    ],
)
def test_a_webhooks_own_server_is_another_name_for_its_url(target, host, expected):
    urls = [
        "https://recv.example/hooks/",
        "http://root.example",
        "/",
        "https://{any}.example",
    ]
    servers = [*({"url": url} for url in urls), {}, "https://root.example/x"]
    mock = Mock(described(webhooks={"w": {"post": ACCEPTED, "servers": servers}}))
    assert sent(mock, "POST", target, None, {"Host": host}).outcome == expected


def test_a_base_that_had_a_query_is_told():
    call = sent(callbacks(DATA), "POST", "/callbacks/s/callbackUrl?t=1/data")
    assert call.violations[0].detail == (
        "no callback or webhook is at /callbacks/s/callbackUrl: the callback URL that "
        "was registered has a query of its own, so '/data' came after its '?'; "
        "nearest: cb1 (POST …/data)"
    )


@each_row(
    ("key", "target", "expected"),
    [
        (INVOICE, "/callbacks/s/callback_url/invoices/2ex", ["2ex"]),
        (INVOICE, "/callbacks/s/callback_url/invoices/a%2Fb", ["a%2Fb"]),
        (INVOICE, "/callbacks/s/callback_url/invoices/a/b", ["a/b"]),
        ("http://host/path?id={$request.body#/id}", "/path?z=1&id=7", ["7"]),
        ("{$url}?ref=inv-{$request.body#/id}", "/x?ref=inv-a%20b", ["a%20b"]),
        ("{$url}?{$request.body#/query}", "/x?anything", []),
    ],
)
def test_what_the_expressions_stand_for_is_captured(key, target, expected):
    assert captures(callbacks(key), target, [("host", "host")]) == [("cb1", expected)]


# --- the URLs of a running mock ---------------------------------------------------------


@each_row(
    "prefix", ["", "/", "/events", "/a/b/c", "//", "/größe", "/a%20b;v=1", "/x&y"]
)
def test_a_callbacks_tail_is_recognised_at_any_depth(prefix):
    call = sent(callbacks(DATA, INVOICE), "POST", f"{prefix}/invoices/2expen51ve")
    assert outcome(call) == ("matched", "cb2", [])


@each_row(
    "target",
    ["", "/", "/anything", "?a=b", "*", "/webhooksx", "/callbacksx", "/tt", "/_", "//"],
)
def test_the_bare_url_is_a_callback_url(target):
    assert outcome(sent(callbacks(ANYTHING), "POST", target)) == ("matched", "cb1", [])


@each_row(
    "target",
    [
        "/callbacks",
        "/callbacks/",
        "/callbacks//",
        "/callbacks/s",
        "/callbacks/s/",
        "/callbacks/s/urll",
        "/callbacks/s/url/x",
        "/callbacks/s/url//",
        "/callbacks/S/url",
        "/callbacks/x/url",
        "/callbacks//s/url",
        "/callbacks/s/url;v=1",
        "/callbacks/s%2Furl",
        "/webhooks/newPets",
        "/webhooks/newPet/x",
        "/webhooks//newPet",
        "/webhooks/newpet",
        "/webhooks/callbacks/s/url",
        "/t",
        "/t/",
        "/t//callbacks/s/url",
        "/t/token/callbacks/s/urll",
        "/t/token/webhooks/newPets",
        "/t/token/callbacks",
    ],
)
def test_a_misspelt_name_is_a_miss_and_never_something_else(target):
    mock = Mock(
        described(
            paths=calling({"cb": posted(ANYTHING)}, operationId="s"),
            webhooks={"newPet": {"post": ACCEPTED}},
        )
    )
    assert outcome(sent(mock, "POST", target)) == ("unmatched", None, ["unmatched"])


@each_row(
    ("target", "token"),
    [
        ("/t/a-b", "a-b"),
        ("/t/a%20b/", "a b"),
        ("/t/a?x=1", "a"),
        ("/t/a/any/where", "a"),
        ("/t/a/callbacks/s/url", "a"),
        ("/callbacks/s/url", None),
        ("/x/t/a", None),
    ],
)
def test_a_token_in_front_keeps_calls_apart(target, token):
    call = sent(callbacks(ANYTHING), "POST", target)
    assert (outcome(call), call.token) == (("matched", "cb1", []), token)


@given(st.lists(st.text("/ta-x?%341:.", max_size=12), min_size=2, max_size=6))
def test_what_was_routed_for_other_tests_changes_no_route(tails):
    mock = callbacks(ANYTHING)
    seasoned = Router(mounts(mock.operations))
    for tail in tails:
        sent_ = Request("POST", "/t" + tail, Headers.of(()))
        own = Router(mounts(mock.operations)).find(sent_)
        found = seasoned.find(sent_)
        assert found.token == own.token
        assert [each.captures for each in found.candidates] == [
            each.captures for each in own.candidates
        ]
        assert (found.allow, found.hint) == (own.allow, own.hint)


def test_a_token_is_read_as_it_stands_in_an_equivalent_url():
    tokens = ("%%341", "%25%341", "a%2Fb", "%74", "t", "a:b")
    found = {
        token: sent(callbacks(ANYTHING), "POST", f"/t/{token}/x").token
        for token in tokens
    }
    assert found == {
        "%%341": "A",
        "%25%341": "%41",
        "a%2Fb": "a/b",
        "%74": "t",
        "t": "t",
        "a:b": "a:b",
    }


def test_a_token_is_kept_of_a_miss():
    assert sent(callbacks(DATA), "POST", "/t/a/callbacks/s/x").token == "a"


def test_below_its_mount_nothing_may_stand_in_front_of_a_callbacks_tail():
    mock = callbacks(INVOICE)
    targets = [
        "/callbacks/s/callback_url/x/invoices/1",
        "/callbacks/s/callback_url/x/invoices/",
    ]
    assert [sent(mock, "POST", each).outcome for each in targets] == ["unmatched"] * 2


@each_row(
    ("target", "expected"),
    [
        ("/webhooks/newPet", ("matched", "newPet", [])),
        ("/webhooks/newPet?x=1", ("matched", "newPet", [])),
        ("/webhooks/%6EewPet", ("matched", "newPet", [])),
        ("/%77ebhooks/newPet", ("matched", "newPet", [])),
        ("/webhooks/newPet/", ("matched", "newPet", ["trailing-slash"])),
        ("/webhooks", ("matched", "newPet", [])),
        ("/webhooks?x=1", ("matched", "newPet", [])),
        ("/webhooks/", ("matched", "newPet", ["trailing-slash"])),
    ],
)
def test_webhooks_are_found_by_name_and_below_one_url(target, expected):
    assert outcome(sent(webhooks("newPet"), "POST", target)) == expected


@each_row(
    ("target", "name"),
    [
        ("/webhooks/messaging", "messaging"),
        ("/webhooks/messaging/7", "messaging/{id}"),
        ("/webhooks/messaging/list", "messaging/list"),
        ("/webhooks/other", "{any}"),
    ],
)
def test_among_webhooks_the_more_literal_name_wins(target, name):
    mock = webhooks("{any}", "messaging/{id}", "messaging/list", "messaging")
    assert outcome(sent(mock, "POST", target)) == ("matched", name, [])


@pytest.mark.parametrize(
    ("name", "target", "expected"),
    [
        ("messaging/{id}", "/webhooks/messaging/a%20b", {"id": "a%20b"}),
        ("messaging/{id}", "/webhooks/messaging", {}),
        ("a/{x}/b/{y}", "/webhooks/a/1/b", {"x": "1"}),
    ],
)
def test_a_webhooks_variables_are_bound_where_they_are_sent(name, target, expected):
    found = routed(webhooks(name), "POST", target)
    assert [each.path for each in found.candidates] == [expected]


# --- hosts ------------------------------------------------------------------------------


@each_row(
    ("target", "host", "expected"),
    [
        ("/path", "host", ("matched", "cb1", [])),
        ("/path/", "HOST", ("matched", "cb1", ["trailing-slash"])),
        ("http://host/path", "proxy", ("matched", "cb1", [])),
        ("/path", "host:4020", ("matched", "cb1", ["host"])),
        ("/x/path", "host", ("unmatched", None, ["unmatched"])),
        ("/x/path", "other", ("unmatched", None, ["unmatched"])),
        ("/callbacks/s/cb1", "other", ("matched", "cb1", [])),
        ("/callbacks/s/cb1/path", "other", ("matched", "cb1", [])),
        ("/callbacks/s/cb1/other", "host", ("unmatched", None, ["unmatched"])),
    ],
)
def test_a_literal_url_is_found_at_its_host_and_its_mount(target, host, expected):
    mock = callbacks("http://host/path")
    assert outcome(sent(mock, "POST", target, None, {"Host": host})) == expected


def test_the_value_in_a_literal_url_may_be_empty_at_its_mount_alone():
    mock = callbacks("http://host/path/{$request.body#/id}")
    targets = ["/callbacks/s/cb1/path/", "/path/"]
    assert [sent(mock, "POST", each).outcome for each in targets] == [
        "matched",
        "unmatched",
    ]


def test_what_a_proxy_is_sent_is_anchored_as_well():
    mock = callbacks(ANYTHING)
    targets = ["http://h:1/callbacks/s/url", "http://h:1/callbacks/s/x", "http://h:1"]
    assert [sent(mock, "POST", each).outcome for each in targets] == [
        "matched",
        "unmatched",
        "matched",
    ]


@pytest.mark.parametrize("key", ["/data", "data"])
def test_a_relative_key_is_found_at_any_depth_and_at_its_mount(key):
    targets = ["/data", "/x/data", "/callbacks/s/cb1", "/callbacks/s/cb1/data"]
    outcomes = [outcome(sent(callbacks(key), "POST", each)) for each in targets]
    assert outcomes == [("matched", "cb1", [])] * 4


def test_a_relative_key_may_hold_an_expression():
    assert captures(callbacks("hook/{$request.body#/id}"), "/x/hook/") == [
        ("cb1", [""])
    ]


# --- tolerance --------------------------------------------------------------------------


@each_row(
    ("key", "target", "code", "detail"),
    [
        (
            DATA,
            "/x/data/",
            "trailing-slash",
            "'/x/data/' and '/x/data' are different URLs",
        ),
        (
            "{$url}/data/",
            "/x/data",
            "trailing-slash",
            "'/x/data' and '/x/data/' are different URLs",
        ),
        (
            INVOICE,
            "/invoices/a/b",
            "unencoded",
            "{$request.body.id} holds an unencoded '/': 'a/b'",
        ),
        (
            INVOICE,
            "/invoices//",
            "unencoded",
            "{$request.body.id} holds an unencoded '/': '/'",
        ),
        (
            "{$url}/a/{$request.body#/x}/{$request.body#/y}",
            "/a/1/",
            "undefined",
            "{$request.body#/y} is empty in the URL",
        ),
        (INVOICE, "/invoices/", "undefined", "{$request.body.id} is empty in the URL"),
        (
            DATA,
            "/data&x=1",
            "malformed",
            (
                "'/data&x=1' goes on with '&' where no query was begun; "
                "the callback URL that was registered has none"
            ),
        ),
    ],
)
def test_what_is_odd_about_a_url_is_a_warning(key, target, code, detail):
    call = sent(callbacks(key), "POST", target)
    assert (outcome(call), call.valid) == (("matched", "cb1", [code]), True)
    assert [(v.severity, v.detail) for v in call.violations] == [("warning", detail)]


def test_an_odd_url_matches_nothing_odd_if_another_key_fits_it():
    mock = callbacks(INVOICE, "{$url}/{$request.body#/a}/{$request.body#/b}")
    assert outcome(sent(mock, "POST", "/invoices/a/b")) == ("matched", "cb2", [])


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("", "the key has the query id=…, the URL has no query"),
        ("?x=1", "the key has the query id=…, the URL has 'x=1'"),
        ("?ID=1", "the key has the query id=…, the URL has 'ID=1'"),
    ],
)
def test_a_query_that_the_key_asks_for_is_missed(query, detail):
    call = sent(callbacks("{$url}/x?id={$request.body#/id}"), "POST", f"/x{query}")
    assert [(v.code, v.name, v.detail) for v in call.violations] == [
        ("query-mismatch", "id", detail)
    ]
    assert call.valid is False


@each_row(
    ("key", "query", "codes"),
    [
        ("{$url}?a=b+c", "a=b%20c", []),
        ("{$url}?a=b%20c", "x&a=b+c", []),
        ("{$url}?a=b", "a=c&a=b", []),
        ("{$url}?a=b", "a=c", ["query-mismatch"]),
        ("{$url}?a=b", "a", ["query-mismatch"]),
        ("{$url}?a", "a", []),
        ("{$url}?a=", "a=", []),
        ("{$url}?a=v-{$request.body#/id}", "a=v-7", []),
        ("{$url}?a=v-{$request.body#/id}", "a=w-7", ["query-mismatch"]),
        ("{$url}?a={$request.body#/id}", "a=", []),
        ("{$url}?a=1&b=2", "b=2&a=1", []),
        ("{$url}?a=1&b=2", "c=3", ["query-mismatch", "query-mismatch"]),
    ],
)
def test_a_query_is_compared_decoded_and_in_any_order(key, query, codes):
    call = sent(callbacks(key), "POST", f"/x?{query}")
    assert outcome(call) == ("matched", "cb1", codes)


def test_more_literal_pairs_beat_fewer():
    mock = callbacks("{$url}", "{$url}?type=a", "{$url}?type={$request.body#/t}")
    assert outcome(sent(mock, "POST", "/?type=a")) == ("matched", "cb2", [])


def test_a_key_that_asks_for_another_query_is_no_better_than_one_that_asks_for_none():
    mock = callbacks("{$url}/x?type=a", "{$url}/x?type=b", "{$url}/x")
    assert outcome(sent(mock, "POST", "/x?type=c")) == ("matched", "cb3", [])


def test_of_keys_that_all_ask_for_another_query_the_first_is_told():
    mock = callbacks("{$url}/x?type=a", "{$url}/x?type=b")
    call = sent(mock, "POST", "/x?type=c")
    assert outcome(call) == ("ambiguous", "cb1", ["query-mismatch"])
    assert [each.name for each in call.candidates] == ["cb2"]


def test_segments_with_values_are_found_by_their_literals():
    mock = callbacks(
        "{$url}/a-{$request.body#/x}",
        "{$url}/{$request.body#/x}-z",
        "{$url}/a-{$request.body#/x}-z",
        "{$url}x/{$request.body#/x}",
    )
    targets = ["/a-1", "/1-z", "/a-1-z", "/ownx/1", "/a-"]
    calls = [sent(mock, "POST", each) for each in targets]
    found = [call.operation and call.operation.name for call in calls]
    assert found == ["cb1", "cb2", "cb3", "cb4", "cb1"]


def test_a_value_may_be_empty_among_many_keys():
    mock = callbacks(*(f"{{$url}}/event{n}/{{$request.body#/id}}" for n in range(50)))
    targets = ["/x/event33/", "/callbacks/s/url/event33/", "/x/event99/"]
    names = [
        (call.operation and call.operation.name)
        for call in (sent(mock, "POST", each) for each in targets)
    ]
    assert names == ["cb34", "cb34", None]


# --- methods ----------------------------------------------------------------------------


def any_method(*methods):
    item = dict.fromkeys(methods, ACCEPTED)
    return Mock(described(paths=calling({"cb": {ANYTHING: item}}, operationId="s")))


@each_row("method", ["GET", "HEAD", "OPTIONS", "TRACE", "CONNECT", "post", "X", ""])
def test_another_method_is_answered_with_those_that_there_are(method):
    call = sent(any_method("post", "put"), method, "/callbacks/s/url")
    assert outcome(call) == ("wrong_method", None, ["method"])
    assert (call.status, call.response.headers["allow"]) == (405, "POST, PUT")
    assert call.violations[0].expected == ["POST", "PUT"]
    assert [each.method for each in call.candidates] == ["POST", "PUT"]


@each_row(
    "method", ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"]
)
def test_every_documented_method_is_served(method):
    call = sent(any_method(method.lower()), method, "/")
    assert (call.outcome, call.operation.method) == ("matched", method)


def test_head_falls_back_to_get():
    call = sent(any_method("get", "post"), "HEAD", "/")
    assert (call.outcome, call.operation.method) == ("matched", "GET")


def test_a_documented_head_is_no_get():
    call = sent(any_method("get", "head"), "HEAD", "/")
    assert (call.outcome, call.operation.method) == ("matched", "HEAD")


def test_a_method_is_told_before_a_better_key():
    item = {
        "{$url}/update": {"put": ACCEPTED},
        "{$url}/{$request.body#/k}": {"post": ACCEPTED},
    }
    mock = Mock(described(paths=calling({"cb": item})))
    call = sent(mock, "POST", "/update")
    assert call.operation.expression == "{$url}/{$request.body#/k}"


@each_row(
    ("version", "method", "expected"),
    [
        ("3.2.0", "NOTIFY", ("matched", "w", [])),
        ("3.2.0", "notify", ("wrong_method", None, ["method"])),
        ("3.1.0", "NOTIFY", ("unmatched", None, ["unmatched"])),
        ("3.1.0", "FOO", ("malformed", None, ["unknown-method"])),
    ],
)
def test_additional_operations_came_with_3_2(version, method, expected):
    item = {"additionalOperations": {"NOTIFY": ACCEPTED}}
    mock = Mock(described(version=version, webhooks={"w": item}))
    assert outcome(sent(mock, method, "/webhooks/w")) == expected


# --- misses -----------------------------------------------------------------------------


@each_row(
    ("target", "nearest"),
    [
        ("/callbacks/s/callback_ur/invoices/1", "cb2"),
        ("/invoice/1", "cb2"),
        ("/dat", "cb1"),
        ("/callbacks/s/callbackurl", "cb1"),
    ],
)
def test_a_miss_names_the_nearest_first(target, nearest):
    call = sent(callbacks(DATA, INVOICE), "POST", target)
    assert (call.outcome, call.candidates[0].name) == ("unmatched", nearest)


def test_a_miss_names_three_of_many():
    mock = webhooks("petAdded", "orderPlaced", "petAddedTwice", "x", "petAdd")
    call = sent(mock, "POST", "/webhooks/petAded")
    assert [each.name for each in call.candidates] == [
        "petAdded",
        "petAdd",
        "petAddedTwice",
    ]


@pytest.mark.parametrize(
    ("target", "nearest"),
    [
        ("/webhooks/orderNumber77Placd", "orderNumber77Placed"),
        ("/webhooks/rderNumber77Placed", "orderNumber77Placed"),
        ("/webhooks/zzz", "orderNumber"),
    ],
)
def test_a_miss_names_the_nearest_of_very_many(target, nearest):
    mock = webhooks(*(f"orderNumber{number}Placed" for number in range(300)))
    call = sent(mock, "POST", target)
    assert call.outcome == "unmatched"
    assert call.candidates[0].name.startswith(nearest)


def test_a_miss_names_what_has_the_same_method_first():
    mock = Mock(described(webhooks={"pet": {"put": ACCEPTED, "post": ACCEPTED}}))
    call = sent(mock, "POST", "/webhooks/pets")
    assert [each.method for each in call.candidates] == ["POST", "PUT"]


def test_without_operations_everything_is_a_miss():
    call = sent(Mock(described()), "POST", "/x")
    assert (outcome(call), call.candidates) == (
        ("unmatched", None, ["unmatched"]),
        (),
    )
    assert call.violations[0].detail == "no callback or webhook is at /x"


# --- limits -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        lambda n: "/callbacks/s/" + "a" * n,
        lambda n: "/callbacks/s/url" + "/" * n,
        lambda n: "/invoices/" * (n // 10),
        lambda n: "/a" * (n // 2),
        lambda n: "/" + "%41" * (n // 3),
        lambda n: "&" * n,
        lambda n: "/t/" + "a" * n,
    ],
)
def test_a_long_path_costs_no_more_for_each_character(path):
    invoice = "{$url}/invoices/{$request.body#/id}/x"
    mock = callbacks(DATA, invoice, "{$url}/a{$request.body#/a}/b{$request.body#/b}/c")
    call = sent(mock, "POST", path(10_000))
    assert call.outcome == "unmatched"
    assert len(call.response.body) < 5_000
    assert growth(lambda size: sent(mock, "POST", path(size)), 10_000) < 4


def test_searching_many_operations_costs_no_more_for_each_of_them():
    mocks = {
        size: webhooks(*(f"event{number}" for number in range(size)))
        for size in (300, 3_000)
    }
    found = sent(mocks[3_000], "POST", "/webhooks/event2999")
    assert found.operation.name == "event2999"

    def search(size):
        call = sent(mocks[size], "POST", "/webhooks/evnt7")
        assert call.candidates[0].name == "event7"

    assert growth(search, 300) < 4


# --- cost -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "character", ["%", "/", "a", "&", "%2F", "{", "/%", "é", "/t/", "?"]
)
@pytest.mark.parametrize("prefix", ["/", "/webhooks/", "/callbacks/s/url/", "/t/"])
def test_fault_9_11_a_path_costs_time_by_its_length(prefix, character):
    mock = callbacks(
        "{$url}/a/{$request.body#/b}/c",
        "{$url}{$request.body#/x}",
        "{$url}/größe/{$request.body#/y}",
        "http://host/x",
    )

    def receive(size):
        target = prefix + character * (size // len(character))
        mock.receive(request("POST", target), id=1, now=0.0)

    assert growth(receive, 3_000) < 4


def test_1_7_every_name_of_a_webhook_gives_a_path_that_clients_send_unchanged():
    names = ["..", ".", "a/../b", "a/.", "../..", "a"]
    for mount in webhooks(*names).mounts:
        segments = mount.path.split("/")
        assert not {".", "..", "%2E", "%2E%2E"} & set(segments)
        found = sent(webhooks(*names), "POST", mount.path)
        assert found.operation.name == mount.operation.name
