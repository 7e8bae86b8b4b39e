from urllib.parse import unquote

from cbmock.server.exchange import target_of
from cbmock.server.targets import immediate, is_below_control
from hypothesis import given
from hypothesis import strategies as st

from tests.support.rows import each_row

PARTS = ["/", "_cbmock", "a", "%5f", "%", "#", "?", "cbmock", "http://a", "\xe9", "*"]


@each_row(
    ("url", "target"),
    [
        (b"/a/b?c=d", "/a/b?c=d"),
        (b"/a#b", "/a"),
        (b"http://a.example/a?b", "/a?b"),
        (b"http://a.example", "/"),
        (b"/\xc3\xa9", "/\xc3\xa9"),
        (b"/_cbmock", None),
        (b"/_cbmock/calls?x", None),
        (b"/%5Fcbmock/calls", None),
        (b"http://a.example/_cbmock/calls", None),
        (b"/_cbmock#a", None),
        (b"/_cbmocks", "/_cbmocks"),
        (b"/a?/_cbmock", "/a?/_cbmock"),
        (b"a", "a"),
        (b"*", "*"),
        (b"", ""),
    ],
)
def test_a_target_is_what_was_sent_unless_it_is_the_control_api(url, target):
    assert immediate(url) == target


@given(st.lists(st.sampled_from(PARTS), max_size=6).map("".join))
def test_no_spelling_of_the_control_api_is_a_call(text):
    target = target_of(text.encode("latin-1"))
    is_control = is_below_control(unquote(target.partition("?")[0]))
    assert immediate(text.encode("latin-1")) == (None if is_control else target)
