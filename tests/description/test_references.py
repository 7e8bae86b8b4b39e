import pytest
from cbmock.description.documents import Document
from cbmock.description.references import Description, Node
from cbmock.description.versions import V3_0, V3_1
from cbmock.errors import ReceiverError, UnresolvableReference

from tests.support.rows import each_row

FOLDER = "file:///docs/api/"


def describe(tree, **files):
    """Describe `tree`; the files are given by URI, or by name within its folder."""
    texts = {
        name if ":" in name else FOLDER + name: text for name, text in files.items()
    }

    def retrieve(uri):
        if uri not in texts:
            message = f"{uri}: No such file or directory"
            raise ReceiverError(message)
        return texts[uri].encode()

    return Description(
        Document("openapi.yaml", FOLDER + "openapi.yaml", tree), retrieve
    )


def resolved(description, *tokens):
    found = description.resolve(description.root.child(*tokens))
    return found.value, found.pointer


def refused(description, *tokens):
    with pytest.raises(UnresolvableReference) as raised:
        description.resolve(description.root.child(*tokens))
    return raised.value


# --- within a document ------------------------------------------------------------------


@each_row(
    ("reference", "pointer"),
    [
        ("#/b", "#/b"),
        ("#/b/c~1d", "#/b/c~1d"),
        ("#/b/c~01d", "#/b/c~01d"),
        ("#/b/%7Be%7D", "#/b/%7Be%7D"),
        ("#/b/{e}", "#/b/%7Be%7D"),
        ("#/b/x y", "#/b/x%20y"),
        ("#/b/l/1", "#/b/l/1"),
        ("#/b/", "#/b/"),
        ("#", "#"),
        ("", "#"),
        ("openapi.yaml#/b", "#/b"),
        ("./openapi.yaml#/b", "#/b"),
        ("file:///docs/api/openapi.yaml#/b", "#/b"),
    ],
)
def test_a_reference_leads_to_its_target(reference, pointer):
    b = {"c/d": 1, "c~1d": 2, "{e}": 3, "x y": 4, "l": [5, 6], "": 7}
    description = describe({"a": [{"$ref": reference}], "b": b})
    target = description.follow(description.root.child("a", 0), reference)
    assert target.pointer == "openapi.yaml" + pointer
    assert target.value == description.root.child(*target.tokens).value


def test_what_is_no_reference_stays_where_it_is():
    description = describe({"a": {"$ref": {"type": "string"}}})
    assert resolved(description, "a") == (
        {"$ref": {"type": "string"}},
        "openapi.yaml#/a",
    )


def test_references_to_references_are_followed_to_the_end():
    description = describe(
        {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"end": True}}
    )
    assert resolved(description, "a") == ({"end": True}, "openapi.yaml#/c")


def test_a_reference_is_followed_through_references_on_its_way():
    description = describe(
        {
            "a": {"$ref": "#/b/x/y"},
            "b": {"$ref": "#/c"},
            "c": {"x": {"$ref": "#/d"}},
            "d": {"y": 1},
        }
    )
    assert resolved(description, "a") == (1, "openapi.yaml#/d/y")


def test_a_reference_may_be_passed_through_twice():
    description = describe(
        {
            "a": {"$ref": "#/b/x"},
            "b": {"$ref": "#/d"},
            "d": {"x": {"$ref": "#/b/y"}, "y": 1},
        }
    )
    assert resolved(description, "a") == (1, "openapi.yaml#/d/y")


def test_what_stands_beside_a_reference_is_found_before_its_target():
    description = describe(
        {"a": {"$ref": "#/b/x"}, "b": {"$ref": "#/c", "x": 1}, "c": {"x": 2}}
    )
    assert resolved(description, "a") == (1, "openapi.yaml#/b/x")


@each_row(
    "tree",
    [
        {"a": {"$ref": "#/a"}},
        {"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"$ref": "#/b"}},
        {"a": {"$ref": "#/a/x"}},
        {"a": {"$ref": "#/b/x"}, "b": {"$ref": "#/a/y"}},
        {"a": {"$ref": "#/b/x"}, "b": {"$ref": "#/c"}, "c": {"$ref": "#/b"}},
    ],
)
def test_a_loop_of_references_is_refused(tree):
    assert refused(describe(tree), "a").reason == "leads back to itself"


def test_a_loop_through_files_is_refused():
    description = describe(
        {"a": {"$ref": "b.yaml#/x"}}, **{"b.yaml": "x: {$ref: 'openapi.yaml#/a'}"}
    )
    assert refused(description, "a") == UnresolvableReference(
        "leads back to itself", reference="b.yaml#/x", pointer="openapi.yaml#/a"
    )


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("#/b/missing", "has no target: nothing is at 'missing'"),
        ("#/b/text/x", "has no target: nothing is at 'x'"),
        ("#/b/list/2", "has no target: nothing is at '2'"),
        ("#/" + "x" * 200, f"has no target: nothing is at {'x' * 80!r}"),
        ("#nowhere", "has no target: the document has no such anchor"),
    ],
)
def test_a_reference_without_target_is_refused(reference, reason):
    description = describe(
        {"a": {"$ref": reference}, "b": {"text": "t", "list": [1, 2]}}
    )
    assert refused(description, "a") == UnresolvableReference(
        reason, reference=reference, pointer="openapi.yaml#/a"
    )


@pytest.mark.parametrize("keyword", ["$anchor", "$dynamicAnchor"])
def test_an_anchor_is_found_by_its_name(keyword):
    description = describe(
        {"a": {"$ref": "#here"}, "b": [{"x": {keyword: "here", "type": "string"}}]}
    )
    assert resolved(description, "a") == (
        {keyword: "here", "type": "string"},
        "openapi.yaml#/b/0/x",
    )


def test_an_anchor_is_looked_for_once_in_what_aliases_share():
    tree = {}
    for _ in range(60):
        tree = {"left": tree, "right": tree}
    description = describe({"a": {"$ref": "#here"}, "b": tree})
    assert refused(description, "a").reason == (
        "has no target: the document has no such anchor"
    )


# --- across documents -------------------------------------------------------------------


@each_row(
    ("reference", "uri", "name"),
    [
        ("b.yaml#/x", "b.yaml", "b.yaml"),
        ("./sub/b.yaml#/x", "sub/b.yaml", "sub/b.yaml"),
        ("../b.yaml#/x", "file:///docs/b.yaml", "file:///docs/b.yaml"),
        ("b (1) (1).yaml#/x", "b%20(1)%20(1).yaml", "b (1) (1).yaml"),
        ("b%20c.yaml#/x", "b%20c.yaml", "b c.yaml"),
        ("b[1].yaml#/x", "b%5B1%5D.yaml", "b[1].yaml"),
        ("paths/x@{id}.yaml#/x", "paths/x@%7Bid%7D.yaml", "paths/x@{id}.yaml"),
        ("ü.yaml#/x", "%C3%BC.yaml", "ü.yaml"),
    ],
)
def test_a_file_is_named_as_people_write_it(reference, uri, name):
    description = describe({"a": {"$ref": reference}}, **{uri: "x: 1"})
    value, pointer = resolved(description, "a")
    assert (value, pointer.partition("#")) == (1, (name, "#", "/x"))


def test_a_reference_without_fragment_means_the_whole_file():
    description = describe({"a": {"$ref": "b.json"}}, **{"b.json": '{"x": 1}'})
    assert resolved(description, "a") == ({"x": 1}, "b.json#")


def test_references_of_a_file_start_from_that_file():
    description = describe(
        {"a": {"$ref": "sub/b.yaml#/x"}, "end": 1},
        **{
            "sub/b.yaml": "x: {$ref: 'c.yaml#/y'}",
            "sub/c.yaml": "y: {$ref: '#/z'}\nz: {$ref: '../openapi.yaml#/end'}",
        },
    )
    assert resolved(description, "a") == (1, "openapi.yaml#/end")


def test_the_entry_document_is_known_under_either_spelling_of_its_name():
    entry = Document("api (1).yaml", "file:///docs/api%20%281%29.yaml", {"b": 1})
    entry.tree["a"] = {"$ref": "api (1).yaml#/b"}
    description = Description(entry, retrieve=lambda uri: b"{}")
    assert description.resolve(description.root.child("a")).document is entry


def test_a_file_is_read_once():
    asked = []

    def retrieve(uri):
        asked.append(uri)
        return b"x: 1\ny: 2"

    tree = {"a": {"$ref": "b.yaml#/x"}, "b": {"$ref": "b.yaml#/y"}}
    description = Description(Document("o", FOLDER + "o", tree), retrieve)
    assert resolved(description, "a") == (1, "b.yaml#/x")
    assert resolved(description, "b") == (2, "b.yaml#/y")
    assert asked == [FOLDER + "b.yaml"]


@each_row(
    ("reference", "files", "reason"),
    [
        (
            "b.yaml#/x",
            {},
            "cannot be read: file:///docs/api/b.yaml: No such file or directory",
        ),
        (
            "b.yaml#/x",
            {"b.yaml": "x: @"},
            (
                "cannot be read: b.yaml:1:4: is not YAML:"
                " found character that cannot start any token"
            ),
        ),
        (
            "https://api.example/b.yaml#/x",
            {},
            "cannot be read: https://api.example/b.yaml: No such file or directory",
        ),
        (
            "//[/b.yaml",
            {},
            "cannot be read: file://%5B/b.yaml: No such file or directory",
        ),
    ],
)
def test_a_file_that_cannot_be_read_fails_what_needs_it_each_time(
    reference, files, reason
):
    description = describe({"a": {"$ref": reference}}, **files)
    expected = UnresolvableReference(
        reason, reference=reference, pointer="openapi.yaml#/a"
    )
    assert (refused(description, "a"), refused(description, "a")) == (
        expected,
        expected,
    )


def test_a_reference_that_is_no_uri_is_refused():
    description = describe({"a": {"$ref": "\ud800.yaml"}})
    assert refused(description, "a").reason == "is not a URI"


# --- $self ------------------------------------------------------------------------------


def test_self_is_where_references_start():
    description = describe(
        {"$self": "https://e.com/api/openapi", "a": {"$ref": "shared/foo#/x"}},
        **{"https://e.com/api/shared/foo": "x: 1"},
    )
    assert resolved(description, "a") == (1, "https://e.com/api/shared/foo#/x")


def test_self_is_a_name_of_its_document():
    description = describe(
        {
            "$self": "https://e.com/api/openapi",
            "a": {"$ref": "https://e.com/api/openapi#/b"},
            "b": 1,
        }
    )
    assert resolved(description, "a") == (1, "openapi.yaml#/b")


def test_neighbours_of_a_document_with_a_self_lie_beside_its_copy():
    description = describe(
        {"$self": "https://e.com/api/openapi", "a": {"$ref": "b.yaml#/x"}},
        **{"b.yaml": "x: 1"},
    )
    assert resolved(description, "a") == (1, "b.yaml#/x")


def test_a_file_is_known_by_its_self_once_it_is_read():
    description = describe(
        {"a": {"$ref": "b.yaml#/x"}, "b": {"$ref": "https://e.com/b#/y"}},
        **{"b.yaml": "$self: https://e.com/b\nx: 1\ny: 2"},
    )
    assert resolved(description, "a") == (1, "b.yaml#/x")
    assert resolved(description, "b") == (2, "b.yaml#/y")


def test_both_places_of_a_missing_neighbour_are_named():
    description = describe({"$self": "https://e.com/api", "a": {"$ref": "b.yaml"}})
    assert refused(description, "a").reason == (
        "cannot be read: https://e.com/b.yaml: No such file or directory, and "
        "cannot be read: file:///docs/api/b.yaml: No such file or directory"
    )


# --- nodes and versions -----------------------------------------------------------------


def test_a_node_goes_down_its_value():
    description = describe({"a": {"b": [1, {"c": 2}]}})
    root = description.root
    c = root.child("a", "b", 1, "c")
    assert (c.value, c.tokens, c.place) == (
        2,
        ("a", "b", "1", "c"),
        (FOLDER + "openapi.yaml", ("a", "b", "1", "c")),
    )
    assert [item.pointer for item in root.child("a", "b").items()] == [
        "openapi.yaml#/a/b/0",
        "openapi.yaml#/a/b/1",
    ]
    assert [(name, node.tokens) for name, node in root.members()] == [("a", ("a",))]


def test_a_node_without_members_or_items_has_none():
    node = Node("text", describe({}).entry)
    assert (node.get("a"), list(node.members()), list(node.items())) == (None, [], [])
    with pytest.raises(LookupError):
        node.child("a")


def test_a_fragment_follows_the_version_of_the_entry_document():
    description = describe({"openapi": "3.0.3"})
    fragment = Document("b", FOLDER + "b", {"type": "object"})
    other_root = Document("c", FOLDER + "c", {"openapi": "3.1.0"})
    assert description.version is V3_0
    assert description.version_at(fragment) is V3_0
    assert description.version_at(other_root) is V3_1


def test_a_document_without_version_is_read_as_3_1():
    assert describe({}).version is V3_1
