from __future__ import annotations

from cbmock.http.media_types import MediaType, choose, parse, specificity
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

JSON = MediaType("application", "json")


@each_row(
    ("text", "read"),
    [
        ("application/json", JSON),
        (" Application/JSON ", JSON),
        ("application/json;", JSON),
        ("application/json ; ;", JSON),
        (
            "application/json;Charset=UTF-8",
            MediaType("application", "json", (("charset", "utf-8"),)),
        ),
        (
            'application/json; version="2"; charset = "UTF-8"',
            MediaType("application", "json", (("charset", "utf-8"), ("version", "2"))),
        ),
        (
            r'text/plain; a="b\";c"; d=E',
            MediaType("text", "plain", (("a", 'b";c'), ("d", "E"))),
        ),
        (
            "application/problem+json",
            MediaType("application", "problem+json"),
        ),
        ("*/*", MediaType("*", "*")),
        ("", None),
        ("json", None),
        ("application/", None),
        ("/json", None),
        ("application/json, application/json", None),
        ("application /json", None),
        ("application/json/x", None),
        ("text/html(", None),
        ("téxt/html", None),
    ],
)
def test_a_media_type_is_read(text, read):
    assert parse(text) == read


def test_a_media_type_knows_its_essence_and_charset():
    read = parse("Text/Plain; charset=UTF-8")
    assert (read.essence, read.charset, JSON.charset) == ("text/plain", "utf-8", None)


@each_row(
    ("text", "is_json"),
    [
        ("application/json", True),
        ("application/cloudevents+json; charset=utf-8", True),
        ("text/json", True),
        ("application/x-json", True),
        ("application/json-seq", False),
        ("application/jsonl", False),
        ("text/plain", False),
    ],
)
def test_the_types_of_json_texts_are_known(text, is_json):
    assert parse(text).is_json is is_json


@each_row(
    ("key", "sent", "rank"),
    [
        ("application/json; version=2", "application/json;version=2;charset=utf-8", 6),
        ("application/json; charset=utf-8", "application/json", 6),
        ("application/json; charset=UTF-8", 'application/json; charset="utf-8"', 6),
        ("application/json; charset=utf-8", "application/json; charset=latin-1", 0),
        ("application/json; version=2", "application/json; version=3", 0),
        ("Application/JSON", "application/json; charset=utf-8", 5),
        ("application/*+json", "application/problem+json", 3),
        ("application/*+json", "application/json", 0),
        ("application/*", "application/json", 2),
        ("text/*", "application/json", 0),
        ("*/*", "image/png", 1),
        ("application/json", "application/problem+json", 0),
        ("text/plain", "text/html", 0),
        ("no media type", "text/html", 0),
    ],
)
def test_a_key_is_ranked_by_how_closely_it_names_a_type(key, sent, rank):
    assert specificity(key, parse(sent)) == rank


@each_row(
    ("keys", "sent", "chosen"),
    [
        (
            ["application/json; version=2", "application/json"],
            "application/json;version=2;charset=utf-8",
            "application/json; version=2",
        ),
        (
            ["application/json; version=2", "application/json"],
            "application/json; version=3",
            "application/json",
        ),
        (
            ["application/*", "application/json"],
            "Application/JSON;charset=UTF-8",
            "application/json",
        ),
        (["*/*"], "image/png", "*/*"),
        (["*/*", "image/*"], "image/png", "image/*"),
        (
            ["application/json", "Application/JSON"],
            "application/json",
            "application/json",
        ),
        (["text/plain"], "text/html", None),
        ([], "text/html", None),
    ],
)
def test_the_most_specific_key_is_chosen(keys, sent, chosen):
    assert choose(keys, parse(sent)) == chosen


@settings(deadline=None)
@given(st.text(st.characters()), st.text(st.characters()))
def test_no_text_makes_reading_or_choosing_raise(key, sent):
    read = parse(sent) or parse(f"a/b;{sent}")
    assert choose([key], read) in (key, None)
