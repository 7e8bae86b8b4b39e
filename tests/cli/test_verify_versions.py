"""Calls recorded with one version of a document, verified with the next: every format."""

import html
import json
import re
from xml.etree import ElementTree as ET

import pytest
from cbmock import sources
from cbmock.cli import main
from cbmock.http.messages import Headers, Request
from cbmock.mock.call import dumps, reference
from cbmock.mock.mock import Mock
from cbmock.reports import coverage_counter
from cbmock.reports.verification import again
from click.testing import CliRunner


def version(number, amount, **more):
    """Return a document whose `paid` has an amount of a type."""
    properties = {"amount": {"type": amount}, "lines": {"items": more}}
    content = {"application/json": {"schema": {"properties": properties}}}
    paid = {"requestBody": {"content": content}, "responses": {"204": {}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": number},
        "webhooks": {"paid": {"post": paid}},
    }


OLD = version("1", "integer")
NEW = version("2", "string", type="string")
JSON = [("content-type", "application/json"), ("host", "shop")]
BODIES = [
    {"amount": 1},
    {"amount": 2, "lines": [7, "x"]},
    {"amount": "3"},  # invalid by the first version, valid by the second
    {"amount": [4]},  # invalid by both
    {"amount": [5]},
    {"lines": ["x", 8, 9]},
    {},
]
HEAD = "Valid when they arrived, but no longer"


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "UTC")
    (tmp_path / "old.json").write_text(json.dumps(OLD), "utf-8")
    (tmp_path / "new.json").write_text(json.dumps(NEW, indent=1), "utf-8")
    calls = [
        Mock(sources.describe("old.json")).receive(
            Request(
                "POST", "/webhooks/paid", Headers.of(JSON), json.dumps(each).encode()
            ),
            id=at,
            now=1_800_000_000.0 + at,
        )
        for at, each in enumerate(BODIES, 1)
    ]
    lines = "\n".join(dumps(each.record()) for each in calls)
    (tmp_path / "calls.jsonl").write_text(lines, "utf-8")
    return calls


def verified(format_):
    arguments = ("new.json", "--journal", "calls.jsonl", "--expect", "paid=3")
    found = CliRunner().invoke(main, ["verify", *arguments, "--format", format_])
    assert found.exit_code == 1, found.output
    return found.stdout


RULE = "#/webhooks/paid/post/requestBody/content/application~1json/schema/properties"
AMOUNT = f"[new.json:15 {RULE}/amount]"
LINE = f"[new.json:19 {RULE}/lines/items]"


def test_text_has_the_groups_below_the_calls(files):
    lines = re.sub(r"^\d\d:\d\d:", "", verified("text"), flags=re.MULTILINE)
    assert (
        lines
        == f"""\
01.000  violation  POST /webhooks/paid  paid  204
    body #/amount: 1 is not a string  {AMOUNT}
02.000  violation  POST /webhooks/paid  paid  204
    body #/amount: 2 is not a string  {AMOUNT}
    body #/lines/0: 7 is not a string  {LINE}
04.000  violation  POST /webhooks/paid  paid  422
    body #/amount: [4] is not a string  {AMOUNT}
05.000  violation  POST /webhooks/paid  paid  422
    body #/amount: [5] is not a string  {AMOUNT}
06.000  violation  POST /webhooks/paid  paid  204
    body #/lines/1: 8 is not a string  {LINE}
    body #/lines/2: 9 is not a string  {LINE}
{HEAD}:
  2 to paid: body #/amount [type] 1 is not a string (call 1)
  2 to paid: body #/lines/0 [type] 7 is not a string (call 2)
paid POST: 2 calls, 1 of 1 responses
covered: 2 of 2 items, 100 %
    5 calls left out: invalid, ambiguous or unmatched
paid: 3 valid calls expected, 2 came
broken  7 calls, 5 with violations.
"""
    )


def test_json_has_the_groups_beside_the_calls(files):
    mock = Mock(sources.describe("new.json"))
    calls = [again(mock, each) for each in files]
    groups = [
        {
            "operation": reference(mock.operations[0]),
            "violation": calls[at].violations[which].record(),
            "count": 2,
            "example": at + 1,
        }
        for at, which in ((0, 0), (1, 1))
    ]
    assert json.loads(verified("json")) == {
        "document": "new.json",
        "good": False,
        "unmet": ["paid: 3 valid calls expected, 2 came"],
        "calls": [each.record() for each in calls],
        "regressions": groups,
        "coverage": coverage_counter.measure(calls, mock).record(),
    }


def test_junit_has_a_case_for_each_group(files):
    (suite,) = ET.fromstring(verified("junit"))
    cases = [
        (
            case.get("classname"),
            case.get("name"),
            *(each.get("message") for each in case),
        )
        for case in suite
    ]
    assert (suite.get("tests"), suite.get("failures")) == ("10", "8")
    place = "POST /webhooks/paid"
    assert cases == [
        ("paid", f"1 {place}", f"body #/amount: 1 is not a string  {AMOUNT}"),
        ("paid", f"2 {place}", f"body #/amount: 2 is not a string  {AMOUNT}"),
        ("paid", f"3 {place}"),
        ("paid", f"4 {place}", f"body #/amount: [4] is not a string  {AMOUNT}"),
        ("paid", f"5 {place}", f"body #/amount: [5] is not a string  {AMOUNT}"),
        ("paid", f"6 {place}", f"body #/lines/1: 8 is not a string  {LINE}"),
        ("paid", f"7 {place}"),
        (
            "no longer valid",
            "paid: body #/amount [type]",
            "2 to paid: body #/amount [type] 1 is not a string (call 1)",
        ),
        (
            "no longer valid",
            "paid: body #/lines/0 [type]",
            "2 to paid: body #/lines/0 [type] 7 is not a string (call 2)",
        ),
        ("expectations", "paid", "paid: 3 valid calls expected, 2 came"),
    ]


def test_github_has_one_annotation_for_each_group(files):
    first, place = "::error file=new.json,line", "POST /webhooks/paid: body"
    assert verified("github").splitlines() == [
        (
            f"{first}=15,col=10,title=type::no longer valid: 2 calls, such as call 1, "
            f"{place} #/amount: 1 is not a string"
        ),
        (
            f"{first}=19,col=11,title=type::no longer valid: 2 calls, such as call 2, "
            f"{place} #/lines/0: 7 is not a string"
        ),
        (
            f"{first}=15,col=10,title=type::2 calls, such as call 4, "
            f"{place} #/amount: [4] is not a string"
        ),
        "::error title=cbmock verify::paid: 3 valid calls expected, 2 came",
    ]


def test_the_page_has_the_groups_with_their_headline_below_what_did_not_come(files):
    body = verified("html").partition("<body>")[2]
    calls = re.split('<details class="call', body)
    assert shown(calls[0]) == [
        "cbmock",
        "1 test, 1 failed ; 7 calls, 5 not valid",
        "Tests Coverage Document",
        "all calls only invalid ones",
        "Tests",
        "failed cbmock verify new.json 7 calls",
        "paid: 3 valid calls expected, 2 came",
        HEAD,
        "calls operation violation for example",
        "2 paid error body #/amount 1 is not a string call 1",
        "2 paid error body #/lines/0 7 is not a string call 2",
    ]
    times = [f"2027-01-15T08:00:0{at}.000Z, 0.0 ms" for at in range(1, 8)]
    assert [shown(f"<{each}")[0] for each in calls[1:]] == [
        f"{verdict} paid POST /webhooks/paid call {at}, answered {status}, {time}"
        for at, (verdict, status, time) in enumerate(
            zip(VERDICTS, (204, 204, 422, 422, 422, 204, 204), times, strict=True), 1
        )
    ]
    links = re.findall(r'href="#([^"]+)">call \d', calls[0])
    assert [f'id="{each}"' in body for each in links] == [True, True]


VERDICTS = ["violation", "violation", "ok", "violation", "violation", "violation", "ok"]


def shown(markup):
    """Return what a part of a page says, line by line."""
    lines = re.sub(r"</?(?:tr|p|h\d|nav|details|summary|div|pre)\b", r"\n\g<0>", markup)
    texts = (html.unescape(re.sub(r"<[^>]*>", " ", each)) for each in lines.split("\n"))
    return [each for each in (" ".join(text.split()) for text in texts) if each]


def test_calls_to_an_operation_that_is_gone_are_grouped_by_it(files, tmp_path):
    documents = {**OLD["webhooks"], "refunded": OLD["webhooks"]["paid"]}
    (tmp_path / "old.json").write_text(json.dumps({**OLD, "webhooks": documents}))
    mock = Mock(sources.describe("old.json"))
    targets = ("/webhooks/paid", "/webhooks/refunded", "/webhooks/refunded")
    calls = [
        mock.receive(Request("POST", each, Headers.of(JSON), b"{}"), id=at, now=0.0)
        for at, each in enumerate(targets, 1)
    ]
    lines = "\n".join(dumps(each.record()) for each in calls)
    (tmp_path / "calls.jsonl").write_text(lines, "utf-8")
    (tmp_path / "new.json").write_text(json.dumps({**NEW, "webhooks": {}}), "utf-8")
    found = CliRunner().invoke(
        main, ["verify", "new.json", "--journal", "calls.jsonl", "--format", "json"]
    )
    groups = json.loads(found.stdout)["regressions"]
    assert [
        (each["count"], each["operation"]["name"], each["example"]) for each in groups
    ] == [(2, "refunded", 2), (1, "paid", 1)]
