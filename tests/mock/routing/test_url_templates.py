from cbmock.description import callback_keys
from cbmock.mock.routing.url_templates import (
    TemplateTrie,
    match,
    normal,
    segments,
    wire,
)

from tests.support.cost import growth
from tests.support.rows import each_row


def parts(text):
    """Read a template below `{b}`, the base."""
    return callback_keys.parse("{b}" + text).path


def find(template, path, *, anchored=False):
    tails = TemplateTrie(anchored=anchored)
    tails.add(parts(template), "found")
    return [captures for _, captures in tails.find(path)]


@each_row(
    ("template", "path", "captures"),
    [
        ("", "", ()),
        ("", "/", ()),
        ("", "/at/any/depth", ()),
        ("", "no-slash", ()),
        ("/data", "/data", ()),
        ("/data", "/base/data", ()),
        ("/data", "//data", ()),
        ("/data", "data", None),
        ("/data", "/data/", None),
        ("/data", "/DATA", None),
        ("/data", "/xdata", None),
        ("/data", "/da%74a", ()),
        ("/a b", "/a%20b", ()),
        ("/a%20b", "/a%20b", ()),
        ("/größe", "/gr%C3%B6%C3%9Fe", ()),
        ("/größe", "/größe", ()),
        ("/a+b", "/a+b", ()),
        ("/a+b", "/a b", None),
        ("/a;v=1", "/a;v=1", ()),
        ("/a.b", "/axb", None),
        ("/(x)[y]*+$^|", "/(x)[y]*+$^|", ()),
        ("data", "/my/data", ()),
        ("data", "/mydata", ()),
        ("data", "/mydata/x", None),
        ("/invoices/{id}", "/events/invoices/2expen51ve", ("2expen51ve",)),
        ("/invoices/{id}", "/invoices/", None),
        ("/invoices/{id}", "/invoices/a/b", None),
        ("/invoices/{id}", "/invoices/a%2Fb", ("a%2Fb",)),
        ("/{a}/{b}", "/x/1/2", ("1", "2")),
        ("/{a}/{b}", "/1", None),
        ("{id}", "/base7", ("base7",)),
        ("/{a}-{b}", "/1-2-3", ("1-2", "3")),
        ("/{a}-{b}", "/-2", None),
        ("/{a}{b}", "/xyz", ("xy", "z")),
        ("/{a}{b}", "/x", None),
        ("/x{a}", "/xax7", ("ax7",)),
        ("/x{a}x", "/xx", None),
        ("/x{a}x", "/xxx", ("x",)),
        ("/ö{a}", "/%C3%B67", ("7",)),
        ("/~{a}", "/~7", ("7",)),
        ("/%7e{a}", "/~7", ("7",)),
        ("/a//b", "/a//b", ()),
        ("/a//b", "/a/b", None),
    ],
)
def test_a_template_fits_the_end_of_a_path(template, path, captures):
    assert find(template, path) == ([] if captures is None else [captures])


@each_row(
    ("template", "path", "captures"),
    [
        ("", "", ()),
        ("", "/", None),
        ("", "x", None),
        ("/data", "/data", ()),
        ("/data", "/base/data", None),
        ("/data", "//data", None),
        ("data", "data", ()),
        ("data", "mydata", None),
        ("/{a}/{b}", "/1/2", ("1", "2")),
        ("/{a}/{b}", "/0/1/2", None),
        ("{id}", "7", ("7",)),
        ("{id}/x", "7/x", ("7",)),
        ("x{id}y", "xxyy", ("xy",)),
        ("x{id}y", "axyy", None),
    ],
)
def test_an_anchored_template_takes_in_the_whole_path(template, path, captures):
    found = find(template, path, anchored=True)
    assert found == ([] if captures is None else [captures])


@each_row(
    ("template", "text", "anchored", "captures"),
    [
        ("/invoices/{id}", "/invoices/", True, ("",)),
        ("/invoices/{id}", "/x/invoices/a/b", False, ("a/b",)),
        ("/invoices/{id}", "/invoices/x/invoices/a/b", False, ("a/b",)),
        ("/invoices/{id}", "/x/invoices/a", True, None),
        ("/{a}/x/{b}", "//x/", True, ("", "")),
        ("/{a}{b}", "/c", True, ("c", "")),
        ("/x/{a}/y", "/y/x", False, None),
    ],
)
def test_expressions_may_take_up_nothing_and_slashes_where_asked(
    template, text, anchored, captures
):
    assert match(parts(template), text, least=0, anchored=anchored) == captures


def test_the_time_grows_with_the_length_of_the_path_alone():
    template = parts("/a{x}a{y}a{z}/b")

    def search(size):
        assert match(template, "/a" * size, least=0, anchored=False) is None
        assert find("/{a}-{b}-{c}x", "/" + "-" * size) == []

    assert growth(search, 10_000) < 4


def test_every_value_that_fits_is_found():
    tails = TemplateTrie(anchored=False)
    for text in ("", "/update", "/{k}", "/{other}", "/x"):
        tails.add(parts(text), text)
    assert list(tails.find("/s/update")) == [
        ("", ()),
        ("/update", ()),
        ("/{k}", ("update",)),
        ("/{other}", ("update",)),
    ]


@each_row(
    ("text", "expected"),
    [
        ("", [""]),
        ("/", ["", ""]),
        ("a/b", ["a", "b"]),
        ("/a{x}b/{y}", ["", "a*b", "*"]),
    ],
)
def test_parts_are_cut_at_each_slash(text, expected):
    found = [
        "".join(part if isinstance(part, str) else "*" for part in segment)
        for segment in segments(parts(text))
    ]
    assert found == expected


@each_row(
    ("path", "expected"),
    [
        ("/plain", "/plain"),
        ("/%61%2D%7e", "/a-~"),
        ("/%2f%c3%bc", "/%2F%C3%BC"),
        ("/%2561", "/%2561"),
        ("/%zz%", "/%zz%"),
    ],
)
def test_only_what_needs_no_encoding_is_decoded(path, expected):
    assert normal(path) == expected


def test_literals_are_written_as_they_travel():
    assert wire(("/größe a%20b", "/\ud800")) == ("/gr%C3%B6%C3%9Fe%20a%20b", "/%3F")
