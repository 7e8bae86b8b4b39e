"""CloudEvents at a mock: each is judged by itself, and what is noted is noted once."""

import json

from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.support.mocks import described, taking

EVENT = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "paid"}
DATA = {"type": "object", "properties": {"amount": {"type": "integer"}}}


def test_an_event_with_a_wrong_attribute_is_not_taken_for_one_like_it_that_was_good():
    mock = Mock(described(webhooks={"paid": {"post": taking(DATA)}}))

    def codes(**attributes):
        fields = [(f"ce-{key}", value) for key, value in attributes.items()]
        headers = Headers.of([*fields, ("content-type", "application/json")])
        request = Request("POST", "/webhooks/paid", headers, b'{"amount": 1}')
        return [v.code for v in mock.receive(request, id=1, now=0.0).violations]

    good = EVENT, EVENT, {}, {}
    assert [codes(**each) for each in good] == [[], [], [], []]
    assert codes(**{**EVENT, "specversion": "2.0"}) == ["cloudevents"]
    assert codes(id="1", type="paid") == ["cloudevents", "cloudevents"]
    assert codes(**EVENT) == codes() == []


def test_that_only_the_data_is_documented_is_noted_once_for_each_operation():
    items = {name: {"post": taking(DATA)} for name in ("paid", "sent")}
    mock = Mock(described(webhooks=items))
    body = json.dumps({**EVENT, "data": {"amount": 1}}).encode()
    headers = Headers.of([("content-type", "application/cloudevents+json")])

    def codes(name):
        request = Request("POST", f"/webhooks/{name}", headers, body)
        call = mock.receive(request, id=1, now=0.0)
        return call.valid, [each.code for each in call.violations]

    noted, quiet = (True, ["cloudevents-data"]), (True, [])
    assert [codes(each) for each in ("paid", "paid", "sent", "paid", "sent")] == [
        noted, quiet, noted, quiet, quiet
    ]  # fmt: skip
