import pytest
from cbmock.description.discovery import discover
from cbmock.description.documents import Document
from cbmock.description.operations import Operation, Parent
from cbmock.description.path_items import PathItem
from cbmock.description.references import Description, Node
from cbmock.errors import DocumentError, ReceiverError
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.rows import each_row

OP = {"responses": {"200": {"description": "ok"}}}
URL = "{$request.body#/url}"
ENTRY = "file:///docs/openapi.yaml"


def describe(tree, **files):
    def retrieve(uri):
        name = uri.removeprefix("file:///docs/")
        if name not in files:
            message = f"{name}: No such file or directory"
            raise ReceiverError(message)
        return files[name].encode()

    return Description(Document("openapi.yaml", ENTRY, tree), retrieve)


def found(tree, version="3.1.0", **files):
    return discover(describe({"openapi": version, **tree}, **files))


def calling(callbacks, **fields):
    """Return a document whose one operation has these callbacks."""
    return {"paths": {"/a": {"post": {**OP, "callbacks": callbacks}}}, **fields}


def parent(method, path, operation_id=None):
    nowhere = Node(None, Document("", "", None))
    return Parent(
        method=method,
        path=path,
        operation_id=operation_id,
        node=nowhere,
        path_item=PathItem({}),
    )


def at(pointer):
    return f"openapi.yaml#{pointer}"


A = parent("POST", "/a")
CB = "/paths/~1a/post/callbacks/cb/%7B$request.body%23~1url%7D"


def callback(pointer, **fields):
    usual = {"name": "cb", "method": "POST", "expression": URL, "parent": A}
    return Operation(kind="callback", pointer=pointer, **{**usual, **fields})


def webhook(name, pointer, **fields):
    return Operation(
        kind="webhook", name=name, pointer=pointer, **{"method": "POST", **fields}
    )


def missing(pointer):
    return f"{pointer}: $ref '#/nowhere' has no target: nothing is at 'nowhere'"


# --- callbacks --------------------------------------------------------------------------


def test_an_inline_callback_is_an_operation_of_its_parent():
    tree = {
        "paths": {
            "x-note": {"post": {"callbacks": {"no": {URL: {"post": OP}}}}},
            "/a": {
                "post": {
                    "operationId": "makeA",
                    "callbacks": {
                        "cb": {
                            URL: {"post": {**OP, "operationId": "onA"}, "summary": ""},
                            "x-note": {"post": OP},
                        }
                    },
                }
            },
        }
    }
    (operation,) = found(tree)
    assert operation == callback(
        at(CB + "/post"),
        operation_id="onA",
        parent=parent("POST", "/a", "makeA"),
    )
    assert operation.served
    assert operation.qualified == "makeA.cb.post"
    assert operation.key.text == URL
    assert operation.node.value == {**OP, "operationId": "onA"}
    assert set(operation.path_item.fields) == {"post", "summary"}


def test_every_method_and_every_key_is_an_operation():
    tree = calling(
        {
            "cb": {URL: {"get": OP, "put": OP}, "/done": {"delete": OP}},
            "other": {URL: {"post": OP}},
        }
    )
    assert [(each.name, each.expression, each.method) for each in found(tree)] == [
        ("cb", URL, "GET"),
        ("cb", URL, "PUT"),
        ("cb", "/done", "DELETE"),
        ("other", URL, "POST"),
    ]


def test_a_callback_may_be_a_reference_whose_siblings_count_for_nothing():
    tree = calling(
        {"cb": {"$ref": "#/components/callbacks/C", "x-y": 1, "/no": {"post": OP}}},
        components={"callbacks": {"C": {URL: {"post": OP}}}},
    )
    assert found(tree, "3.0.3") == (
        callback(at("/components/callbacks/C/%7B$request.body%23~1url%7D/post")),
    )


def test_a_path_item_may_be_a_reference_to_an_ordinary_path():
    tree = calling({"cb": {URL: {"$ref": "#/paths/~1notifications"}}})
    tree["paths"]["/notifications"] = {"post": OP}
    assert found(tree) == (callback(at("/paths/~1notifications/post")),)


def test_what_stands_beside_the_reference_of_a_path_item_wins():
    ours, theirs = {**OP, "summary": "ours"}, {**OP, "summary": "theirs"}
    tree = calling(
        {"cb": {URL: {"$ref": "#/x-items/P", "post": ours, "parameters": [1]}}}
    )
    tree["x-items"] = {"P": {"post": theirs, "put": theirs, "parameters": [2]}}
    post, put = found(tree)
    assert (post.pointer, post.node.value) == (at(CB + "/post"), ours)
    assert (put.pointer, put.node.value) == (at("/x-items/P/put"), theirs)
    assert post.path_item.fields["parameters"].value == [1]


def test_an_operation_may_be_a_reference():
    tree = calling({"cb": {URL: {"post": {"$ref": "hooks/on it.yaml"}}}})
    operations = found(tree, **{"hooks/on%20it.yaml": "operationId: onIt"})
    assert operations == (callback("hooks/on it.yaml#", operation_id="onIt"),)


def test_the_path_of_a_parent_may_be_a_reference():
    tree = {"paths": {"/a": {"$ref": "b.yaml#/item"}}}
    operations = found(
        tree, **{"b.yaml": "item: {post: {callbacks: {cb: {'/x': {put: {}}}}}}"}
    )
    assert operations == (
        callback(
            "b.yaml#/item/post/callbacks/cb/~1x/put", method="PUT", expression="/x"
        ),
    )


def test_a_callback_that_two_operations_share_stands_once_under_each():
    shared = {"cb": {"$ref": "#/components/callbacks/C"}}
    tree = {
        "paths": {
            "/a": {"post": {"callbacks": shared}},
            "/b": {"put": {"callbacks": shared}},
        },
        "components": {"callbacks": {"C": {URL: {"post": OP}}}},
    }
    pointer = at("/components/callbacks/C/%7B$request.body%23~1url%7D/post")
    assert found(tree) == (
        callback(pointer),
        callback(pointer, parent=parent("PUT", "/b")),
    )


# --- nested callbacks -------------------------------------------------------------------


def test_the_direction_turns_with_every_level_of_nesting():
    ack = {"ack": {"/ack": {"put": {"callbacks": {"end": {"/end": {"post": OP}}}}}}}
    first, second, third = found(
        calling({"cb": {URL: {"post": {"operationId": "on", "callbacks": ack}}}})
    )
    inner = at(CB + "/post/callbacks/ack/~1ack/put")
    assert first == callback(at(CB + "/post"), operation_id="on")
    assert second == callback(
        inner,
        name="ack",
        method="PUT",
        expression="/ack",
        parent=parent("POST", URL, "on"),
        direction="outbound",
    )
    assert third == callback(
        inner + "/callbacks/end/~1end/post",
        name="end",
        expression="/end",
        parent=parent("PUT", "/ack"),
    )
    assert [each.served for each in (first, second, third)] == [True, False, True]


def test_a_callback_may_nest_in_itself():
    tree = calling({"cb": {URL: {"$ref": "#/paths/~1a"}}})
    again = parent("POST", URL)
    assert found(tree) == (
        callback(at("/paths/~1a/post")),
        callback(at("/paths/~1a/post"), parent=again, direction="outbound"),
        callback(at("/paths/~1a/post"), parent=again),
    )


def test_the_callbacks_of_a_shared_callback_stand_once():
    shared = {"cb": {"$ref": "#/components/callbacks/C"}}
    inner = {URL: {"post": {"callbacks": {"ack": {"/ack": {"post": OP}}}}}}
    tree = {
        "paths": {
            "/a": {"post": {"callbacks": shared}},
            "/b": {"post": {"callbacks": shared}},
        },
        "components": {"callbacks": {"C": inner}},
    }
    assert [(each.name, each.parent.path) for each in found(tree)] == [
        ("cb", "/a"),
        ("ack", URL),
        ("cb", "/b"),
    ]


def test_callbacks_that_all_nest_in_each_other_are_found_in_time():
    names = [f"c{number}" for number in range(12)]
    all_of_them = {name: {"$ref": f"#/components/callbacks/{name}"} for name in names}
    tree = calling(
        all_of_them,
        components={
            "callbacks": {
                name: {f"/{name}": {"post": {"callbacks": all_of_them}}}
                for name in names
            }
        },
    )
    # Each below the path's operation, and in both directions below each callback.
    assert len(found(tree)) == 12 + 12 * 12 * 2


# --- webhooks ---------------------------------------------------------------------------


@each_row("version", ["3.0.3", "3.1.0"])
@each_row("container", ["webhooks", "x-webhooks"])
def test_webhooks_are_operations_without_parent(container, version):
    tree = {container: {"paid": {"post": {**OP, "operationId": "onPaid"}, "get": OP}}}
    post, get = found(tree, version)
    assert post == webhook("paid", at(f"/{container}/paid/post"), operation_id="onPaid")
    assert get == webhook("paid", at(f"/{container}/paid/get"), method="GET")
    assert (post.qualified, post.served, post.key) == ("paid.post", True, None)


def test_webhooks_win_over_x_webhooks():
    tree = {
        "webhooks": {"a": {"post": OP}},
        "x-webhooks": {"a": {"put": OP}, "b": {"post": OP}},
    }
    assert found(tree) == (
        webhook("a", at("/webhooks/a/post")),
        webhook("b", at("/x-webhooks/b/post")),
    )


def test_x_webhooks_may_be_shaped_like_callbacks():
    tree = {
        "x-webhooks": {
            "a": {
                URL: {"post": OP},
                "/b": {"$ref": "#/x-p"},
                "/c": {"$ref": "#/nowhere"},
            }
        },
        "x-p": {"put": OP},
    }
    broken = at("/x-webhooks/a/~1c")
    assert found(tree) == (
        webhook("a", at("/x-webhooks/a/%7B$request.body%23~1url%7D/post")),
        webhook("a", at("/x-p/put"), method="PUT"),
        webhook("a", broken, method=None, error=missing(broken)),
    )


def test_a_webhook_may_be_a_reference_and_named_like_an_extension():
    tree = {
        "webhooks": {
            "x-paid": {"$ref": "#/components/pathItems/P"},
            "x-note": {"order": 1},
            "x-text": "no webhook",
        },
        "components": {"pathItems": {"P": {"post": OP}}},
    }
    assert found(tree) == (webhook("x-paid", at("/components/pathItems/P/post")),)


def test_the_callbacks_of_a_webhook_go_out():
    tree = {"webhooks": {"a": {"post": {"callbacks": {"cb": {URL: {"post": OP}}}}}}}
    (first, second) = found(tree)
    assert first == webhook("a", at("/webhooks/a/post"))
    assert second == callback(
        at("/webhooks/a/post/callbacks/cb/%7B$request.body%23~1url%7D/post"),
        parent=parent("POST", "a"),
        direction="outbound",
    )


# --- unreferenced components ------------------------------------------------------------


def test_components_that_nothing_refers_to_are_found_but_not_served():
    ack = {"post": {**OP, "callbacks": {"ack": {"/ack": {"post": OP}}}}}
    tree = {
        "components": {
            "callbacks": {
                "C": {URL: ack},
                "D": {"$ref": "#/nowhere"},
            }
        }
    }
    pointer = at("/components/callbacks/C/%7B$request.body%23~1url%7D/post")
    broken = at("/components/callbacks/D")
    operations = found(tree)
    assert operations == (
        callback(pointer, name="C", parent=None, referenced=False),
        callback(
            pointer + "/callbacks/ack/~1ack/post",
            name="ack",
            expression="/ack",
            parent=parent("POST", URL),
            direction="outbound",
            referenced=False,
        ),
        callback(
            broken,
            name="D",
            method=None,
            expression=None,
            parent=None,
            referenced=False,
            error=missing(broken),
        ),
    )
    assert [each.served for each in operations] == [False, False, False]


def test_a_component_that_shares_a_path_item_is_unreferenced_all_the_same():
    tree = calling({"cb": {URL: {"$ref": "#/x-p"}}})
    tree["components"] = {"callbacks": {"C": {"/other": {"$ref": "#/x-p"}}}}
    tree["x-p"] = {"post": OP}
    assert found(tree) == (
        callback(at("/x-p/post")),
        callback(
            at("/x-p/post"),
            name="C",
            expression="/other",
            parent=None,
            referenced=False,
        ),
    )


# --- what cannot be read ----------------------------------------------------------------


BROKEN = {"$ref": "#/nowhere"}
GOOD = {"good": {"/good": {"post": OP}}}


@pytest.mark.parametrize(
    ("broken", "pointer", "fields"),
    [
        (BROKEN, "/paths/~1a/post/callbacks/cb", {"method": None, "expression": None}),
        ({URL: BROKEN}, CB, {"method": None}),
        ({URL: {"post": BROKEN}}, CB + "/post", {}),
    ],
    ids=["callback", "path item", "operation"],
)
def test_a_broken_reference_fails_only_what_needs_it(broken, pointer, fields):
    first, second = found(calling({"cb": broken, **GOOD}))
    assert first == callback(at(pointer), error=missing(at(pointer)), **fields)
    assert not first.served
    assert second == callback(
        at("/paths/~1a/post/callbacks/good/~1good/post"),
        name="good",
        expression="/good",
    )


def test_a_webhook_that_cannot_be_read_says_so():
    tree = {"webhooks": {"a": BROKEN, "b": {"post": OP}}}
    assert found(tree) == (
        webhook("a", at("/webhooks/a"), method=None, error=missing(at("/webhooks/a"))),
        webhook("b", at("/webhooks/b/post")),
    )
    assert found(tree)[0].qualified == "a"


def test_paths_and_parents_that_cannot_be_read_are_passed_over():
    tree = calling(GOOD)
    tree["paths"] |= {"/b": BROKEN, "/c": {"post": BROKEN}}
    assert [each.name for each in found(tree)] == ["good"]


@each_row(
    "tree",
    [
        {},
        {"paths": {}},
        {"paths": None, "webhooks": [1], "components": "none"},
        {"components": {"schemas": {}}},
        {"paths": {"/a": {"post": {"callbacks": {}}}}},
        {"paths": {"/a": {"post": {"callbacks": ["no"]}}}},
        {"paths": {"/a": {"post": {"callbacks": {"cb": None}}}}},
        {"paths": {"/a": {"post": {"callbacks": {"cb": {URL: []}}}}}},
        {"paths": {"/a": {"post": {"callbacks": {"cb": {URL: {"post": None}}}}}}},
        {"webhooks": {"a": {}}},
    ],
)
def test_a_document_may_have_nothing_to_receive(tree):
    assert found(tree) == ()


def test_an_operation_id_that_is_no_text_is_none():
    (operation,) = found({"webhooks": {"a": {"post": {"operationId": {"a": 1}}}}})
    assert operation.operation_id is None


# --- versions ---------------------------------------------------------------------------

OF_3_2 = {
    "webhooks": {
        "a": {
            "query": OP,
            "additionalOperations": {"NOTIFY": OP, "Post": OP, "QUERY": OP, "no": None},
        }
    }
}


def test_3_2_has_query_and_additional_operations_in_their_own_case():
    assert found(OF_3_2, "3.2.0") == (
        webhook("a", at("/webhooks/a/query"), method="QUERY"),
        webhook("a", at("/webhooks/a/additionalOperations/NOTIFY"), method="NOTIFY"),
    )


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1"])
def test_older_documents_have_neither(version):
    assert found(OF_3_2, version) == ()


def test_a_version_may_be_an_unquoted_number():
    assert found({"webhooks": {"a": {"post": OP}}}, 3.1) == (
        webhook("a", at("/webhooks/a/post")),
    )


@each_row(
    ("tree", "error"),
    [
        (
            {"swagger": "2.0"},
            DocumentError(
                "is Swagger 2.0, which has no callbacks",
                document="openapi.yaml",
                advice="Convert it to OpenAPI 3 first; cbmock reads 3.0, 3.1 and 3.2.",
            ),
        ),
        (
            {"paths": {}},
            DocumentError(
                "is not an OpenAPI 3 document (no `openapi` field)",
                document="openapi.yaml",
                advice="cbmock reads OpenAPI 3.0, 3.1 and 3.2.",
            ),
        ),
        (
            {"openapi": "4.0.0"},
            DocumentError(
                "is not an OpenAPI 3 document (openapi: '4.0.0')",
                document="openapi.yaml",
                advice="cbmock reads OpenAPI 3.0, 3.1 and 3.2.",
            ),
        ),
        (
            {"openapi": None},
            DocumentError(
                "is not an OpenAPI 3 document (openapi: None)",
                document="openapi.yaml",
                advice="cbmock reads OpenAPI 3.0, 3.1 and 3.2.",
            ),
        ),
        (
            None,
            DocumentError(
                "is not an OpenAPI document: it is empty", document="openapi.yaml"
            ),
        ),
        (
            ["no", "object"],
            DocumentError(
                "is not an OpenAPI document: its top level is not an object",
                document="openapi.yaml",
            ),
        ),
    ],
)
def test_what_is_no_openapi_3_is_refused(tree, error):
    with pytest.raises(DocumentError) as raised:
        discover(describe(tree))
    assert raised.value == error


# --- properties -------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        "post",
        "callbacks",
        "cb",
        URL,
        "$ref",
        "additionalOperations",
        "x-a",
        "operationId",
    ]
)
REFERENCES = st.sampled_from(
    ["#/paths/~1a", "#/webhooks/cb", "#/paths/~1a/post/cb", "#x"]
)
NONSENSE = st.recursive(
    st.none() | st.integers() | REFERENCES,
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
    max_leaves=30,
)


@settings(deadline=None)
@given(NONSENSE, NONSENSE, NONSENSE)
def test_nonsense_is_discovered_without_a_crash(item, webhooks, components):
    tree = {
        "paths": {"/a": item},
        "webhooks": webhooks,
        "components": {"callbacks": components},
    }
    assert {each.kind for each in found(tree, "3.2.0")} <= {"callback", "webhook"}
