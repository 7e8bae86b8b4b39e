from dataclasses import replace

import httpx2
from cbmock import Receiver
from cbmock.http.messages import Response
from cbmock.mock.mock import Mock
from cbmock.reports import coverage, coverage_counter
from cbmock.reports.coverage import Coverage, CoverageItem

from tests.support.invoices import DOCUMENT, EVENT, TARGET, event
from tests.support.mocks import described, request, taking
from tests.support.rows import each_row

PAID = {"type": "object", "required": ["paid"], "properties": {"paid": {"const": True}}}
OPEN = {"type": "object", "required": ["open"], "properties": {"open": {}}}


def webhook(schema, *, media_types=("application/json",), **fields):
    content = {key: {"schema": schema} for key in media_types}
    responses = {
        "200": {"description": "ok"},
        "4XX": {"description": "no"},
        "default": {"description": "else"},
    }
    operation = {"requestBody": {"content": content}, "responses": responses}
    return Mock(described(webhooks={"w": {"post": operation}}, **fields))


def played(mock, *bodies, status=None, target="/webhooks/w"):
    for id, body in enumerate(bodies, 1):
        call = mock.receive(request("POST", target, body), id=id, now=0.0)
        if status is not None:
            object.__setattr__(call, "response", Response(status))
        yield call


def shown(found):
    (operation,) = found.operations
    return operation.calls, [
        each.name for each in (*operation.responses, *operation.branches) if each.seen
    ]


def test_what_nothing_was_sent_to_is_not_covered():
    mock = webhook({"oneOf": [PAID, OPEN]})
    found = coverage_counter.measure((), mock)
    assert (found.covered, found.total, found.percent) == (0, 6, 0.0)


@each_row(
    ("status", "code"),
    [(200, "200"), (404, "4XX"), (499, "4XX"), (503, "default"), (201, "default")],
)
def test_a_response_is_seen_when_a_call_was_answered_with_it(status, code):
    mock = webhook({})
    found = coverage_counter.measure(played(mock, {}, status=status), mock)
    assert shown(found) == (1, [code])


def test_an_answer_that_never_left_is_not_seen():
    mock = webhook({})
    calls = [replace(each, sent="nothing") for each in played(mock, {})]
    assert shown(coverage_counter.measure(calls, mock)) == (1, [])


def test_a_branch_is_seen_when_a_body_satisfied_it():
    mock = webhook({"oneOf": [{**PAID, "title": "Paid"}, {**OPEN, "title": "Open"}]})
    found = coverage_counter.measure(played(mock, {"paid": True}, {"paid": True}), mock)
    assert shown(found) == (2, ["200", "Paid"])
    assert (found.covered, found.total, found.percent) == (3, 6, 50.0)


def test_only_valid_calls_that_are_one_operations_alone_count():
    mock = webhook({"oneOf": [PAID, OPEN]})
    calls = (
        *played(mock, {"paid": False}),
        *played(mock, {"paid": True}, target="/webhooks/x"),
    )
    found = coverage_counter.measure(calls, mock)
    assert (shown(found), found.left_out) == ((0, []), 2)
    twins = Mock(
        described(webhooks={"a": {"post": taking({})}, "b": {"post": taking({})}})
    )
    (call,) = played(twins, {}, target="/webhooks")
    assert (call.outcome, call.valid) == ("ambiguous", True)
    assert coverage_counter.measure((call,), twins).covered == 0


def test_branches_are_counted_for_each_media_type():
    mock = webhook(
        {"oneOf": [PAID, OPEN]}, media_types=("application/json", "application/xml")
    )
    (operation,) = coverage_counter.measure(
        played(mock, {"paid": True}), mock
    ).operations
    assert [(each.media_type, each.seen) for each in operation.branches] == [
        ("application/json", True),
        ("application/json", False),
        ("application/xml", False),
        ("application/xml", False),
    ]


def test_the_items_of_a_sequence_have_branches():
    media_type = {"itemSchema": {"oneOf": [PAID, OPEN]}}
    operation = {"requestBody": {"content": {"application/jsonl": media_type}}}
    mock = Mock(described(version="3.2.0", webhooks={"w": {"post": operation}}))
    sent = request(
        "POST",
        "/webhooks/w",
        b'{"paid": true}\n',
        {"content-type": "application/jsonl"},
    )
    call = mock.receive(sent, id=1, now=0.0)
    (found,) = coverage_counter.measure((call,), mock).operations
    assert [each.seen for each in found.branches] == [True, False]


def test_an_operation_that_cannot_be_read_or_is_not_served_is_no_item():
    gone = {"post": {"requestBody": {"$ref": "#/components/requestBodies/Gone"}}}
    mock = Mock(described(webhooks={"gone": gone, "w": {"post": taking({})}}))
    (operation,) = coverage_counter.measure((), mock).operations
    assert operation.operation["name"] == "w"


def test_a_document_without_operations_is_covered():
    assert coverage_counter.measure((), Mock(described())).percent == 100.0


def test_the_percentage_is_rounded_down_and_the_limit_is_exact():
    item = [CoverageItem(str(number), seen=number > 0) for number in range(2000)]
    (operation,) = coverage_counter.measure((), webhook({})).operations
    found = Coverage(
        (coverage.OperationCoverage(operation.operation, 1, tuple(item), ()),)
    )
    assert found.percent == 99.9
    assert coverage.required(found, 99.9) is None
    assert coverage.required(found, 100) == (
        "coverage of 99.9 % is below the 100 % required"
    )


def test_what_several_processes_saw_is_merged():
    mock = webhook({"oneOf": [{**PAID, "title": "Paid"}, {**OPEN, "title": "Open"}]})
    one = coverage_counter.measure(played(mock, {"paid": True}), mock)
    other = coverage_counter.measure(played(mock, {"open": 1}, 7, status=404), mock)
    both = one.merged(other)
    assert shown(both) == (2, ["200", "4XX", "Paid", "Open"])
    assert both.left_out == 1
    assert both == Coverage().merged(both)
    assert Coverage.read(both.record()) == both


def test_coverage_is_written_for_people():
    mock = webhook({"oneOf": [{**PAID, "title": "Paid"}, {**OPEN, "title": "Open"}]})
    calls = played(mock, {"paid": True}, 7)
    assert str(coverage_counter.measure(calls, mock)) == (
        "w POST: 1 call, 1 of 3 responses, 1 of 2 branches\n"
        "    not seen: response 4XX\n"
        "    not seen: response default\n"
        "    not seen: branch Open [openapi.json#/webhooks/w/post/requestBody/content/"
        "application~1json/schema/oneOf/1]\n"
        "covered: 3 of 6 items, 50 %\n"
        "    1 call left out: invalid, ambiguous or unmatched"
    )


def test_coverage_is_recorded():
    mock = Mock(described(webhooks={"w": {"post": taking({"oneOf": [PAID]})}}))
    found = coverage_counter.measure((), mock).record()
    (operation,) = found.pop("operations")
    assert found == {"percent": 0.0, "covered": 0, "total": 3, "left_out": 0}
    assert operation["operation"]["name"] == "w"
    assert operation["responses"] == [{"status": "202", "seen": False}]
    assert operation["branches"] == [
        {
            "name": "object",
            "pointer": "openapi.json#/webhooks/w/post/requestBody/content/"
            "application~1json/schema/oneOf/0",
            "media_type": "application/json",
            "seen": False,
        }
    ]


def test_a_receiver_knows_the_coverage_of_its_own_calls():
    with Receiver(DOCUMENT) as receiver:
        one, other = receiver.for_test("one"), receiver.for_test("other")
        httpx2.post(one.url + TARGET, json=EVENT)
        assert [one.coverage.covered, other.coverage.covered] == [2, 0]
        assert receiver.coverage.percent == 50.0


def test_a_mock_is_counted_call_by_call():
    mock = Mock(described(webhooks={"w": {"post": taking({})}}))
    found = coverage_counter.CoverageCounter(mock)
    found(mock.receive(event("/webhooks/w"), id=1, now=0.0))
    assert found.coverage.percent == 100.0


def test_what_fastapi_adds_counts_only_where_it_was_played():
    added = {"$ref": "#/components/schemas/HTTPValidationError"}
    content = {"application/json": {"schema": added}}
    responses = {"200": {"description": "ok"}, "422": {"content": content}}
    mock = Mock(
        described(
            webhooks={"a": {"post": {"responses": responses}}},
            components={"schemas": {"HTTPValidationError": {}}},
        )
    )
    found = coverage_counter.measure((), mock)
    assert found.total == 2
    assert str(found).endswith(
        "covered: 0 of 2 items, 0 %\n    left out, 1 time: response 422 (FastAPI writes its "
        "HTTPValidationError into every operation)"
    )
    seen = coverage_counter.measure(
        played(mock, {}, target="/webhooks/a", status=422), mock
    )
    assert (seen.covered, seen.total) == (2, 3)


@each_row(
    ("omit", "total"),
    [
        ((), 4),
        (["4XX"], 3),
        (["4xx", "default"], 2),
        (["w 4XX"], 3),
        (["other 4XX"], 4),
        (["w*"], 0),
        (["W"], 4),
    ],
)
def test_a_project_omits_operations_statuses_or_both(omit, total):
    found = coverage_counter.measure((), webhook({})).omitting(omit)
    assert found.total == total
    assert Coverage.read(found.record()) == found


def test_what_was_played_counts_though_it_is_omitted():
    mock = webhook({})
    found = coverage_counter.measure(played(mock, {}), mock).omitting(["w", "200"])
    assert (found.covered, found.total) == (2, 4)
