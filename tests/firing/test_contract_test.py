"""The contract test of a receiver: its phases, causes, smallest requests."""

import json
import time

import pytest
from cbmock import ReceiverError, sources
from cbmock.firing import variants
from cbmock.firing.contract_test import ContractTest, Plan
from cbmock.firing.documented_request import documented_request
from cbmock.firing.sender import ShotSender
from cbmock.mock.mock import Mock

from tests.support.multiplying import chain

SCHEMA = {
    "type": "object",
    "required": ["amount"],
    "properties": {
        "amount": {"type": "integer", "minimum": 1, "maximum": 100},
        "note": {"type": ["string", "null"], "maxLength": 5},
        "kind": {"enum": ["a", "b"]},
    },
}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "webhooks": {
        "paid": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": SCHEMA,
                            "examples": {
                                "small": {"value": {"amount": 1}},
                                "large": {"value": {"amount": 100}},
                            },
                        }
                    },
                },
                "responses": {"204": {"description": "taken"}},
            }
        }
    },
}


def taking(schema, **more):
    """Return a webhook that takes a JSON body."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    answers = {"204": {"description": "taken"}}
    return {"post": {"requestBody": body, "responses": answers, **more}}


MOCK = Mock(sources.describe(DOCUMENT))
(OPERATION,) = MOCK.operations


def receiver(status):
    async def app(scope, receive, send):
        body = (await receive())["body"]
        app.got.append(body)
        answer = {"type": "http.response.start", "status": status(body), "headers": []}
        await send(answer)
        await send({"type": "http.response.body", "body": b""})

    app.got = []
    return app


def careful(body):
    return 204 if not MOCK.check_body(body, None, OPERATION) else 422


def result_of(status, **plan):
    app = receiver(status)
    return app, ContractTest(ShotSender(MOCK), app, Plan(**plan)).run()


def test_a_receiver_that_looks_at_bodies_only_takes_any_media_type():
    _, results = result_of(careful)
    assert [each.reason for each in results.failures] == [
        (
            "url: wrong-media-type (media type Content-Type) was answered 204; a 4xx is "
            "expected"
        )
    ]


def test_every_documented_example_is_sent():
    app, results = result_of(careful, phases=("examples",))
    assert ([json.loads(each)["amount"] for each in app.got], results.cases) == (
        [1, 1, 100],
        3,
    )


def test_boundaries_and_optional_members_are_sent():
    whole = documented_request(MOCK, OPERATION)
    plain = whole.with_content({"amount": 50, "note": "x", "kind": "a"})
    bodies = [
        each.whole.content for each in variants.variants(MOCK, OPERATION, plain, 500)
    ]
    assert {each.get("amount") for each in bodies} >= {1, 2, 99, 100, 50}
    assert {each.get("note", "absent") for each in bodies} >= {
        "absent",
        None,
        "",
        "aaaaa",
        "ééééé",
    }
    assert {each.get("kind", "absent") for each in bodies} == {"absent", "a", "b"}
    assert all(
        MOCK.check_body(json.dumps(each).encode(), None, OPERATION) == ()
        for each in bodies
    )


def test_a_receiver_that_fails_now_and_then_has_failed():
    calls = iter(range(10**9))

    def forgetful(_):
        return 500 if next(calls) % 7 == 6 else 204

    _, results = result_of(forgetful, phases=("generated",), max_examples=30)
    assert [each.answer.status for each in results.failures] == [500]


def test_a_search_that_runs_out_of_time_has_found_what_it_found():
    plan = {"phases": ("generated",), "max_examples": 200, "max_time": 0.3}
    _, results = result_of(lambda _: (time.sleep(0.002), 500)[1], **plan)
    assert [each.answer.status for each in results.failures] == [500]


def test_a_failure_is_one_cause_with_the_smallest_request():
    def refuses_large(body):
        value = json.loads(body)
        return 422 if value["amount"] > 90 else careful(body)

    _, results = result_of(refuses_large, phases=("coverage",))
    (failure,) = results.failures
    assert failure.reason == "url: the response 422 is not documented; documented: 204"
    smallest = json.loads(failure.answer.request.body)
    assert (set(smallest), smallest["amount"] > 90, failure.count > 1) == (
        {"amount"},
        True,
        True,
    )


def test_what_is_sent_again_gets_the_same_kind_of_answer():
    seen = set()

    def once(body):
        first = body not in seen
        seen.add(body)
        return 204 if first else 500

    _, results = result_of(once, phases=("conduct",))
    assert results.failures[0].reason == (
        "the repeated delivery was answered 500, the first 204"
    )


def test_a_generated_body_that_fails_is_made_as_small_as_it_gets():
    def refuses_notes_beside_amounts(body):
        value = json.loads(body)
        return 500 if value["amount"] > 7 and value.get("note") else careful(body)

    app, results = result_of(
        refuses_notes_beside_amounts, phases=("generated",), max_examples=100
    )
    (failure,) = results.failures
    assert json.loads(failure.answer.request.body) == {"amount": 8, "note": "0"}
    assert results.cases == len(app.got)


def test_each_cause_among_generated_bodies_is_found():
    def refuses(body):
        value = json.loads(body)
        if value["amount"] > 50:
            return 500
        return 409 if "kind" in value else careful(body)

    _, results = result_of(refuses, phases=("generated",), max_examples=60)
    found = {
        each.answer.status: json.loads(each.answer.request.body)
        for each in results.failures
    }
    assert found == {500: {"amount": 51}, 409: {"amount": 1, "kind": "a"}}


def test_the_same_delivery_again_must_not_change_the_effect():
    _, results = result_of(careful, phases=("conduct",), effect=iter((1, 2)).__next__)
    assert [each.reason for each in results.failures] == [
        "the repeated delivery changed the effect from 1 to 2"
    ]


def test_deliveries_out_of_order_are_sent():
    seen = []

    async def app(scope, receive, send):
        headers = dict(scope["headers"])
        stamp = int(headers[b"webhook-timestamp"])
        status = 409 if seen and stamp < max(seen) - 30 else 204
        seen.append(stamp)
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sender = ShotSender(MOCK, signature="standard-webhooks", secret="AAECAwQFBgcICQoL")
    results = ContractTest(sender, app, Plan(phases=("conduct",))).run()
    assert results.failures[0].reason.startswith("out of order: url: the response 409")


def test_time_can_be_bounded():
    _, results = result_of(careful, max_time=1e-9)
    assert (results.stopped, results.cases) == (True, 0)


def test_every_operation_that_cannot_be_sent_is_said_with_its_reason():
    many = "#/components/schemas/N40"
    header = {"name": "X-A", "in": "header", "required": True, "schema": {"$ref": many}}
    document = {
        **DOCUMENT,
        "webhooks": {
            **DOCUMENT["webhooks"],
            "gone": {"$ref": "#/components/pathItems/gone"},
            "many": taking({"$ref": many}),
            "header": taking({}, parameters=[header]),
            "impossible": taking({"type": "integer", "minimum": 2, "maximum": 1}),
        },
        "components": {"schemas": chain("anyOf")},
    }
    mock = Mock(sources.describe(document))
    results = ContractTest(
        ShotSender(mock), receiver(careful), Plan(max_examples=1)
    ).run()
    ways = (
        "openapi.json#/components/schemas/N15: "
        "one part of a value would be checked in more than 100,000 ways"
    )
    gone = (
        "openapi.json#/webhooks/gone: $ref '#/components/pathItems/gone' has no target: "
        "nothing is at 'pathItems'"
    )
    impossible = (
        "openapi.json#/webhooks/impossible/post/requestBody/content/application~1json/"
        "schema: no body was found that the schema accepts: "
        "`minimum` is 2, `maximum` is 1"
    )
    assert [str(each) for each in results.skipped] == [
        f"gone: no request to gone can be made: {gone}",
        f"many.post: {ways}",
        f"header.post: no valid request can be made: {ways}",
        f"impossible.post: no valid request can be made: {impossible}",
    ]
    assert results.cases > 1
    assert results.summary.endswith(", 0 failures, 4 skipped, seed 1")


def test_an_operation_that_is_asked_for_and_cannot_be_sent_is_said_too():
    webhooks = {"gone": {"$ref": "#/components/pathItems/gone"}}
    mock = Mock(sources.describe({**DOCUMENT, "webhooks": webhooks}))
    run = ContractTest(ShotSender(mock), receiver(careful), Plan(operations=("gone",)))
    with pytest.raises(ReceiverError):
        ShotSender(mock).shot("gone", receiver(careful))
    assert [each.operation.name for each in run.run().skipped] == ["gone"]


def test_a_run_is_reproduced_by_its_seed():
    first, _ = result_of(careful, phases=("generated",), seed=3, max_examples=5)
    second, _ = result_of(careful, phases=("generated",), seed=3, max_examples=5)
    assert first.got == second.got


def test_the_record_is_that_of_the_command():
    _, results = result_of(lambda body: 204, phases=("broken",))
    record = results.record()
    assert set(record) == {"cases", "failures", "seed", "skipped", "stopped"}
    assert set(record["failures"][0]) == {
        "operation",
        "phase",
        "reason",
        "request",
        "response",
        "violations",
        "curl",
        "count",
    }
