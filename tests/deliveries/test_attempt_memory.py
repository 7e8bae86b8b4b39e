from types import SimpleNamespace

from cbmock.deliveries.attempt_memory import OwnMemory
from cbmock.http.messages import Request, Response
from cbmock.mock.call import Scripted
from hypothesis import given
from hypothesis import strategies as st

SENT = st.tuples(
    st.sampled_from([None, "test"]),
    st.sampled_from(["/a", "/b"]),
    st.sampled_from([b"1", b"2"]),
    st.booleans(),
    st.sampled_from([204, 503]),
    st.sampled_from([None, Scripted(fault="reset"), Scripted(delay=1.0)]),
)


@given(st.lists(SENT, max_size=30))
def test_what_is_known_of_an_event_is_told_before_each_attempt(sent):
    memory, expected = OwnMemory(), {}
    for id, (token, place, body, is_named, status, scripted) in enumerate(sent, 1):
        digest = memory.digest(body)
        key = token, "operation", place, None if is_named else digest
        call = SimpleNamespace(
            id=id,
            request=Request("POST", place, body=body),
            response=Response(status),
            scripted=scripted,
        )
        known = expected.get(key)
        assert memory.count(key, call) == known
        success = id if status == 204 and scripted is None else 0
        cut = id if scripted is not None and scripted.fault else 0
        count, first, first_body, succeeded, _ = known or (0, id, digest, 0, 0)
        expected[key] = count + 1, first, first_body, succeeded or success, cut
