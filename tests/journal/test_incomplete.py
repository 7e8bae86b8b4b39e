"""A journal of `serve --format json` in which calls are missing is refused."""

import json

import pytest
from cbmock import sources
from cbmock.journal import records
from cbmock.journal.records import NoRecord
from cbmock.mock.call import dumps
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, event
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))
BEGIN = json.dumps({"event": "listening", "url": "http://x", "operations": []})
END = '{"event": "ended", "calls": 2}'


def line(id):
    return dumps(MOCK.receive(event(), id=id, now=id).record())


def ids(*lines, ending="unchecked"):
    return [call.id for call in records.calls("\n".join(lines), ending=ending)]


@each_row(
    ("lines", "found"),
    [
        ([BEGIN], []),
        ([BEGIN, line(1), line(2)], [1, 2]),
        ([BEGIN, line(2), line(1)], [2, 1]),
        ([BEGIN, line(1), BEGIN, line(1), line(2)], [1, 1, 2]),
        (["some output", BEGIN, line(1)], [1]),
        ([line(3), line(7)], [3, 7]),
        ([BEGIN, line(1), line(2), END, BEGIN, line(1)], [1, 2, 1]),
        ([BEGIN, line(8), line(9), END], [8, 9]),
    ],
)
def test_a_journal_that_is_complete_is_read(lines, found):
    assert ids(*lines) == found


@each_row(
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
        (
            [BEGIN, line(1), END],
            "the journal is incomplete: 1 of 2 calls are there",
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


WHOLE = (BEGIN, line(1), line(2), END)


@each_row("octets", range(0, len("\n".join(WHOLE)), 97))
def test_a_journal_that_is_cut_anywhere_is_refused(octets):
    text = "\n".join(WHOLE)[:octets]
    with pytest.raises(NoRecord):
        records.calls(text, ending="required")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_journal_that_is_cut_at_the_end_of_a_line_is_refused(count):
    with pytest.raises(NoRecord, match=r"cut short.* --allow-cut-short"):
        ids(*WHOLE[:count], ending="required")
    with pytest.raises(NoRecord, match=r"cut short.* --allow-cut-short"):
        ids(*WHOLE[:count], *WHOLE, ending="required")


@each_row("lines", [WHOLE, (*WHOLE, *WHOLE), (line(1), line(2)), (line(2),)])
def test_a_journal_with_its_last_line_and_one_of_calls_alone_are_taken(lines):
    assert ids(*lines, ending="required") == ids(*lines)


NULS = "\0" * 300
"""What a file system leaves of lines that a machine without power did not write."""


@each_row(
    "lines",
    [
        (*WHOLE, NULS),
        (NULS, *WHOLE),
        (*WHOLE[:2], NULS, *WHOLE[2:]),
        (*WHOLE[:3], NULS),
    ],
)
def test_a_journal_with_lines_of_nul_bytes_is_refused(lines):
    with pytest.raises(NoRecord, match="NUL bytes|cut short"):
        ids(*lines, ending="required")
    assert ids(*lines, ending="cut short") == [1, 2]


@each_row("separator", ["\u2028", "\x85", "\x0c", "\x1c"])
def test_a_line_ends_where_json_lines_end(separator):
    record = MOCK.receive(event(body={"paid": separator}), id=1, now=1).record()
    text = json.dumps(record | {"token": separator}, ensure_ascii=False)
    (call,) = records.calls(f"{BEGIN}\r\n{text}\r\n")
    assert call.token == separator


def test_what_there_is_of_a_journal_that_is_cut_short_is_taken_where_allowed():
    assert ids(*WHOLE[:2], line(2)[:80], ending="cut short") == [1]
    assert ids(*WHOLE[:3], ending="cut short") == [1, 2]
    with pytest.raises(NoRecord):
        ids(BEGIN, line(1)[:80], line(2), ending="cut short")
    with pytest.raises(NoRecord):
        ids(line(1)[:80], ending="cut short")
