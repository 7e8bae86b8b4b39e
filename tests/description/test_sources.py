import io
import socket
import sys
import threading
import types
from collections import ChainMap
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cbmock import sources
from cbmock.description.operations import discover
from cbmock.errors import DocumentError, ReceiverError

TREE = {"openapi": "3.1.0", "webhooks": {"paid": {"post": {"operationId": "onPaid"}}}}
TEXT = '{"openapi": "3.1.0", "webhooks": {"paid": {"post": {"operationId": "onPaid"}}}}'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return tmp_path


@pytest.fixture
def serve():
    """Answer each connection with the bytes given; return the URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answering(data):
            def answer():
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(data)

            threading.Thread(target=answer, daemon=True).start()
            return f"http://127.0.0.1:{listener.getsockname()[1]}/docs/api.json"

        yield answering


def entry(spec):
    document = sources.describe(spec).entry
    return document.name, document.uri, document.tree


def refused(spec):
    with pytest.raises(DocumentError) as raised:
        sources.describe(spec)
    return raised.value


# --- files and streams ------------------------------------------------------------------


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_names_a_file(folder, kind):
    path = folder / "my api (1).json"
    path.write_text(TEXT)
    assert entry(kind(path)) == ("my api (1).json", path.as_uri(), TREE)


def test_a_relative_path_starts_from_the_working_directory(folder):
    (folder / "sub").mkdir()
    (folder / "api.json").write_text(TEXT)
    uri = (folder / "api.json").as_uri()
    assert entry("api.json") == ("api.json", uri, TREE)
    assert entry("sub/../api.json") == ("api.json", uri, TREE)


def test_a_file_may_be_named_like_an_attribute(folder):
    (folder / "api:v1").write_text(TEXT)
    assert entry("api:v1") == ("api:v1", (folder / "api:v1").as_uri(), TREE)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("missing.yaml", "cannot be read: No such file or directory"),
        (".", "cannot be read: Is a directory"),
        ("nul\0.yaml", "cannot be read: embedded null byte"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(folder, spec, reason):
    assert refused(spec) == DocumentError(reason, document=spec)


def test_a_dash_names_the_standard_input(folder, monkeypatch):
    stdin = types.SimpleNamespace(buffer=io.BytesIO(TEXT.encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert entry("-") == ("stdin", (folder / "stdin").as_uri(), TREE)


def test_neighbouring_files_are_read_when_they_are_needed(folder):
    (folder / "api.yaml").write_text(
        "openapi: 3.1.0\nwebhooks: {a: {$ref: 'a b (1).yaml'}, b: {$ref: gone.yaml}}"
    )
    (folder / "a b (1).yaml").write_text("post: {operationId: onA}")
    a, b = discover(sources.describe("api.yaml"))
    assert (a.pointer, a.operation_id, a.error) == ("a b (1).yaml#/post", "onA", None)
    assert b.error == (
        "api.yaml#/webhooks/b: $ref 'gone.yaml' cannot be read:"
        " gone.yaml: No such file or directory"
    )


def test_a_neighbour_whose_name_is_no_file_name_is_refused(folder):
    description = sources.describe(
        {"openapi": "3.1.0", "webhooks": {"a": {"$ref": "nul%00.yaml"}}}
    )
    (operation,) = discover(description)
    assert operation.error == (
        "openapi.json#/webhooks/a: $ref 'nul%00.yaml' cannot be read:"
        " nul\0.yaml: embedded null byte"
    )


@pytest.mark.parametrize("uri", ["http://e.com/a.yaml", "ftp://e.com/a", "a.yaml"])
def test_remote_documents_are_not_fetched_for_another(uri):
    with pytest.raises(ReceiverError) as raised:
        sources.retrieve(uri)
    assert raised.value == ReceiverError(
        f"{uri} is remote; only --allow-remote fetches what documents refer to"
    )


# --- URLs -------------------------------------------------------------------------------


def test_a_url_is_fetched(serve):
    url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    assert entry(url) == ("api.json", url, TREE)


def test_a_url_without_path_names_itself(serve):
    url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    root = url.removesuffix("/docs/api.json")
    assert entry(root) == (root, root, TREE)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"HTTP/1.0 404 Gone\r\n\r\n", "cannot be fetched: HTTP Error 404: Gone"),
        (b"not HTTP\r\n\r\n", "cannot be fetched: not HTTP"),
    ],
)
def test_a_url_that_gives_no_document_is_refused(serve, answer, reason):
    url = serve(answer)
    assert refused(url) == DocumentError(reason, document=url)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://[", "cannot be fetched: Invalid IPv6 URL"),
        (
            "http://e.com/a b",
            (
                "cannot be fetched: URL can't contain control characters. '/a b' (found at"
                " least ' ')"
            ),
        ),
    ],
)
def test_what_is_no_url_is_refused(url, reason):
    assert refused(url) == DocumentError(reason, document=url)


def test_a_document_has_its_largest_size(serve, monkeypatch):
    monkeypatch.setattr(sources, "_LARGEST", 10)
    url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    assert refused(url) == DocumentError("is larger than 64 MiB", document=url)


def test_a_document_that_comes_too_slowly_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(sources, "_PATIENCE", -1)
    url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    assert refused(url) == DocumentError("takes too long to fetch", document=url)


def test_what_a_document_refers_to_is_fetched_where_that_is_allowed(serve, folder):
    url = serve(b"HTTP/1.0 200 OK\r\n\r\npost: {operationId: onA}")
    tree = {"openapi": "3.1.0", "webhooks": {"a": {"$ref": url}}}
    assert discover(sources.describe(tree))[0].error is not None
    remote = sources.describe(tree, allow_remote=True)
    assert [each.operation_id for each in discover(remote)] == ["onA"]


def test_files_are_read_where_fetching_is_allowed_too(folder):
    (folder / "a.yaml").write_text("post: {operationId: onA}")
    tree = {"openapi": "3.1.0", "webhooks": {"a": {"$ref": "a.yaml"}}}
    found = discover(sources.describe(tree, allow_remote=True))
    assert [each.operation_id for each in found] == ["onA"]


# --- Python objects ---------------------------------------------------------------------


@pytest.mark.parametrize("kind", [dict, ChainMap, types.MappingProxyType])
def test_a_mapping_is_a_document(folder, kind):
    assert entry(kind(TREE)) == (
        "openapi.json",
        (folder / "openapi.json").as_uri(),
        TREE,
    )


def test_what_python_says_is_made_json():
    content = {
        "openapi": "3.1.0",
        "responses": {200: (1, 2)},
        "x": types.MappingProxyType({"a": date(2020, 1, 2)}),
        "y": datetime(2020, 1, 2, 3, 4, tzinfo=UTC),
    }
    assert sources.describe(content).entry.tree == {
        "openapi": "3.1.0",
        "responses": {"200": [1, 2]},
        "x": {"a": "2020-01-02"},
        "y": "2020-01-02T03:04:00+00:00",
    }


def test_a_description_does_not_change_with_the_mapping_it_was_made_of():
    tree = {"openapi": "3.1.0", "webhooks": {}}
    description = sources.describe(tree)
    tree["webhooks"]["late"] = {"post": {}}
    assert description.entry.tree == {"openapi": "3.1.0", "webhooks": {}}


def containing_itself():
    tree = {}
    tree["a"] = tree
    return tree


@pytest.mark.parametrize(
    ("tree", "reason"),
    [
        ({"a": {1, 2}}, "is not JSON: a set stands in it"),
        (containing_itself(), "is not JSON: Circular reference detected"),
    ],
)
def test_a_mapping_that_is_no_json_is_refused(tree, reason):
    assert refused(tree) == DocumentError(reason, document="openapi.json")


def test_an_app_gives_its_own_document(folder):
    app = types.SimpleNamespace(openapi=lambda: TREE)
    assert entry(app) == (
        "SimpleNamespace",
        (folder / "openapi.json").as_uri(),
        TREE,
    )


@pytest.mark.parametrize("spec", [None, 3, object()])
def test_an_object_without_a_document_is_refused(spec):
    name = type(spec).__name__
    assert refused(spec) == DocumentError(
        f"is a {name} without an openapi() method",
        document=name,
        advice="Name an app such as FastAPI's, a dict, or a file.",
    )


def test_an_app_that_cannot_give_its_document_is_refused():
    app = types.SimpleNamespace(openapi=lambda: {}["paths"])
    assert refused(app) == DocumentError(
        "cannot be built: KeyError: 'paths'", document="SimpleNamespace"
    )


# --- module:attribute -------------------------------------------------------------------

MODULE = f"""
class App:
    def openapi(self):
        return {TREE!r}

class shelf:
    app = App()

app = App()
tree = {TREE!r}
text = "no app"

def create():
    return App()

def fail():
    raise LookupError("no settings")
"""


@pytest.mark.parametrize(
    "attribute", ["app", "tree", "shelf.app", "create()", "App()", "tree()"]
)
def test_an_attribute_of_a_module_gives_the_document(folder, attribute):
    (folder / "my_app.py").write_text(MODULE)
    spec = f"my_app:{attribute}"
    assert entry(spec) == (spec, (folder / "openapi.json").as_uri(), TREE)


def test_a_module_may_be_in_a_package(folder):
    (folder / "pack").mkdir()
    (folder / "pack" / "main.py").write_text(MODULE)
    assert entry("pack.main:app")[0] == "pack.main:app"


def test_the_working_directory_is_in_reach_once(folder):
    (folder / "my_app.py").write_text(MODULE)
    sources.describe("my_app:app")
    sources.describe("my_app:tree")
    assert sys.path.count(str(folder)) == 1


@pytest.mark.parametrize(
    ("spec", "reason", "advice"),
    [
        (
            "no_such_module:app",
            "cannot be imported: No module named 'no_such_module'",
            "Name a module that Python finds from this folder.",
        ),
        ("my_app:missing", "module my_app has no attribute 'missing'", None),
        (
            "my_app:shelf.missing",
            "module my_app has no attribute 'shelf.missing'",
            None,
        ),
        ("my_app:fail()", "cannot be built: LookupError: no settings", None),
        (
            "my_app:text",
            "is a str without an openapi() method",
            "Name an app such as FastAPI's, a dict, or a file.",
        ),
        (
            "broken_app:app",
            "cannot be imported: RuntimeError: no database",
            None,
        ),
    ],
)
def test_an_attribute_that_gives_no_document_is_refused(folder, spec, reason, advice):
    (folder / "my_app.py").write_text(MODULE)
    (folder / "broken_app.py").write_text("raise RuntimeError('no database')")
    assert refused(spec) == DocumentError(reason, document=spec, advice=advice)
