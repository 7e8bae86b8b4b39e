import httpx2
import pytest
from cbmock import sources
from cbmock.http.messages import Headers
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.server import access
from cbmock.server.access import OPEN, Access
from cbmock.server.app import App
from cbmock.server.run import Running

from tests.support.invoices import DOCUMENT, EVENT, TARGET
from tests.support.rows import each_row

JSON = ("content-type", "application/json")
LOCAL = access.listening("127.0.0.1", ("http://mock.example:8080",))
GUARDED = access.listening("0.0.0.0", token="s3cret")


def status(guard, *fields, method="GET"):
    answer = guard.refusal(method, Headers.of(fields))
    return None if answer is None else answer.status


@each_row(
    ("host", "refused"),
    [
        ("127.0.0.1:4020", None),
        ("localhost", None),
        ("LOCALHOST:1", None),
        ("api.localhost:4020", None),
        ("[::1]:4020", None),
        ("mock.example", None),
        ("mock.example:1234", None),
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost.evil.example", 421),
        ("10.0.0.1", 421),
        ("", 421),
        ("[::1", None),
        ("user@localhost", 421),
    ],
)
def test_only_our_own_hosts_are_served(host, refused):
    assert status(LOCAL, ("host", host)) == refused


def test_every_address_is_ours_where_all_are_listened_at():
    own = ("authorization", "Bearer s3cret")
    assert status(GUARDED, ("host", "10.0.0.1:4020"), own) is None
    assert status(GUARDED, ("host", "[fe80::1]:4020"), own) is None
    assert status(GUARDED, ("host", "evil.example"), own) == 421


@each_row(
    ("origin", "refused"),
    [
        ("http://localhost:4020", None),
        ("http://LOCALHOST:4020", None),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("https://evil.example", 403),
        ("null", 403),
        ("http://[", 403),
        ("http://[::1]a", 403),
        ("", 403),
    ],
)
def test_no_page_of_another_origin_may_ask(origin, refused):
    fields = [("host", "localhost:4020"), ("origin", origin)]
    assert status(LOCAL, *fields) == refused
    assert status(LOCAL, *fields, JSON, method="POST") == refused


@each_row("method", ["POST", "PUT", "PATCH"])
@each_row(
    ("media_type", "refused"),
    [
        ("application/json", None),
        ("application/json; charset=utf-8", None),
        ("application/problem+json", None),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        ("json", 415),
    ],
)
def test_what_writes_is_labelled_as_json(method, media_type, refused):
    fields = [("host", "localhost"), ("content-type", media_type)]
    assert status(LOCAL, *fields, method=method) == refused
    assert status(LOCAL, *fields, method="GET") is None
    assert status(OPEN, *fields, method=method) == refused


@each_row(
    ("fields", "refused"),
    [
        ([], 401),
        ([("authorization", "Bearer s3cret")], None),
        ([("authorization", "bearer  s3cret ")], None),
        ([("authorization", "Bearer s3cre")], 401),
        ([("authorization", "Bearer ")], 401),
        ([("authorization", "Basic s3cret")], 401),
        ([("authorization", "Bearer gehe\xefm")], 401),
        ([("cookie", "a=b; cbmock_token=s3cret")], None),
        # Cookies of other applications on this host, whose syntax is their own.
        ([("cookie", 'a={"b": [1, "c"]}; cbmock_token=s3cret')], None),
        ([("cookie", "a b=c; d; cbmock_token=s3cret; e=\xff")], None),
        ([("cookie", "cbmock_token=old; cbmock_token=s3cret")], None),
        ([("cookie", "cbmock_token=other")], 401),
        ([("cookie", "broken;;=")], 401),
    ],
)
def test_beyond_this_machine_the_token_is_asked_for(fields, refused):
    assert status(GUARDED, ("host", "localhost"), *fields) == refused


def test_a_401_names_the_scheme():
    answer = GUARDED.refusal("GET", Headers.of([("host", "localhost")]))
    assert answer.headers["www-authenticate"] == 'Bearer realm="cbmock"'


@each_row(
    ("host", "is_local"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.1", False),
        ("mock.example", False),
        ("", False),
    ],
)
def test_a_token_is_made_where_others_reach_the_mock(host, is_local):
    first, second = access.listening(host), access.listening(host)
    assert access.is_local(host) is is_local
    assert (first.token is None) is is_local
    assert is_local or (len(first.token) > 20 and first.token != second.token)


def test_a_token_of_ones_own_is_asked_for_on_this_machine_too():
    assert access.listening("127.0.0.1", token="t").token == "t"


def test_an_application_that_is_mounted_elsewhere_admits_all_hosts():
    assert Access().refusal("GET", Headers()) is None


@pytest.mark.parametrize("token", ["s3cret", 'a;b="c", d\\', "gehe\xefm \u20ac%41"])
def test_the_login_link_sets_a_cookie_that_admits(token):
    app = App(Mock(sources.describe(DOCUMENT)), MemoryJournal())
    app.access = access.listening("127.0.0.1", token=token)
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    try:
        with httpx2.Client(base_url=running.url, follow_redirects=True) as client:
            page = client.get("/_cbmock/", params={"token": token})
            assert (page.status_code, page.url.query) == (200, b"")
            assert client.get("/_cbmock/api/calls").status_code == 200
    finally:
        running.stop()


def test_a_server_asks_for_what_its_access_says():
    app = App(Mock(sources.describe(DOCUMENT)), MemoryJournal())
    app.access = access.listening("127.0.0.1", token="s3cret")
    running = Running(app, host="127.0.0.1", port=0)
    running.start()
    try:
        api = running.url + "/_cbmock/api/"
        own = {"authorization": "Bearer s3cret"}
        assert httpx2.get(api + "calls").status_code == 401
        assert httpx2.get(api + "calls", headers=own).status_code == 200
        evil = {**own, "host": "evil.example"}
        assert httpx2.get(api + "calls", headers=evil).status_code == 421
        # Senders may use any host, origin and media type: only what we say is guarded.
        answer = httpx2.post(
            running.url + TARGET,
            json=EVENT,
            headers={"host": "evil.example", "origin": "https://evil.example"},
        )
        assert answer.status_code == 200
        page = running.url + "/_cbmock/problems/unauthorized"
        assert httpx2.get(page).status_code == 200
    finally:
        running.stop()
