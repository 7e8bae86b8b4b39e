import gc
import json
import math
import weakref

import pytest
import yaml
from cbmock.description import documents, schema_resources
from cbmock.description.documents import Document
from cbmock.description.positions import position
from cbmock.errors import DocumentError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=20,
)


def read(text):
    data = text if isinstance(text, bytes) else text.encode()
    return documents.parse(data, name="api.yaml", uri="file:///docs/api.yaml")


def refused(text):
    with pytest.raises(DocumentError) as raised:
        read(text)
    return raised.value


# --- what is read -----------------------------------------------------------------------


@settings(deadline=None)
@given(trees)
def test_any_tree_written_as_json_is_read_back(tree):
    found = read(json.dumps({"tree": tree}))
    assert (found.tree, found.repeated_keys) == ({"tree": tree}, ())


@settings(deadline=None)
@given(trees)
def test_any_tree_written_as_yaml_is_read_back(tree):
    found = read(yaml.safe_dump({"tree": tree}, default_style='"', allow_unicode=True))
    assert (found.tree, found.repeated_keys) == ({"tree": tree}, ())


@settings(deadline=None)
@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_a_document_or_a_document_error(data):
    try:
        found = read(data)
    except DocumentError as error:
        assert error.document == "api.yaml"  # noqa: PT017 - most bytes raise nothing
    else:
        assert (found.name, found.uri) == ("api.yaml", "file:///docs/api.yaml")


@each_row(
    "text",
    [
        "on",
        "no",
        "Yes",
        "y",
        "2020-01-01",
        "2020-01-01T10:00:00Z",
        "22:30",
        "190:20:30",
        "1_000",
        "=",
        "0b101",
        "-0x1F",
        "+.nan",
        "1e",
        "nUll",
        "<",
        "1.2.3",
    ],
)
def test_what_only_yaml_1_1_reads_otherwise_stays_text(text):
    assert read(f"a: {text}").tree == {"a": text}


@each_row(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("true", True),
        ("FALSE", False),
        ("017", 17),
        ("-12", -12),
        ("+12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        (".inf", math.inf),
        ("-.INF", -math.inf),
    ],
)
def test_scalars_mean_what_the_core_schema_of_yaml_1_2_says(text, value):
    (found,) = read(f"- {text}").tree
    assert (type(found), found) == (type(value), value)


def test_not_a_number_is_read_as_such():
    assert math.isnan(read("a: .NaN").tree["a"])


@each_row("text", ["'1'", '"1"', "!!str 1", "|-\n  1", "!!timestamp 1"])
def test_a_quoted_or_tagged_scalar_is_text(text):
    assert read(f"a: {text}").tree == {"a": "1"}


@each_row(
    ("text", "value"),
    [
        ("!!int '7'", 7),
        ("!!float 7", 7.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
    ],
)
def test_a_tag_of_the_core_schema_decides(text, value):
    (found,) = read(f"- {text}").tree
    assert (type(found), found) == (type(value), value)


def test_keys_are_the_text_that_stands_there():
    text = "200: a\non: b\n2020-01-01: c\nnull: d\n1.50: e\n? f\n: g"
    assert read(text).tree == {
        "200": "a",
        "on": "b",
        "2020-01-01": "c",
        "null": "d",
        "1.50": "e",
        "f": "g",
    }


def test_json_is_read_as_yaml_where_it_is_no_json_but_a_flow_mapping():
    assert read("{a: [1, on,], 'b': 2}").tree == {"a": [1, "on"], "b": 2}


def test_a_line_of_tabs_and_a_comment_says_nothing():
    text = (
        "a:\n\t\t# why\n  - 1\n \t \n  - |\n    x\n    \t# text\nb: 2\r\n\t\r\nc: 3\n"
    )
    found = read(text)
    assert found.tree == {"a": [1, "x\n\t# text\n"], "b": 2, "c": 3}
    assert position(found, ("b",)) == (8, 1)
    assert refused("a:\n\tb: 1\n").line == 2


def test_a_byte_order_mark_is_no_content():
    assert read(b"\xef\xbb\xbfa: 1").tree == {"a": 1}


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_a_document_without_content_is_null(text):
    assert read(text).tree is None


def test_the_garbage_collector_is_left_as_it_was():
    gc.disable()
    try:
        read("a: 1")
        assert not gc.isenabled()
    finally:
        gc.enable()
    read("a: 1")
    assert gc.isenabled()


# --- repeated keys, anchors, merges -----------------------------------------------------


def test_repeated_keys_are_reported_with_their_lines_and_the_last_wins():
    found = read("a: 1\nb:\n  c: 1\n  c: 2\na: 3\na: 4")
    assert (found.tree, found.repeated_keys) == (
        {"a": 4, "b": {"c": 2}},
        ((4, "c"), (5, "a"), (6, "a")),
    )


def test_repeated_keys_of_json_are_reported_too():
    found = read('{"a": 1,\n "b": {},\n "a": 2}')
    assert (found.tree, found.repeated_keys) == ({"a": 2, "b": {}}, ((3, "a"),))


def test_json_that_yaml_cannot_read_is_read_without_its_repeated_keys():
    name = "k" * 2000
    found = read(f'{{"{name}": 1, "{name}": 2}}')
    assert (found.tree, found.repeated_keys) == ({name: 2}, ())


def test_an_alias_stands_for_what_its_anchor_marks():
    found = read("a: &x {b: 1}\nc: *x\nd: [*x]")
    assert found.tree == {"a": {"b": 1}, "c": {"b": 1}, "d": [{"b": 1}]}


def test_an_anchor_may_be_set_again():
    assert read("- &x 1\n- *x\n- &x 2\n- *x").tree == [1, 1, 2, 2]


def test_a_key_may_be_anchored_and_an_alias():
    found = read("&k 200: a\nb: *k\nc: {*k : d}")
    assert found.tree == {"200": "a", "b": 200, "c": {"200": "d"}}


def test_a_merge_key_brings_in_what_the_mapping_does_not_say_itself():
    found = read("x: &x {a: 1, b: 1}\ny:\n  b: 2\n  <<: *x")
    assert found.tree["y"] == {"a": 1, "b": 2}


def test_of_several_merged_mappings_the_first_wins():
    found = read(
        "x: &x {a: 1}\ny: &y {a: 2, b: 2}\nz: {<<: [*x, *y]}\nw: {<<: *x, <<: *y}"
    )
    assert (found.tree["z"], found.tree["w"]) == ({"a": 1, "b": 2}, {"a": 1, "b": 2})


def test_a_quoted_merge_key_is_a_key():
    assert read("'<<': {a: 1}").tree == {"<<": {"a": 1}}


def test_a_merge_of_no_mapping_brings_in_nothing():
    assert read("<<: [1]\na: 2").tree == {"a": 2}


def test_aliases_of_aliases_are_read_without_growing():
    levels = [f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]" for n in range(12)]
    tree = read("\n".join(["a0: &a0 x", *levels])).tree
    assert tree["a12"][0] is tree["a12"][1]


@pytest.mark.parametrize("depth", [20, 60, 1000])
def test_aliases_that_stand_for_too_many_values_are_refused(depth):
    levels = [f"a{n + 1}: &a{n + 1} [*a{n}, *a{n}]" for n in range(depth)]
    with pytest.raises(DocumentError) as caught:
        read("\n".join(["a0: &a0 x", *levels]))
    assert caught.value.reason == (
        "is YAML that is not JSON: its aliases stand for more than 1000000 values"
    )


def test_merged_aliases_count_too():
    wide = ", ".join(f"k{n}: {n}" for n in range(1000))
    merges = "\n".join("  - {<<: *wide}" for _ in range(1100))
    with pytest.raises(DocumentError, match="its aliases stand for more than"):
        read(f"wide: &wide {{{wide}}}\nlist:\n{merges}")


# --- what cannot be read ----------------------------------------------------------------


@each_row(
    ("text", "error"),
    [
        pytest.param(
            '{"a": 1,\n "b" 2}',
            DocumentError(
                "is not JSON: Expecting ':' delimiter",
                document="api.yaml",
                line=2,
                column=6,
                excerpt=' "b" 2}',
            ),
            id="json",
        ),
        pytest.param(
            "openapi: 3.1.0\r\npaths:\r\n\t/a: {}",
            DocumentError(
                "is not YAML: found character that cannot start any token",
                document="api.yaml",
                line=3,
                column=1,
                excerpt="\t/a: {}",
            ),
            id="tab",
        ),
        pytest.param(
            "a: &x\n  b: 1\n  c: [*x]\n",
            DocumentError(
                "is YAML that is not JSON: the anchor 'x' contains itself",
                document="api.yaml",
                line=3,
                column=7,
                excerpt="  c: [*x]",
                advice="Keep the `$ref`s: bundle the document without dereferencing.",
            ),
            id="self-containing anchor",  # fault 1.4
        ),
        pytest.param(
            "a: &x\n  <<: *x",
            DocumentError(
                "is YAML that is not JSON: the anchor 'x' contains itself",
                document="api.yaml",
                line=2,
                column=7,
                excerpt="  <<: *x",
                advice="Keep the `$ref`s: bundle the document without dereferencing.",
            ),
            id="self-merging anchor",
        ),
        pytest.param(
            "a: *x",
            DocumentError(
                "is not YAML: there is no anchor 'x'",
                document="api.yaml",
                line=1,
                column=4,
                excerpt="a: *x",
            ),
            id="unknown anchor",
        ),
        pytest.param(
            "a: 1\n? [b]\n: 2",
            DocumentError(
                "is YAML that is not JSON: a mapping key is not a scalar",
                document="api.yaml",
                line=2,
                column=3,
                excerpt="? [b]",
                advice="Write a key that starts with `{` or `[` in quotes.",
            ),
            id="key",
        ),
        pytest.param(
            "a: &x []\n? *x\n: 2",
            DocumentError(
                "is YAML that is not JSON: a mapping key is not a scalar",
                document="api.yaml",
                line=2,
                column=3,
                excerpt="? *x",
                advice="Write a key that starts with `{` or `[` in quotes.",
            ),
            id="alias as key",
        ),
        pytest.param(
            "a: 1\n---\nb: 2",
            DocumentError(
                "is YAML that is not JSON: a second document starts here",
                document="api.yaml",
                line=2,
                column=1,
                excerpt="---",
                advice="Keep each OpenAPI document in a file of its own.",
            ),
            id="two documents",
        ),
        pytest.param(
            "a: !!int twelve",
            DocumentError(
                "is not YAML: 'twelve' is not a YAML int",
                document="api.yaml",
                line=1,
                column=4,
                excerpt="a: !!int twelve",
            ),
            id="tag",
        ),
        pytest.param(
            "a: 1\nb: é\x07",
            DocumentError(
                "is not YAML: the character 0x07 is not allowed",
                document="api.yaml",
                line=2,
                column=5,
                excerpt="b: é\x07",
            ),
            id="control character",
        ),
        pytest.param(
            "é: 1\nü: é".encode() + b"\xff",
            DocumentError(
                "byte 0xff is not UTF-8",
                document="api.yaml",
                line=2,
                column=5,
                advice="Save the document as UTF-8.",
            ),
            id="encoding",
        ),
        pytest.param(
            b"\xef\xbb\xbfa: \xfe",
            DocumentError(
                "byte 0xfe is not UTF-8",
                document="api.yaml",
                line=1,
                column=4,
                advice="Save the document as UTF-8.",
            ),
            id="encoding after a byte order mark",
        ),
        *(
            pytest.param(
                '{"openapi": "3.1.0"}'.encode(name),
                DocumentError(
                    "begins with null bytes, as UTF-16 and UTF-32 do",
                    document="api.yaml",
                    advice="Save the document as UTF-8.",
                ),
                id=name,
            )
            for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32")
        ),
        pytest.param(
            "%YAML 3.0\n---\na: 1",
            DocumentError(
                "is not YAML: found incompatible YAML document",
                document="api.yaml",
                line=1,
                column=1,
                excerpt="%YAML 3.0",
            ),
            id="version",
        ),
    ],
)
def test_a_syntax_error_says_where_it_is(text, error):
    assert refused(text) == error


@each_row(
    "text",
    ["[" * 100_000, "a: " + "[" * 100_000, "- " * 20_000, "a: " + "{a: " * 20_000],
    ids=["json", "flow", "block", "mappings"],
)
def test_endless_nesting_is_refused(text):
    assert refused(text) == DocumentError("is nested too deeply", document="api.yaml")


@pytest.mark.parametrize("text", ['{"a": %s}', "a: %s"])
def test_endless_digits_are_refused(text):
    assert refused(text % ("9" * 5000)) == DocumentError(
        "holds a number with too many digits", document="api.yaml"
    )


# --- what identifies a document ---------------------------------------------------------


@each_row(
    ("tree", "version"),
    [
        ({"openapi": "3.0.4"}, "3.0.4"),
        ({"openapi": 3.1}, "3.1"),
        ({"openapi": True}, None),
        ({"openapi": None}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_root_document_states_its_version(tree, version):
    assert Document("a", "file:///a", tree).openapi == version


@each_row(
    ("tree", "base"),
    [
        ({}, "https://e.com/docs/a.yaml"),
        ([], "https://e.com/docs/a.yaml"),
        ({"$self": "https://f.com/api"}, "https://f.com/api"),
        ({"$self": "/api/openapi#top"}, "https://e.com/api/openapi"),
        ({"$self": 1}, "https://e.com/docs/a.yaml"),
        ({"$self": "http://["}, "https://e.com/docs/a.yaml"),
    ],
)
def test_references_start_from_self_where_it_is_given(tree, base):
    assert Document("a", "https://e.com/docs/a.yaml", tree).base == base


def test_what_is_derived_from_a_document_goes_with_it():
    class Part(dict):
        """A dict that can be watched."""

    tree = Part(openapi="3.1.0", webhooks={"a": {"$id": "x"}})
    found = weakref.ref(tree)
    document = Document(
        "a.json", "file:///a.json", tree, text='{"$id": 1}', is_json=True
    )
    assert schema_resources.has_identifiers(document)
    assert list(schema_resources.repeated(document)) == []
    assert position(document, ()) == (1, 1)
    del tree, document
    gc.collect()
    assert found() is None
