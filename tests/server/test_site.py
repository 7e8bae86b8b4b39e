import httpx2
import pytest
from cbmock import Receiver
from cbmock.mock.responses.problems import PROBLEMS

from tests.support.invoices import DOCUMENT, EVENT, TARGET


@pytest.fixture(scope="module")
def receiver():
    with Receiver(DOCUMENT) as running:
        yield running


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/", "text/plain; charset=utf-8"), ("/favicon.ico", "image/svg+xml")],
)
def test_browsers_and_probes_get_an_answer_and_are_no_calls(receiver, path, media_type):
    before = len(receiver.calls)
    for method in ("GET", "HEAD"):
        answer = httpx2.request(method, receiver.url.partition("/t/")[0] + path)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert (answer.content == b"") is (method == "HEAD")
    assert len(receiver.calls) == before


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


@pytest.mark.parametrize("name", PROBLEMS)
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
