"""A journal of `serve --format json` in which calls are missing is refused."""

import json

import pytest
from cbmock import sources
from cbmock.journal import records
from cbmock.journal.records import NoRecord
from cbmock.mock.call import dumps
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, event

MOCK = Mock(sources.describe(DOCUMENT))
BEGIN = json.dumps({"event": "listening", "url": "http://x", "operations": []})


def line(id):
    return dumps(MOCK.receive(event(), id=id, now=id).record())


def ids(*lines):
    return [call.id for call in records.calls("\n".join(lines))]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([BEGIN], []),
        ([BEGIN, line(1), line(2)], [1, 2]),
        ([BEGIN, line(2), line(1)], [2, 1]),
        ([BEGIN, line(1), BEGIN, line(1), line(2)], [1, 1, 2]),
        (["some output", BEGIN, line(1)], [1]),
        ([line(3), line(7)], [3, 7]),
    ],
)
def test_a_journal_that_is_complete_is_read(lines, found):
    assert ids(*lines) == found


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([BEGIN, line(2)], "the journal is incomplete: call 1 is missing"),
        ([BEGIN, line(1), line(3)], "the journal is incomplete: call 2 is missing"),
        (
            [BEGIN, line(1), line(3), BEGIN, line(1)],
            "the journal is incomplete: call 2 is missing",
        ),
        (
            [BEGIN, line(1), '{"event": "dropped", "calls": 9}'],
            "the journal is incomplete: 9 calls were not written",
        ),
        ([""], "it is empty"),
        (["\n \n"], "it is empty"),
    ],
)
def test_a_journal_that_is_incomplete_says_what_is_missing(lines, message):
    with pytest.raises(NoRecord) as wrong:
        ids(*lines)
    assert wrong.value.reason == message


def test_a_last_line_that_is_cut_is_no_call():
    with pytest.raises(NoRecord):
        ids(BEGIN, line(1), line(2)[:80])
