import re
from pathlib import Path

import cbmock
import httpx2
import pytest
from cbmock import Receiver
from cbmock.mock.responses.problems import PROBLEMS
from cbmock.server import access

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row


@pytest.fixture(scope="module")
def receiver():
    with Receiver(DOCUMENT) as running:
        running.allow_violations()  # each test has its own verdict
        yield running


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/plain; charset=utf-8"), ("/favicon.ico", "image/svg+xml")],
)
def test_browsers_and_probes_get_an_answer_and_are_no_calls(receiver, path, media_type):
    before, known = len(receiver.calls), receiver._view.backend.journal.last_id
    for method in ("GET", "HEAD"):
        answer = httpx2.request(method, receiver.url.partition("/t/")[0] + path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert (answer.content == b"") is (method == "HEAD")
    assert len(receiver.calls) == before
    httpx2.get(receiver.url + "/next")
    assert receiver.calls[-1].id == known + 1


def test_a_probe_that_is_documented_is_a_call_with_an_id():
    operation = {"responses": {"204": {"description": "Ready."}}}
    key = {"{$request.query.url}/": {"get": operation, "head": operation}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "paths": {"/subscribe": {"post": {"callbacks": {"ping": key}}}},
    }
    with Receiver(document) as receiver:
        base = receiver.url_for("ping").partition("/t/")[0]
        for method in ("GET", "HEAD"):
            assert httpx2.request(method, base + "/").status_code == 204
        assert [(each.id, each.outcome) for each in receiver.calls] == [
            (1, "matched"),
            (2, "matched"),
        ]


def test_the_root_points_to_what_is_there(receiver):
    assert httpx2.get(receiver.url + "/").text == (
        "cbmock plays the receiver of openapi.json.\n"
        "Page: /_cbmock/\nControl API: /_cbmock/openapi.json\n"
    )


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "/?a=b"), ("GET", "/robots.txt")]
)
def test_whatever_else_is_not_documented_is_a_call(receiver, method, path):
    before = len(receiver.calls)
    httpx2.request(method, receiver.url + path)
    assert len(receiver.calls) == before + 1


@each_row("name", PROBLEMS)
def test_every_problem_has_a_page_that_explains_it(receiver, name):
    answer = httpx2.get(f"{receiver.url}/_cbmock/problems/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert PROBLEMS[name].title.replace("'", "&#x27;") in answer.text


def test_a_problem_links_to_its_page(receiver):
    problem = httpx2.post(receiver.url + TARGET, json={**EVENT, "paid": "no"}).json()
    assert httpx2.get(receiver.url + problem["type"]).status_code == 200


def test_an_unknown_problem_lists_those_that_there_are(receiver):
    answer = httpx2.get(receiver.url + "/_cbmock/problems/<script>")
    assert answer.status_code == 404
    assert "/_cbmock/problems/unauthorized" in answer.text
    assert "<script" not in answer.text


def test_the_control_api_says_what_it_has(receiver):
    for path in ("/_cbmock/api", "/_cbmock/api/"):
        assert "/calls/wait" in " ".join(
            httpx2.get(receiver.url + path).json()["paths"]
        )


def folder(receiver):
    """Return the folder of the page's files, as the page names it."""
    page = httpx2.get(f"{receiver.url}/_cbmock/").text
    return re.search(r'src="([^"]*/)page.js"', page)[1]


def test_files_of_the_page_stay_the_same_at_their_url(receiver):
    url = f"{receiver.url}/_cbmock/{folder(receiver)}"
    kept = httpx2.get(f"{url}page.js").headers["cache-control"]
    assert kept == "private, max-age=31536000, immutable"
    page = httpx2.get(f"{receiver.url}/_cbmock/")
    assert page.headers["cache-control"] == "no-store"
    other = httpx2.get(f"{receiver.url}/_cbmock/page-0123456789abcdef/page.js")
    assert (other.status_code, other.headers.get("cache-control")) == (404, None)


@pytest.mark.parametrize(
    ("file", "media_type"),
    [("../", "text/html"), ("page.css", "text/css"), ("page.js", "text/javascript")],
)
def test_the_page_comes_from_the_mock_itself_and_runs_nothing_inline(
    receiver, file, media_type
):
    answer = httpx2.get(f"{receiver.url}/_cbmock/{folder(receiver)}{file}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "http://" not in answer.text
    assert "https://" not in answer.text


def test_the_page_writes_text_and_no_markup(receiver):
    files = (Path(cbmock.__file__).parent / "server" / "page").glob("*.js")
    script = "".join(each.read_text("utf-8") for each in files)
    assert script.count("createElement") == 1
    for way in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
    ):
        assert way not in script


def test_there_is_nothing_else_beside_the_page(receiver):
    own = "/_cbmock/" + folder(receiver)
    for path in (own + "absent.js", own + "../control.py", own, own + "index.html"):
        assert httpx2.get(receiver.url + path).status_code == 404
    answer = httpx2.get(receiver.url + "/_cbmock")
    assert (answer.status_code, answer.headers["location"]) == (308, "/_cbmock/")


def test_a_link_with_the_token_opens_the_page(receiver, monkeypatch):
    app = receiver._view.backend.app
    guarded = access.listening("127.0.0.1", token="s3cret")
    monkeypatch.setattr(app, "access", guarded)
    with httpx2.Client(base_url=receiver.url) as client:
        assert client.get("/_cbmock/").status_code == 401
        assert client.get("/_cbmock/?token=other").status_code == 401
        answer = client.get("/_cbmock/?token=s3cret")
        assert (answer.status_code, answer.headers["location"]) == (303, "/_cbmock/")
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert client.get("/_cbmock/").status_code == 200
        assert client.get("/_cbmock/api/calls").status_code == 200


@pytest.fixture
def at_its_root():
    """A mock with an operation at `/`, whose key is the callback URL itself."""
    answers = {"responses": {"200": {"description": "ok"}}}
    callback = {"{$request.body#/url}": {"post": answers, "delete": answers}}
    orders = {"post": {"callbacks": {"paid": callback}, **answers}}
    with Receiver(
        {
            "openapi": "3.1.0",
            "info": {"title": "t", "version": "1"},
            "paths": {"/orders": orders},
        }
    ) as running:
        running.allow_violations()
        yield running


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_look_at_the_root_is_no_call_where_another_method_is_documented(
    at_its_root, method
):
    answer = httpx2.request(method, at_its_root.url + "/")
    assert (answer.status_code, at_its_root.calls) == (200, ())


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/?id=1", b""),
        ("GET", "/", b'{"id": 1}'),
        ("PUT", "/", b""),
        ("GET", "/t/one/", b""),
    ],
    ids=["a query", "a body", "another method", "below a test's token"],
)
def test_what_carries_anything_to_a_documented_root_is_a_wrong_method(
    at_its_root, method, path, body
):
    httpx2.request(method, at_its_root.url + path, content=body)
    (call,) = at_its_root.calls
    assert (call.outcome, call.status) == ("wrong_method", 405)
