"""The text of a record, joined from pieces, says what the record itself says."""

import json
from dataclasses import replace

from cbmock import sources
from cbmock.contract.policy import Policy
from cbmock.http.messages import HeaderCache, Request
from cbmock.journal.record_texts import RecordTexts, json_line
from cbmock.journal.records import Records
from cbmock.mock.call import Scripted
from cbmock.mock.mock import Mock

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

MOCK = Mock(sources.describe(DOCUMENT))
TEXTS = RecordTexts()
CACHE = HeaderCache()
BODY = json.dumps(EVENT).encode()


def headers(number, **others):
    """Return headers that recur apart from two fields, which differ in each request."""
    fields = {
        "content-type": "application/json",
        "authorization": "Bearer always",
        "x-request-id": f"id-{number}",
        "x-api-key": f"key-{number}",
        "referer": f"http://user:secret{number}@host/?access_token={number}&a=ü",
        **others,
    }
    return CACHE.get((a.encode(), b.encode("latin-1")) for a, b in fields.items())


def read(text):
    """Return the record of the call that is read from a text."""
    return json.loads(
        json_line(Records(MOCK.operations).call(json.loads(text)).record())
    )


for each in range(40):  # until the cache knows which fields vary
    headers(each)


def call(number=1000, mock=MOCK, target=TARGET, body=BODY, token=None, **changes):
    request = Request("POST", target, headers(number), body, **changes)
    found = mock.receive(request, id=number, now=1_800_000_000.0625, token=token)
    found.become_attempt(None, 1, ())
    return found


def test_the_headers_of_these_tests_have_a_form_with_fields_that_vary():
    form = headers(1000).form
    assert form.varying == {b"x-request-id", b"x-api-key", b"referer"}


@each_row(
    ("make",),
    [
        (call,),
        (lambda: call(1001),),
        (lambda: call(token='te"st \x00 ☃'),),
        (lambda: call(target=f"{TARGET}?access_token=secret&q=1"),),
        (lambda: call(target="/events/invoices/\udcff"),),
        (lambda: call(scheme="https"),),
        (lambda: call(body=b""),),
        (lambda: call(body=b"\xff\xfe"),),
        (lambda: call(body=b'{"paid": 1}'),),
        (
            lambda: call(
                body='{"paid": true, "description": "\U0001f40d\\ud800"}'.encode()
            ),
        ),
        (lambda: call(target="/nowhere"),),
        (lambda: replace(call(), scripted=Scripted(0.5, "silence")),),
        (lambda: replace(call(), sent="part"),),
        (lambda: replace(call(), event="evt_1\ud800", attempt=3),),
        (lambda: replace(call(), event="evt_1", attempt=3),),
        (lambda: replace(call(), attempt=0),),
        (lambda: replace(call(), signature_checked=True),),
        (lambda: replace(call(), duration=0.0123456),),
        (
            lambda: call(
                mock=Mock(sources.describe(DOCUMENT), policy=Policy(show_secrets=True))
            ),
        ),
        (
            lambda: call(
                mock=Mock(
                    sources.describe(DOCUMENT), policy=Policy(hide_form_fields=True)
                )
            ),
        ),
    ],
)
def test_the_same_call_is_read_from_the_text_as_from_the_record(make):
    made = make()
    record = json_line(made.record())
    for _ in range(2):
        text = TEXTS.text(made)
        assert read(text) == read(record)
        assert json.loads(text) | {"delivery": made.record()["delivery"]} == (
            json.loads(record)
        )
        assert b"\n" not in text


def test_of_very_many_forms_the_pieces_are_forgotten():
    for number in range(1100):
        found = call(number)
        copied = replace(found, response=replace(found.response))
        assert json.loads(TEXTS.text(copied))["id"] == number
    assert len(TEXTS._pieces) <= 1024


def test_times_are_written_as_in_the_record_whatever_time_came_before():
    for time in (
        0.25,
        -0.25,
        0.5,
        1.9999999,
        2.0,
        1.0,
        1.0005,
        1.000_51,
        1.000_998,
        1.000_999_6,
        1.001,
        1.000_999,
        1_800_000_000.999_999_6,
    ):
        made = replace(call(), received_at=time)
        expected = made.record()["received_at"]
        assert json.loads(TEXTS.text(made))["received_at"] == expected
