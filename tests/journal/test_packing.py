from dataclasses import replace

from cbmock.http.messages import HeaderCache, Headers, Request, Response
from cbmock.journal.packing import CallCodec
from cbmock.mock.call import Call
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mocks import callbacks

fields = st.tuples(
    st.from_regex(rb"[!#-'*+\-.^_`|~0-9A-Za-z]{1,8}", fullmatch=True),
    st.from_regex(rb"[\x21-\xff]{0,8}", fullmatch=True),
)
requests = st.builds(
    Request,
    st.text(max_size=10),
    st.text(max_size=10),
    st.lists(fields, max_size=3).map(Headers),
    st.binary(max_size=20),
    st.sampled_from(["http", "https"]),
)
ANSWERS = [Response(204), Response(200, body=b"{}"), Response(422, body=b"no")]
OPERATIONS = callbacks("/a", "/b", "/c").operations
operations = st.lists(st.sampled_from(OPERATIONS), max_size=2).map(tuple)
calls = st.builds(
    Call,
    id=st.integers(0, 2**63),
    token=st.none() | st.text(max_size=10),
    received_at=st.floats(allow_nan=False),
    outcome=st.sampled_from(["matched", "ambiguous", "unmatched", "handshake"]),
    operation=st.none(),
    decided_by=st.sampled_from(["url", "schema", "event hint"]),
    decided_between=operations,
    candidates=operations,
    violations=st.just(()),
    request=requests,
    response=st.sampled_from(ANSWERS),
    duration=st.floats(0, 10),
    event=st.none() | st.text(max_size=10),
    attempt=st.integers(0, 2**32 - 1),
    signature_checked=st.booleans(),
)


def piece(codec, call):
    head, body, _ = codec.pack(call)
    return memoryview(head + body)


@given(st.lists(calls, min_size=1, max_size=30))
def test_what_is_packed_is_unpacked_to_the_byte(calls):
    codec = CallCodec()
    records = [piece(codec, call) for call in calls]
    assert [codec.unpack(record) for record in records] == [
        {
            "id": call.id,
            "token": call.token,
            "event": call.event,
            "attempt": call.attempt,
            "received_at": call.received_at,
            "duration": call.duration,
            "outcome": call.outcome,
            "signature_checked": call.signature_checked,
            "operation": None,
            "request": call.request,
            "response": call.response if call.response.status < 400 else None,
            "decided_by": call.decided_by,
            "decided_between": call.decided_between,
            "candidates": call.candidates,
        }
        for call in calls
    ]


def test_only_documented_answers_are_shared():
    codec = CallCodec()
    request = Request("POST", "/")
    left_out = [codec.pack(call_of(request, answer))[2] for answer in ANSWERS]
    assert left_out == [(), (), ("response",)]


def test_how_an_operation_was_chosen_is_shared_until_there_are_too_many(monkeypatch):
    monkeypatch.setattr("cbmock.journal.packing._MOST_SHARED", 4)
    monkeypatch.setattr("cbmock.journal.packing._MOST_PACKED", 2)
    codec, left_out = CallCodec(), []
    for first in OPERATIONS * 2:
        for candidates in [(first,), (first,)]:
            request = Request("POST", "/")
            call = replace(call_of(request), decided_by="schema", candidates=candidates)
            _, _, names = codec.pack(call)
            left_out.append(len(names))
    assert left_out == [0, 0, 0, 0, 3, 3] * 2
    assert len(codec._values) == 4
    assert len(codec._choices) <= 2


def with_fields(*fields):
    request = Request("POST", "/", Headers(fields))
    return call_of(request)


def call_of(request, response=ANSWERS[0]):
    return Call(
        id=1,
        token=None,
        received_at=0.0,
        outcome="matched",
        operation=None,
        violations=(),
        request=request,
        response=response,
    )


def test_header_fields_that_come_again_and_again_take_a_byte_each():
    codec = CallCodec()
    agent = (b"user-agent", b"python-httpx2/2.0")
    for number in range(100):
        own = (b"x-delivery", b"%d" % number)
        record = piece(codec, with_fields(agent, own))
        assert codec.unpack(record)["request"].headers.raw == (agent, own)
    bare = piece(codec, with_fields())
    assert len(record) - len(bare) == 2 + len(b"x-delivery:99")


def test_header_fields_without_end_do_not_fill_the_memory():
    codec = CallCodec()
    for number in range(1000):
        fields = ((b"x-%d" % number, b"1"), (b"long", b"%d" % number * 1000))
        record = piece(codec, with_fields(*fields))
        assert codec.unpack(record)["request"].headers.raw == fields
    assert len(codec._fields) <= 256
    assert sum(map(len, [value for _, value in codec._fields])) < 2000 * 256


def test_a_request_may_have_more_header_fields_than_a_byte_can_count():
    codec = CallCodec()
    fields = tuple((b"x-%d" % number, b"1") for number in range(70_000))
    record = piece(codec, with_fields(*fields))
    assert codec.unpack(record)["request"].headers.raw == fields


def test_fields_that_vary_are_packed_beside_those_that_do_not():
    codec, cache = CallCodec(), HeaderCache()
    host, agent = (b"host", b"x"), (b"user-agent", b"octo")
    for number in range(60):
        fields = [host, (b"x-id", b"%d" % number), agent, (b"x-at", b":%d:" % number)]
        request = Request("POST", "/", cache.get(fields), b"{}")
        call = Call(
            id=number,
            token=None,
            received_at=0.0,
            outcome="matched",
            operation=None,
            violations=(),
            request=request,
            response=ANSWERS[0],
        )
        assert codec.unpack(piece(codec, call))["request"] == request
    assert request.headers.form.varying == {b"x-id", b"x-at"}
