import io
import json
import os
import socket
import sys
import threading
import types
from collections import ChainMap
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cbmock import sources
from cbmock.description.discovery import discover
from cbmock.description.limits import DocumentLimits
from cbmock.errors import DocumentError, UnresolvableReference
from cbmock.sources import remote

from tests.support.rows import each_row

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
    """Answer one connection after the other with the bytes given; return the URL.

    In the bytes, URL stands for it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/docs/api.json"

        def answering(*answers):
            def answer():
                for data in answers:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return  # the test has ended, with nobody asking any more
                    with connection:
                        connection.recv(65536)
                        connection.sendall(data.replace(b"URL", url.encode()))

            threading.Thread(target=answer, daemon=True).start()
            return url

        yield answering


def entry(spec):
    document = sources.describe(spec).entry
    return document.name, document.uri, document.tree


def refused(spec, **options):
    with pytest.raises(DocumentError) as raised:
        sources.describe(spec, **options)
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


REMOTE = "is remote; only --allow-remote fetches what documents refer to"


@each_row("allow_remote", [False, True])
@each_row(
    ("uri", "reason"),
    [
        ("http://e.com/a.yaml", REMOTE),
        ("ftp://e.com/a", "is neither a file nor an HTTP URL"),
        ("data:,a", "is neither a file nor an HTTP URL"),
    ],
)
def test_only_http_is_fetched_and_only_where_that_is_allowed(uri, reason, allow_remote):
    if allow_remote and reason == REMOTE:
        pytest.skip("it would be fetched")
    assert reason_of({"$ref": uri}, allow_remote=allow_remote) == (
        f"cannot be read: {uri} {reason}"
    )


def reason_of(item, **options):
    """Return why the one webhook of a document cannot be read."""
    document = {"openapi": "3.1.0", "webhooks": {"a": item}}
    (operation,) = discover(sources.describe(document, **options))
    return operation.error.partition("' ")[2]


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


def test_a_document_has_its_largest_size(serve):
    url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    assert refused(url, limits=DocumentLimits(size=10)) == DocumentError(
        "is larger than 10 bytes", document=url
    )


def test_a_document_that_was_cut_off_is_not_taken_for_a_shorter_one(serve):
    whole = b"openapi: 3.1.0\nwebhooks: {}\n"
    url = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" + whole)
    assert refused(url) == DocumentError("was cut off after 28 bytes", document=url)


def test_a_document_that_comes_too_slowly_is_given_up(serve, monkeypatch):
    monkeypatch.setattr(remote, "_PATIENCE", -1)
    url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    assert refused(url) == DocumentError("takes too long to fetch", document=url)


def test_what_a_document_refers_to_is_fetched_where_that_is_allowed(serve, folder):
    tree = {"openapi": "3.1.0", "webhooks": {"a": {"$ref": "URL?more"}}}
    document = b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps(tree).encode()
    neighbour = b"HTTP/1.0 200 OK\r\n\r\npost: {operationId: onA}"
    url = serve(document, document, neighbour)
    assert discover(sources.describe(url))[0].error is not None
    fetched = sources.describe(url, allow_remote=True)
    assert [each.operation_id for each in discover(fetched)] == ["onA"]


def test_a_local_document_reaches_no_service_of_this_machine(serve):
    url = serve(b"HTTP/1.0 200 OK\r\n\r\npost: {}")
    assert reason_of({"$ref": url}, allow_remote=True) == (
        f"cannot be read: {url}: cannot be fetched: <urlopen error 127.0.0.1 is an "
        "address of this machine or of a private network, which a document from "
        "elsewhere must not reach>"
    )


@pytest.mark.parametrize(
    "target", ["ftp://127.0.0.1/a", "file:///etc/hostname", "data:,a"]
)
def test_a_redirect_leads_to_no_other_scheme(serve, target):
    url = serve(f"HTTP/1.0 302 Found\r\nLocation: {target}\r\n\r\n".encode())
    assert "cannot be fetched" in refused(url).reason


def test_a_redirect_from_outside_leads_to_no_private_address(serve, monkeypatch):
    redirect = b"HTTP/1.0 302 Found\r\nLocation: URL?inside\r\n\r\n"
    outside = serve(redirect, b"HTTP/1.0 200 OK\r\n\r\n" + TEXT.encode())
    answers = iter(["public", "private"])
    monkeypatch.setattr(remote, "reach_of", lambda _: next(answers))
    assert "is an address of this machine" in refused(outside).reason


@each_row(
    ("address", "reach"),
    [
        ("127.0.0.1", "private"),
        ("10.1.2.3", "private"),
        ("169.254.169.254", "link-local"),
        ("100.64.0.1", "private"),
        ("0.0.0.0", "private"),
        ("::1", "private"),
        ("fe80::1%eth0", "link-local"),
        ("::ffff:169.254.169.254", "link-local"),
        ("fd00::1", "private"),
        ("::ffff:127.0.0.1", "private"),
        ("64:ff9b::7f00:1", "private"),
        ("2002:7f00:1::", "private"),
        ("224.0.0.1", "private"),
        ("93.184.215.14", "public"),
        ("2606:4700::1111", "public"),
    ],
)
def test_private_addresses_are_known_in_every_form(address, reach):
    assert remote.reach_of(address) == reach


@each_row(
    ("first", "others", "refused"),
    [
        ("93.184.215.14", ["1.1.1.1"], ["127.0.0.1", "10.0.0.1", "169.254.169.254"]),
        ("127.0.0.1", ["10.0.0.1", "1.1.1.1"], ["169.254.169.254", "fe80::1"]),
        ("169.254.0.1", ["127.0.0.1", "169.254.169.254", "1.1.1.1"], []),
    ],
)
def test_from_where_a_document_came_says_what_it_reaches(first, others, refused):
    fetcher = remote.Fetcher(entry_is_remote=True)
    for address in (first, *others):
        fetcher.check(address)
    for address in refused:
        with pytest.raises(remote.PrivateAddress):
            fetcher.check(address)


def test_a_document_that_was_fetched_reaches_no_file(serve, folder):
    (folder / "a.yaml").write_text("post: {operationId: onA}")
    target = (folder / "a.yaml").as_uri()
    tree = {"openapi": "3.1.0", "webhooks": {"a": {"$ref": target}}}
    for more in ({}, {"$self": target, "openapi": "3.2.0"}):
        url = serve(b"HTTP/1.0 200 OK\r\n\r\n" + json.dumps({**tree, **more}).encode())
        (operation,) = discover(
            sources.describe(url, allow_remote=True, allow_files=[folder])
        )
        assert operation.error.endswith(
            "is a file, which a fetched document cannot reach"
        )


# --- which files ------------------------------------------------------------------------


@pytest.fixture
def outside(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("outside")
    (other / "a.yaml").write_text("post: {operationId: onA}")
    return other


def test_a_document_reaches_no_file_outside_its_folder(folder, outside):
    (folder / "link.yaml").symlink_to(outside / "a.yaml")
    relative = os.path.relpath(outside / "a.yaml", folder)
    for written in ((outside / "a.yaml").as_uri(), relative, "link.yaml"):
        assert reason_of({"$ref": written}).startswith("cannot be read: ")
        assert "is outside" in reason_of({"$ref": written})
    secret = reason_of({"$ref": (outside / "missing.yaml").as_uri()})
    assert "is outside" in secret  # nor whether there is one


def test_external_values_are_held_to_the_same_folders(folder, outside):
    description = sources.describe({"openapi": "3.1.0"})
    with pytest.raises(UnresolvableReference, match="is outside"):
        description.literal(description.root, (outside / "a.yaml").as_uri())


def test_a_folder_may_be_allowed(folder, outside):
    item = {"$ref": (outside / "a.yaml").as_uri()}
    tree = {"openapi": "3.1.0", "webhooks": {"a": item}}
    (found,) = discover(sources.describe(tree, allow_files=[outside]))
    assert found.operation_id == "onA"


def test_a_document_reaches_the_files_of_its_repository(folder):
    (folder / ".git").mkdir()
    (folder / "common").mkdir()
    (folder / "common" / "a.yaml").write_text("post: {operationId: onA}")
    (folder / "apis").mkdir()
    entry = folder / "apis" / "api.yaml"
    entry.write_text("openapi: 3.1.0\nwebhooks: {a: {$ref: ../common/a.yaml}}")
    (found,) = discover(sources.describe(entry))
    assert found.operation_id == "onA"


def test_only_regular_files_are_read(folder):
    os.mkfifo(folder / "pipe")
    (folder / "sub").mkdir()
    stdin = "`-` reads a document from standard input."
    for name, reason, advice in (
        ("pipe", "is not a regular file", stdin),
        ("sub", "Is a directory", None),
    ):
        found = refused(folder / name)
        assert (found.reason, found.advice) == (f"cannot be read: {reason}", advice)
        assert reason_of({"$ref": name}) == f"cannot be read: {name}: {reason}"
    assert refused(Path(os.devnull)).reason == "cannot be read: is not a regular file"


def test_a_file_has_its_largest_size(folder, monkeypatch):
    ten = DocumentLimits(size=10)
    (folder / "a.yaml").write_text("a: 90123456")
    reason = "cannot be read: is larger than 10 bytes"
    assert refused("a.yaml", limits=ten).reason == reason
    assert reason_of({"$ref": "a.yaml"}, limits=ten) == (
        "cannot be read: a.yaml: is larger than 10 bytes"
    )
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a" * 11)))
    assert refused("-", limits=ten) == DocumentError(
        "is larger than 10 bytes", document="stdin"
    )


def test_aliases_of_a_document_stand_for_so_many_values(folder):
    (folder / "a.yaml").write_text("a: &a [1, 2]\nb: *a\nc: *a\n")
    found = refused("a.yaml", limits=DocumentLimits(aliases=5))
    assert (found.reason, found.line) == (
        "is YAML that is not JSON: its aliases stand for more than 5 values",
        3,
    )
    assert sources.describe("a.yaml", limits=DocumentLimits(aliases=6)).entry.tree == {
        name: [1, 2] for name in "abc"
    }


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
        ({"a": {1, 2}}, "is not JSON: it contains a set"),
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
    error = refused(spec)
    name = type(spec).__name__
    article = "an" if name[0] in "io" else "a"
    assert (error.document, error.reason) == (
        name,
        f"is {article} {name}, which is not a document and has no openapi() method",
    )
    assert "Litestar app.openapi_schema.to_schema" in error.advice


def named(**attributes):
    return types.SimpleNamespace(**attributes)


@each_row(
    ("app", "instead"),
    [
        (named(openapi_schema=named(to_schema=dict)), "openapi_schema.to_schema"),
        (named(spec=named(to_dict=lambda: TREE)), "spec.to_dict"),
        (named(to_dict=lambda: TREE), "to_dict"),
        (named(api_doc=TREE), "api_doc"),
        (named(get_openapi_schema=lambda path_prefix=None: TREE), "get_openapi_schema"),
        (named(openapi_provider=named(schema=lambda: TREE)), "openapi_provider.schema"),
        (named(get_schema=lambda request=None: TREE), "get_schema"),
        (named(spec=TREE), "spec"),
    ],
)
def test_the_right_attribute_of_another_framework_is_named(app, instead):
    if instead == "openapi_schema.to_schema":
        app.openapi_schema.to_schema = lambda: TREE
    assert refused(app).advice == f"Name module:app.{instead} instead."


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda: 7, "returned an int, not a dict"),
        (lambda: None, "returned a NoneType, not a dict"),
    ],
)
def test_a_function_that_returns_no_document_is_refused(function, reason):
    assert refused(function) == DocumentError(reason, document="function")


def test_a_coroutine_function_is_refused():
    async def document():
        return TREE

    assert refused(document).reason == (
        "is a coroutine function; name one that returns the document at once"
    )


def test_a_property_that_raises_is_passed_over():
    class App:
        @property
        def spec(self):
            raise RuntimeError("outside of the application's context")

    assert refused(App()).reason == (
        "is an App, which is not a document and has no openapi() method"
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

def document():
    return tree

class Made:
    openapi = tree

made = Made()
shelf.document = staticmethod(document)

def fail():
    raise LookupError("no settings")
"""


@pytest.mark.parametrize(
    "attribute",
    [
        *("app", "tree", "shelf.app", "create()", "App()", "tree()", "create"),
        *("document", "shelf.document", "app.openapi", "App().openapi", "made.openapi"),
    ],
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
            "my_app:shelff.app",
            "module my_app has no attribute 'shelff'",
            "Did you mean 'shelf'?",
        ),
        (
            "my_app:shelf.missing",
            "object shelf has no attribute 'missing'",
            None,
        ),
        ("my_app:fail()", "cannot be built: LookupError: no settings", None),
        ("my_app:create().text", "object App has no attribute 'text'", None),
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
