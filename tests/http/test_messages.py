import pytest
from cbmock.http.messages import HeaderCache, Headers, Request, Response

from tests.support.rows import each_row


def test_a_header_is_found_in_any_case():
    headers = Headers.of([("X-Hook", "a")])
    assert (headers.get("x-hOOk"), "X-HOOK" in headers, headers["x-hook"]) == (
        "a",
        True,
        "a",
    )


def test_several_field_lines_are_joined_by_a_comma():
    headers = Headers.of([("X-L", "a"), ("Other", "-"), ("x-l", " b\t")])
    assert (headers.get("X-L"), headers.all("X-L")) == ("a, b", ("a", "b"))


def test_an_absent_header_is_none_or_a_key_error():
    headers = Headers()
    assert (headers.get("x"), headers.all("x"), "x" in headers) == (None, (), False)
    with pytest.raises(KeyError, match="x"):
        headers["x"]


def test_an_empty_header_is_there():
    headers = Headers.of([("x", "")])
    assert ("x" in headers, headers.get("x")) == (True, "")


def test_only_text_names_a_header():
    assert (7 in Headers.of([("7", "x")])) is False


def test_the_bytes_are_kept_in_order():
    raw = ((b"B", b"\xff "), (b"a", b"1"))
    headers = Headers(raw)
    assert (headers.raw, list(headers), len(headers)) == (
        raw,
        [("B", "\xff "), ("a", "1")],
        2,
    )


def test_what_latin_1_cannot_hold_is_replaced():
    assert Headers.of([("x", "€")]).raw == ((b"x", b"?"),)


def test_headers_are_equal_when_bytes_and_order_are():
    one, same = Headers.of([("a", "1")]), Headers([(b"a", b"1")])
    assert one == same
    assert hash(one) == hash(same)
    assert one != Headers.of([("A", "1")])
    assert one != {"a": "1"}


def test_headers_show_their_fields():
    assert repr(Headers.of([("a", "1")])) == "Headers.of([('a', '1')])"


@each_row(
    ("target", "path", "query"),
    [
        ("/a?b=c", "/a", "b=c"),
        ("/a?b?c", "/a", "b?c"),
        ("/a", "/a", ""),
        ("?b", "", "b"),
        ("", "", ""),
        ("/%3F?", "/%3F", ""),
        ("http://h/a?b", "http://h/a", "b"),
    ],
)
def test_a_target_is_cut_at_its_first_question_mark(target, path, query):
    request = Request("GET", target)
    assert (request.path, request.query) == (path, query)


def test_messages_are_equal_by_value():
    assert Request("GET", "/") == Request("GET", "/", Headers(), b"")
    assert Response(204) == Response(204, Headers(), b"")


PAIRS = ((b"host", b"x"), (b"content-type", b"application/json"))


def test_headers_that_come_again_and_again_are_one_object():
    recurring = HeaderCache()
    first, second, third = (recurring.get(list(PAIRS)) for _ in range(3))
    assert first == second == third == Headers(PAIRS)
    assert (first.recurring, second.recurring) == (False, True)
    assert second is third


def test_headers_that_differ_in_what_varies_have_a_form_in_common():
    recurring = HeaderCache()

    def get(number, event=b"push"):
        own = (b"x-event", event), (b"x-id", b"%d" % number)
        headers = recurring.get((*PAIRS, *own))
        assert headers.raw == (*PAIRS, *own)
        return headers

    assert {get(number).form for number in range(17)} == {None}
    first, second, third = map(get, (50, 51, 52))
    assert first.form is None
    assert second.form is third.form is not None
    assert third.form.varying == {b"x-id"}
    assert third.form.framing is third.framing
    assert second != third
    assert not third.recurring
    other = [get(number, b"issue") for number in (60, 61, 62)][2]
    assert other.form is not third.form


@pytest.mark.parametrize("name", [b"host", b"content-type", b"expect"])
def test_what_the_reading_of_a_request_depends_on_never_varies(name):
    recurring = HeaderCache()
    for number in range(40):
        assert recurring.get([(name, b"%d" % number), (b"x-id", b"1")]).form is None


def test_names_are_told_and_found_alike_whether_or_not_headers_recur():
    recurring = HeaderCache()
    raw = ((b"Host", b"a"), (b"X-A", b"1"), (b"x-a", b"2"))
    for headers in (recurring.get(raw), recurring.get(raw), recurring.get(raw)):
        assert headers.names == {b"host", b"x-a"}
        assert (headers.all("X-a"), headers.get("x-b")) == (("1", "2"), None)
        assert "host" in headers
        assert "b" not in headers


def test_headers_that_never_come_again_do_not_fill_the_memory():
    recurring = HeaderCache()
    for number in range(5000):
        headers = recurring.get([*PAIRS, (b"x-id", b"%d" % number)])
        assert headers.raw == (*PAIRS, (b"x-id", b"%d" % number))
        assert not headers.recurring
        assert recurring.get([*PAIRS, (b"x-twice", b"%d" % (number // 2))])
    assert len(recurring._once) + len(recurring._known) < 3000


def test_a_response_knows_the_octets_behind_its_status_line():
    response = Response(200, Headers.of([("content-length", "2")]), b"{}")
    assert response.octets == b"content-length: 2\r\n\r\n{}"
