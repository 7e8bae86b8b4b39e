import re
from dataclasses import replace

import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.reports import failures
from cbmock.reports.differences import Difference, side_by_side
from cbmock.reports.nearest_call import nearest_call
from cbmock.reports.text import WIDTH, coloured, fitted, timeline
from cbmock.testing.matching import Matching, read
from cbmock.triggers.key_evaluation import DueUrls, due, exchange
from cbmock.violations import Violation

from tests.support.invoices import DOCUMENT, EVENT, TARGET, event
from tests.support.mocks import described, sent
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))
NOTIFIED = MOCK.names.find("invoice_notification")


def calls(*requests):
    return tuple(
        MOCK.receive(each, id=at, now=at / 10) for at, each in enumerate(requests, 1)
    )


def told(came, *, found=(), wanted="a call", matching=None, due=None):
    return failures.missing(
        NOTIFIED,
        wanted=wanted,
        found=found,
        calls=came,
        matching=read(matching),
        timeout=5,
        started=0,
        url="http://mock/t/a",
        naming=MOCK.names.shortest,
        due=due,
    )


def test_nothing_arrived():
    assert told(()) == (
        "invoice_notification was due a call within 5 s, 0 came; nothing arrived.\n"
        "\n"
        "expected: POST {$callback_url}/invoices/{$request.body.id}\n"
        "    where {$callback_url} is http://mock/t/a or what was registered\n"
        "received:\n"
        "  nothing arrived\n"
        "\n"
        'If this is intended: cbmock.never("invoice_notification")'
    )


def test_the_nearest_call_is_shown_beside_what_was_wanted():
    came = calls(event(), event(body={"description": "x", "paid": False}))
    wanted = {"description": "y", "paid": False, "who": {"name": "rick"}}
    assert told(came, matching=wanted) == (
        "invoice_notification was due a call within 5 s, 0 came; body "
        "description was 'x', not 'y'.\n"
        "\n"
        "expected: POST {$callback_url}/invoices/{$request.body.id}\n"
        "    where {$callback_url} is http://mock/t/a or what was registered\n"
        "nearest call: +0.200 s  POST /events/invoices/2expen51ve\n"
        "                      wanted            came\n"
        "    body description  'y'               'x'\n"
        "    body who          {'name': 'rick'}  nothing\n"
        "received:\n"
        "  +0.100 s  POST /events/invoices/2expen51ve  invoice_notification: ok, "
        "answered 200\n"
        "  +0.200 s  POST /events/invoices/2expen51ve  invoice_notification: ok, "
        "answered 200\n"
        "\n"
        'If this is intended: cbmock.wait_for("invoice_notification", '
        "matching={'description': 'x', 'paid': False})"
    )


def test_a_call_to_a_wrong_url_is_shown_beside_where_it_was_due():
    came = calls(event("/events/invoice/1"), event("/webhooks", {"username": "r"}))
    assert told(came) == (
        "invoice_notification was due a call within 5 s, 0 came; URL was "
        "/events/invoice/1, not {$callback_url}/invoices/{$request.body.id}.\n"
        "\n"
        "expected: POST {$callback_url}/invoices/{$request.body.id}\n"
        "    where {$callback_url} is http://mock/t/a or what was registered\n"
        "nearest call: +0.100 s  POST /events/invoice/1\n"
        "    URL\n"
        "      wanted  {$callback_url}/invoices/{$request.body.id}\n"
        "      came    /events/invoice/1\n"
        "received:\n"
        "  +0.100 s  POST /events/invoice/1  -: no match, answered 404\n"
        "      url: no callback or webhook is at /events/invoice/1;\n"
        "          nearest: invoice_notification (POST …/invoices/{$request.body.id}), "
        "new-subscription\n"
        "              (POST /webhooks/new-subscription)\n"
        '      body: {"description": "Payment celebration", "paid": true}\n'
        "  +0.200 s  POST /webhooks  new-subscription: ok, answered 204\n"
        "elsewhere: 1 call to no callback or webhook, 1 call to new-subscription"
    )


def test_fault_2_5_an_undocumented_event_is_an_event_and_no_wrong_url():
    named = [
        {"name": "X-Event", "in": "header", "required": True, "schema": {"const": name}}
        for name in ("order", "refund")
    ]
    mock = Mock(
        described(
            webhooks={
                each["schema"]["const"]: {"post": {"parameters": [each]}}
                for each in named
            }
        )
    )
    operation = mock.operations[0]
    call = sent(mock, "POST", "/webhooks", {}, {"x-event": "ticket"})
    nearest = nearest_call(operation, (), (call,), read(None), None)
    assert [*map(str, nearest.differences)] == ["event: order is wanted, ticket came"]


def test_a_wrong_method_is_shown_beside_the_right_one():
    shown = told(calls(event(method="PUT")))
    assert re.search(r"\n +wanted  came\n    method  POST    PUT\n", shown)


@each_row(
    ("matching", "line"),
    [
        (None, 'cbmock.wait_for("invoice_notification")'),
        (Matching(query={"a": "1"}), 'cbmock.wait_for("invoice_notification")'),
        ({"paid": {"x": 1}}, 'cbmock.wait_for("invoice_notification")'),
        (
            {"paid": False, "who": 1},
            "cbmock.wait_for(\"invoice_notification\", matching={'paid': True})",
        ),
    ],
)
def test_the_line_that_would_be_green_is_told(matching, line):
    shown = told(
        calls(event()),
        matching=matching,
        due=DueUrls(("http://mock/events/invoices/2expen51ve",)),
    )
    assert shown.endswith(f"\n\nIf this is intended: {line}")


def test_too_many_calls_could_be_expected():
    came = calls(event(), event())
    assert told(came, found=came).endswith(
        'If this is intended: cbmock.expect("invoice_notification").times(2)'
    )


def test_differences_that_are_too_wide_stand_below_each_other():
    rows = [Difference("a", "1", "2"), Difference("b", "x" * 200, "y\x1b")]
    assert list(side_by_side(rows, "  ")) == [
        "     wanted  came",
        "  a  1       2",
        "  b",
        f"    wanted  {'x' * 79}…",
        "    came    y\\x1b",
    ]


def test_a_failure_fits_a_terminal_whatever_was_sent():
    long = "word " * 60
    came = calls(
        event(body={"description": long, "paid": long}),
        event("/t/a-token-that-is-rather-long/and/a/url/that/nobody/waits/for/at/all"),
        event("/webhooks", {"user": long}),
    )
    shown = told(came, matching={"description": long + "!"})
    wide = [line.strip() for line in shown.split("\n") if len(line) > WIDTH]
    copied = [line for line in wide if " " in line]  # others are one pointer or URL
    assert [line.partition(" ")[0] for line in copied] == [
        "invoice_notification",
        "body:",
        "body:",
        "If",
    ]


def test_a_line_is_broken_at_clauses_then_at_spaces():
    assert fitted("short; line", "  ") == ["  short; line"]
    url = "http://mock/" + "x" * WIDTH
    assert fitted(f"one {'two ' * 20}; {url} three", "  ") == [
        "  one two two two two two two two two two two two two two two two two two two two two ;",
        f"      {url}",
        "          three",
    ]


def test_the_verdicts_of_a_timeline_are_coloured():
    came = calls(event(), event(body={**EVENT, "paid": "ok"}), event("/ok"))
    assert re.findall(
        r"\x1b\[(\d\d)m([^\x1b]+)\x1b\[0m", coloured(timeline(came, 0))
    ) == [
        ("32", "ok"),
        ("31", "violation"),
        ("33", "no match"),
    ]


def test_many_calls_are_told_from_the_end():
    journal = MemoryJournal()
    for call in calls(*[event()] * 25):
        journal.append(call)
    lines = timeline(journal.calls(), 0).split("\n")
    assert (lines[0], len(lines)) == ("  … 5 calls before these", 21)
    assert lines[-1].startswith(f"  +2.500 s  POST {TARGET}")


# --- a call at a wrong URL, with a trigger (faults 2.4, 2.7, 2.8) ---------------------------

KEY = "{$request.query.u}"
REFUND = {"type": "object", "required": ["refund_id"]}


def shop(**callbacks):
    items = {
        name: {key: {method: operation}}
        for name, (key, method, operation) in callbacks.items()
    }
    parent = {"operationId": "order", "callbacks": items, "responses": {}}
    return Mock(
        sources.describe({"openapi": "3.1.0", "paths": {"/orders": {"post": parent}}})
    )


BARE = shop(
    shipped=(f"{KEY}/orders/{{$request.body#/id}}/shipped", "post", {}),
    settled=(
        KEY,
        "post",
        {"requestBody": {"content": {"application/json": {"schema": REFUND}}}},
    ),
    archived=(f"{KEY}/archive/{{$request.body#/id}}", "put", {}),
)


def told_with_trigger(*requests):
    came = tuple(
        BARE.receive(each, id=at, now=at / 10) for at, each in enumerate(requests, 1)
    )
    return failures.missing(
        BARE.names.find("shipped"),
        wanted="a call",
        found=(),
        calls=came,
        matching=Matching(),
        timeout=5,
        started=0,
        url="http://mock",
        naming=BARE.names.shortest,
        due=DueUrls(("http://mock/orders/7/shipped",)),
    )


@pytest.mark.parametrize(
    ("path", "method", "lines"),
    [
        pytest.param(
            "/order/7/shipped",
            "POST",
            [
                "0 came; URL was /order/7/shipped, not /orders/7/shipped.\n",
                (
                    "       due: /orders/7/shipped\n"
                    "    called: /order/7/shipped\n"
                    "                  ^\n"
                ),
            ],
            id="fault 2.4: a misspelt path that another callback's bare key matches",
        ),
        pytest.param(
            "/orders/7/shiped",
            "POST",
            [
                (
                    "       due: /orders/7/shipped\n"
                    "    called: /orders/7/shiped\n"
                    "                          ^\n"
                ),
            ],
            id="fault 2.7: a wrong literal at the end",
        ),
        pytest.param(
            "/orders/7/shipped",
            "PUT",
            ["0 came; method was PUT, not POST.\n", "    method  POST    PUT\n"],
            id="a wrong method",
        ),
    ],
)
def test_every_call_is_compared_with_the_due_url(path, method, lines):
    """Fault 2.8."""
    shown = told_with_trigger(event(path, {}, method=method))
    assert [line for line in lines if line not in shown] == [], shown
    assert "If this is intended" not in shown


def test_a_good_call_to_another_callback_is_not_shown_as_misdirected():
    shown = told_with_trigger(event("/archive/7", {}, method="PUT"))
    assert "called: " not in shown
    assert shown.endswith('If this is intended: cbmock.never("shipped")')


def test_a_body_that_is_not_read_is_named_where_no_url_is_due():
    parent = {
        "operationId": "o",
        "callbacks": {"e": {"{$request.body#/u}": {"post": {}}}},
    }
    mock = Mock(
        sources.describe({"openapi": "3.1.0", "paths": {"/o": {"post": parent}}})
    )
    (operation,) = [mount.operation for mount in mock.mounts]
    trigger = exchange(
        "POST", "http://api/o", Headers.of([("content-type", "text/xml")]), b"<u/>"
    )
    shown = failures.missing(
        operation,
        wanted="a call",
        found=(),
        calls=(),
        matching=Matching(),
        timeout=5,
        started=0,
        url="http://mock",
        naming=mock.names.shortest,
        due=due(operation, trigger, mock.description),
    )
    reason = (
        "the key gives no URL for this trigger: {$request.body#/u} gives nothing: "
        "the body is text/xml, which is not read"
    )
    assert shown.startswith(f"e was due a call within 5 s, 0 came; {reason}.\n")
    assert f"\nexpected: POST nothing: {reason}\n" in shown


# --- bodies -------------------------------------------------------------------------------


def test_a_long_body_is_broken_at_commas_only():
    """Fault 5.7."""
    values = {f"at{index}": f"2026-11-{index:02}T00:00:00Z" for index in range(9)}
    (call,) = calls(event(body={**EVENT, "paid": 1, **values}))
    shown = timeline([call], 0)
    body = shown[shown.index("body: ") :].split("\n")
    assert len(body) > 1
    assert all(line.rstrip(" …").endswith((",", "}")) for line in body)


def test_a_long_value_stays_whole():
    long = "x" * 500
    (call,) = calls(event(body={"description": long, "paid": 1}))
    assert f'"{long}",' in timeline([call], 0)


def test_what_is_no_http_request_is_reported_in_words():
    hello = Request("", "", Headers(()), b"\x16\x03\x01\xff")
    said = Violation(
        location="delivery", code="malformed-http", detail="a TLS handshake"
    )
    call = MOCK.refuse(hello, said, id=1, now=1.0, token="a")
    assert failures.broken((call,), 0.0) == (
        "malformed: a TLS handshake\n"
        "  +1.000 s     -: malformed, answered 400\n"
        "      delivery: a TLS handshake\n"
        "\n"
        'If this is intended: cbmock.allow_violations("malformed-http")'
    )


@each_row(
    ("target", "marked"),
    [
        (TARGET, True),
        (f"http://mock:4020{TARGET}", True),
        (f"/t/a{TARGET}", False),
        (f"http://mock:4020/t/a{TARGET}", False),
    ],
)
def test_a_call_that_names_no_test_is_marked(target, marked):
    request = replace(event(), target=target)
    call = MOCK.receive(request, id=1, now=0.1, token="a")
    text = timeline((call,), 0.0)
    assert ("(without token) invoice_notification: ok" in text) is marked
    assert text.endswith("it may be an earlier one's") is marked
