import json
from dataclasses import replace
from typing import get_args

import pytest
from cbmock import sources
from cbmock.http.messages import Headers, Request
from cbmock.journal.records import NoRecord, Records, calls
from cbmock.mock.call import Scripted, dumps
from cbmock.mock.faults import Fault
from cbmock.mock.mock import Mock
from cbmock.reports.har import archive
from hypothesis import given
from hypothesis import strategies as st

from tests.support.invoices import DOCUMENT, EVENT, TARGET, event
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))
RECORD = MOCK.receive(event(), id=7, now=1.5).record()

_LATIN = st.text(st.characters(max_codepoint=255))
_REQUESTS = st.builds(
    Request,
    method=st.sampled_from(["POST", "PUT", "GET", "HEAD", "X"]),
    target=st.sampled_from([TARGET, "/t/a/invoices/1", "/webhooks", "/no?a=1"])
    | _LATIN,
    headers=st.lists(st.tuples(_LATIN, _LATIN), max_size=3).map(Headers.of),
    body=st.binary(max_size=20) | st.just(json.dumps(EVENT).encode()),
)


@given(
    request=_REQUESTS,
    id=st.integers(1),
    milliseconds=st.integers(0, 4_000_000_000_000),
    duration=st.integers(0, 10_000),
    scripted=st.none()
    | st.builds(
        Scripted,
        st.integers(0, 10_000).map(lambda milliseconds: milliseconds / 1000),
        st.sampled_from([None, *get_args(Fault)]),
    ),
)
def test_a_call_is_read_back_from_its_record(
    request, id, milliseconds, duration, scripted
):
    call = replace(
        MOCK.receive(request, id=id, now=milliseconds / 1000, token="a"),
        duration=duration / 1000,
        scripted=scripted,
    )
    written = json.loads(dumps(call.record()))
    assert Records(MOCK.operations).call(written) == call
    assert Records().call(written).record() == call.record()
    assert calls(archive([call], "1"), MOCK.operations) == (call,)


def test_a_document_may_be_called_otherwise():
    served = json.loads(dumps(RECORD).replace("openapi.json#", "v2/openapi.yaml#"))
    call = Records(MOCK.operations).call(served)
    assert call.operation is MOCK.names.find("invoice_notification")


def test_an_operation_of_an_unknown_document_is_known_by_its_record():
    operation = Records().call(RECORD).operation
    assert operation == MOCK.names.find("invoice_notification")
    assert operation.key.base.text == "$callback_url"


@each_row(
    "text",
    [
        dumps(RECORD),
        dumps([RECORD]),
        dumps({"calls": [RECORD]}),
        f"listening\n{dumps(RECORD)}\n\n",
    ],
)
def test_a_journal_is_json_lines_or_what_the_control_api_answers(text):
    assert [call.id for call in calls(text)] == [7]


def test_a_list_may_have_no_calls_and_an_empty_file_is_no_journal():
    assert calls("[]") == ()
    with pytest.raises(NoRecord, match="it is empty"):
        calls("\n")


@each_row(
    ("text", "reason"),
    [
        ("{", "in '{'"),
        ("no json", "'no json' is not JSON"),
        ("[1]", "it is not an object"),
        ('{"id": 1}', "KeyError('operation')"),
        (dumps({**RECORD, "outcome": "x"}), "'x' is not one of matched, ambiguous"),
        (dumps({**RECORD, "received_at": "noon"}), "Invalid isoformat"),
        (dumps({**RECORD, "operation": {}}), "KeyError('parent') in the operation"),
        (
            dumps({**RECORD, "request": {**RECORD["request"], "body_base64": "?"}}),
            "body_base64: ",
        ),
    ],
)
def test_what_is_no_record_is_told(text, reason):
    with pytest.raises(NoRecord, match="not a record of a call: ") as told:
        calls(text)
    assert reason in told.value.message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(sorted(RECORD)), inner, max_size=12)
    ),
    max_leaves=10,
)


@given(found=_JSON, name=st.sampled_from(sorted(RECORD)))
def test_nothing_but_a_record_is_taken_for_one(found, name):
    for each in (found, {**RECORD, name: found}):
        try:
            Records().call(each).record()
        except NoRecord:
            continue
