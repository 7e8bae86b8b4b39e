import pytest
from cbmock.description import json_pointer
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

# The document and the evaluations of RFC 6901 §5.
RFC_6901 = {
    "foo": ["bar", "baz"],
    "": 0,
    "a/b": 1,
    "c%d": 2,
    "e^f": 3,
    "g|h": 4,
    "i\\j": 5,
    'k"l': 6,
    " ": 7,
    "m~n": 8,
}

text_without_surrogates = st.text(st.characters(exclude_categories=["Cs"]))
tokens = st.lists(text_without_surrogates).map(tuple)


@each_row(
    ("text", "value"),
    [
        ("", RFC_6901),
        ("/foo", ["bar", "baz"]),
        ("/foo/0", "bar"),
        ("/", 0),
        ("/a~1b", 1),
        ("/c%d", 2),
        ("/e^f", 3),
        ("/g|h", 4),
        ("/i\\j", 5),
        ('/k"l', 6),
        ("/ ", 7),
        ("/m~0n", 8),
    ],
)
def test_the_pointers_of_rfc_6901_find_their_values(text, value):
    assert json_pointer.lookup(RFC_6901, json_pointer.parse(text)) == value


@each_row(
    ("text", "value"),
    [
        ("", RFC_6901),
        ("/foo/0", "bar"),
        ("/a~1b", 1),
        ("/c%25d", 2),
        ("/e%5Ef", 3),
        ("/k%22l", 6),
        ("/%20", 7),
        ("/m~0n", 8),
    ],
)
def test_the_uri_fragments_of_rfc_6901_find_their_values(text, value):
    assert json_pointer.lookup(RFC_6901, json_pointer.parse_fragment(text)) == value


@each_row(
    ("text", "read"),
    [
        ("/~01", ("~1",)),
        ("/~10", ("/0",)),
        ("/~2~", ("~2~",)),
        ("//", ("", "")),
    ],
)
def test_escapes_are_undone_in_the_order_of_the_standard(text, read):
    assert json_pointer.parse(text) == read


def test_raw_braces_and_spaces_pass_in_a_fragment():
    read = json_pointer.parse_fragment("/paths/~1blogs~1{id}/x y")
    assert read == ("paths", "/blogs/{id}", "x y")


def test_percent_encoding_is_undone_once():
    assert json_pointer.parse_fragment("/%2541") == ("%41",)


def test_percent_encoding_is_undone_before_the_pointer_is_split():
    assert json_pointer.parse_fragment("%2Fa%2Fb") == ("a", "b")


def test_a_pointer_starts_with_a_slash():
    with pytest.raises(ValueError, match=r"^a JSON Pointer starts with '/', not 'f'$"):
        json_pointer.parse("foo")


def test_indexes_and_names_are_written_alike():
    assert json_pointer.render(("a/b", 0, "~")) == "/a~1b/0/~0"


def test_a_fragment_encodes_what_no_uri_may_hold():
    written = json_pointer.fragment(("paths", "/a b", "{$url}", "é"))
    assert written == "#/paths/~1a%20b/%7B$url%7D/%C3%A9"


def test_a_lone_surrogate_is_encoded_too():
    assert json_pointer.fragment(("\ud800",)) == "#/%ED%A0%80"


@each_row("token", ["01", "-", "-1", "2", "a", "", "²", "9" * 5000])
def test_only_an_index_within_the_array_leads_into_it(token):
    with pytest.raises(LookupError):
        json_pointer.step(["x", "y"], token)


@each_row("value", ["text", 1, None, True, {"a": 1}])
def test_nothing_is_below_a_scalar_nor_at_an_absent_name(value):
    with pytest.raises(LookupError):
        json_pointer.lookup(value, ("0", "0"))


@settings(deadline=None)
@given(tokens)
def test_what_is_written_as_a_pointer_is_read_back(these):
    assert json_pointer.parse(json_pointer.render(these)) == these


@settings(deadline=None)
@given(tokens)
def test_what_is_written_as_a_fragment_is_read_back(these):
    assert json_pointer.parse_fragment(json_pointer.fragment(these)[1:]) == these


@settings(deadline=None)
@given(st.text())
def test_any_fragment_can_be_written_in_ascii(name):
    assert json_pointer.fragment((name,)).isascii()
