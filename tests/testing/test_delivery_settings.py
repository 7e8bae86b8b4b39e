"""Identities and conducts that are configured: by a Receiver, and by a file for `serve`."""

import asyncio

import httpx2
import pytest
from cbmock import Receiver
from cbmock.cli.serving.settings import deliveries_of
from cbmock.config import parse
from cbmock.deliveries.conduct import PROFILES, Conduct
from cbmock.errors import ReceiverError

from tests.support.rows import each_row

DOCUMENT = {
    "openapi": "3.1.0",
    "webhooks": {
        "paid": {"post": {"responses": {"200": {"description": "ok"}}}},
        "moved": {"post": {"responses": {"200": {"description": "ok"}}}},
    },
}


def post(receiver, *bodies, **headers):
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    ask(receiver, *(("POST", "/webhooks/paid", body, fields) for body in bodies))


def ask(receiver, *requests):
    async def asked():
        transport = httpx2.ASGITransport(receiver.app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://m"
        ) as client:
            for method, path, body, headers in requests:
                answer = await client.request(
                    method, path, content=body, headers=headers
                )
            return answer

    return asyncio.run(asked())


def test_a_configured_conduct_is_what_a_test_is_held_to():
    receiver = Receiver(
        DOCUMENT, identity="body #/id", conduct={"paid": {"max-attempts": 1}}
    )
    receiver.respond("paid", status=503)
    post(receiver, b'{"id": 7}', b'{"id": 7}')
    (delivery,) = receiver.deliveries()
    assert (delivery.identity, [c.delivery.attempt for c in delivery.attempts]) == (
        "7",
        [1, 2],
    )
    receiver.allow_violations("unexpected-body")
    with pytest.raises(AssertionError, match="2 attempts came; at most 1"):
        receiver.verify()
    with pytest.raises(AssertionError, match="2 attempts came; at most 1"):
        delivery.check()
    receiver.allow_violations("too-many-attempts")
    receiver.verify()


def test_a_failure_shows_both_calls_of_a_reused_identity():
    receiver = Receiver(DOCUMENT)
    post(receiver, b'{"n": 1}', b'{"n": 2}', webhook_id="a")
    receiver.allow_violations("unexpected-body")
    with pytest.raises(AssertionError) as failed:
        receiver.verify()
    assert str(failed.value).splitlines()[0] == (
        "paid broke the contract: delivery: the same identity came with another body in "
        "call 1: #/n is 2 here, 1 there"
    )
    assert 'call 1: POST /webhooks/paid, answered 200: {"n": 1}' in str(failed.value)
    assert 'call 2: POST /webhooks/paid, answered 200: {"n": 2}' in str(failed.value)


def test_the_control_api_judges_by_the_configured_conduct():
    receiver = Receiver(DOCUMENT, conduct="standard-webhooks")
    receiver.respond("paid", status=410)
    post(receiver, b"{}", b"{}", webhook_id="a")
    (found,) = ask(receiver, ("GET", "/_cbmock/api/deliveries", b"", {})).json()[
        "deliveries"
    ]
    assert [each["code"] for each in found["violations"]] == ["retry-after-gone"]
    ask(receiver, ("DELETE", "/_cbmock/api/calls", b"", {}))
    post(receiver, b"{}", webhook_id="a")
    (call,) = ask(receiver, ("GET", "/_cbmock/api/calls", b"", {})).json()["calls"]
    assert call["delivery"] == {"identity": "a", "attempt": 1}


def test_a_file_says_identity_and_conduct_for_patterns_of_operations(tmp_path):
    text = """
[operations."pa*"]
identity = "header x-id"
conduct = "matrix"
[operations.moved]
conduct = {max-attempts = 2}
"""
    found = deliveries_of(parse(text, tmp_path / "cbmock.toml"))
    assert found.identities == (("pa*", "header x-id"),)
    assert found.conducts == (
        ("pa*", PROFILES["matrix"]),
        ("moved", Conduct(max_attempts=2)),
    )


@each_row(
    ("configured", "wrong"),
    [
        ({"identity": "id"}, "must be `header NAME`"),
        ({"identity": {"paid": "id"}}, "must be `header NAME`"),
        ({"conduct": "nobody"}, "conduct='nobody' is not one of"),
        (
            {"conduct": {"paid": {"profile": "nobody"}}},
            "conduct='nobody' is not one of",
        ),
        ({"conduct": {"paid": 7}}, "conduct=7 must be a profile's name or a table"),
    ],
)
def test_what_means_nothing_is_a_wrong_set_up(configured, wrong):
    with pytest.raises(ReceiverError, match=wrong):
        Receiver(DOCUMENT, **configured)


def test_a_test_of_a_mock_elsewhere_is_held_to_the_conduct_that_it_has():
    with Receiver(DOCUMENT, conduct={"paid": {"max-attempts": 1}}) as there:
        test = Receiver.at(there.url).for_test("one")
        there.respond("paid", status=503)
        for _ in range(2):
            httpx2.post(f"{test.url}/webhooks/paid")
        with pytest.raises(AssertionError, match="2 attempts came; at most 1"):
            test.verify()
        test.allow_violations("too-many-attempts")
        test.verify()
        details = [
            [each["code"] for each in call["violations"]]
            for call in test.report["calls"]
        ]
        assert "too-many-attempts" in details[-1]
        there.allow_violations()
