"""The page on senders: it is written from what was recorded, which is judged as it says."""

import base64
import json

import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock

from tests.senders import page
from tests.senders.about import PHASES, every

SENDERS = {each.name: each for each in every([])}


@pytest.fixture(params=SENDERS)
def sender(request):
    return SENDERS[request.param]


@pytest.fixture
def phases(sender):
    return json.loads(sender.seen.read_text("utf-8"))["phases"]


def test_the_page_is_written_from_what_was_recorded():
    assert page.PAGE.read_text("utf-8") == page.written()


def test_no_sender_is_accused_under_its_own_profile(sender, phases):
    assert page.codes(sender, phases) == frozenset()


def test_every_sender_was_seen_in_every_phase(sender, phases):
    assert list(phases) == list(PHASES)
    assert [name for name, phase in phases.items() if not phase["calls"]] == []


def judged(mock, call):
    sent = call["request"]
    body = sent["body"] or ""
    data = (
        base64.b64decode(sent["body_base64"]) if sent["body_base64"] else body.encode()
    )
    headers = Headers.of([(name, value) for name, value in sent["headers"]])
    request = Request(sent["method"], sent["target"], headers, data)
    return mock.receive(request, id=call["id"], now=0.0)


def test_what_was_sent_is_as_the_document_says(sender, phases):
    mock = Mock(sources.describe(str(sender.document)))
    calls = [each for phase in phases.values() for each in phase["calls"]]
    sent = [each for each in calls if each["outcome"] == "matched"]
    wrong = [call.violations for each in sent if not (call := judged(mock, each)).valid]
    assert wrong == []
