from hypothesis import given
from hypothesis import strategies as st

from receiver.http import Headers, Request, Response
from receiver.journal.packing import pack, places, unpack
from receiver.mock.call import Call

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
)
calls = st.builds(
    Call,
    id=st.integers(0, 2**63),
    token=st.none() | st.text(max_size=10),
    received_at=st.floats(allow_nan=False),
    outcome=st.sampled_from(["matched", "ambiguous", "unmatched", "handshake"]),
    operation=st.none(),
    violations=st.just(()),
    request=requests,
    response=st.just(Response(204)),
    duration=st.floats(0, 10),
)


@given(calls, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_what_is_packed_is_unpacked_to_the_byte(call, operation, answer):
    record = pack(call, operation, answer)
    assert places(record) == (operation, answer)
    assert unpack(record) == {
        "id": call.id,
        "token": call.token,
        "received_at": call.received_at,
        "duration": call.duration,
        "outcome": call.outcome,
        "request": call.request,
    }
