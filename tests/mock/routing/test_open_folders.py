from random import Random

from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from cbmock.mock.routing.router import Router
from cbmock.mock.routing.urls import mounts
from hypothesis import given
from hypothesis import strategies as st

from tests.support.mocks import ACCEPTED, callbacks, calling, described, posted
from tests.support.rows import each_row

BASE = "{$request.body#/url}"
ID = "{$request.body#/id}"
OTHER = "{$request.body#/other}"
KEYS = [
    BASE,
    f"{BASE}/{ID}",
    f"{BASE}/a",
    f"{BASE}/a/{ID}",
    f"{BASE}/a/{ID}/{OTHER}",
    f"{BASE}/{ID}/b",
    f"{BASE}/a/{ID}?b={OTHER}",
    f"{BASE}/a/{ID}?b=c",
    f"{BASE}?b=c",
    f"{BASE}&b={OTHER}",
    f"{{$request.body#/a}}/{ID}",
    "{$request.body#/a-b}",
    "/a/b",
    f"/a/{ID}",
    f"https://a.example/a/{ID}",
]
PARTLY = [f"{BASE}/a-{ID}", f"{BASE}-a", f"{BASE}/{ID}{OTHER}", f"{BASE}/{ID}.b/"]
SERVER = {"servers": [{"url": "https://a.example/a"}]}
HOOKS = {
    "a": {"post": ACCEPTED},
    "a/{id}": {"post": ACCEPTED},
    "{id}": {"post": ACCEPTED, "put": ACCEPTED},
    "b": {"post": {**ACCEPTED, **SERVER}},
}
FOLDERS = ["", "/a", "/callbacks/s/url", "/callbacks/s", "/webhooks", "/callbacks/s/a"]
SEGMENTS = [
    "a",
    "b",
    "1",
    "a-b",
    "%61",
    "%2F",
    "\0",
    "b\n",
    "t",
    "callbacks",
    "webhooks",
]
TAILS = ["&b=c", "&b=1", "?b=c", "?", "?a/b", "#", "/"]


def mock_of(keys, hooks):
    named = {f"cb{number}": posted(key, **SERVER) for number, key in enumerate(keys)}
    return Mock(
        described(
            paths=calling(named, operationId="s"),
            webhooks={name: HOOKS[name] for name in hooks},
        )
    )


TOKENS = [*[""] * 4, "/t/1", "/t/-", "/t", "/t/", "/%74/1", "http://a.example"]


def sent_by(random):
    """Return a random request to somewhere near the operations."""
    rest = random.choices(SEGMENTS, k=random.randint(1, 2))
    parts = random.choice(TOKENS), random.choice(FOLDERS), "/", "/".join(rest)
    target = "".join(parts) + random.choice([*[""] * 6, *TAILS])
    host = random.choice(["a.example", "A.example", "b.example"])
    method = random.choice(["POST", "POST", "PUT", "HEAD"])
    return Request(method, target, Headers.of([("host", host)]))


@given(
    st.lists(st.sampled_from(KEYS), max_size=3, unique=True),
    st.sampled_from([[], [], [], *([each] for each in PARTLY)]),
    st.lists(st.sampled_from(list(HOOKS)), max_size=2, unique=True),
    st.integers(0, 10**6),
)
def test_every_target_is_routed_as_if_it_were_the_first(keys, partly, hooks, seed):
    mock = mock_of([*keys, *partly], hooks)
    seasoned = Router(mounts(mock.operations))
    random = Random(seed)
    for request in (sent_by(random) for _ in range(200)):
        found = seasoned.find(request)
        host = request.headers["host"].lower()
        alone = seasoned._find(request.method, request.target, host)
        assert found._replace(token=None) == alone._replace(token=None), request


@each_row(
    ("keys", "walks"),
    [
        ([f"{BASE}/{ID}"], 0),
        ([f"{BASE}/a/{ID}"], 0),
        ([f"{BASE}/{ID}", f"{BASE}/summary"], 0),
        ([BASE], 0),
        ([f"{BASE}/inv-{ID}"], 50),
        ([f"{BASE}/{ID}/a"], 50),
    ],
)
def test_urls_that_differ_in_a_value_alone_are_matched_once(keys, walks):
    router = Router(mounts(callbacks(*keys).operations))
    for number in range(50):
        router.find(Request("POST", f"/elsewhere/a/{number}"))
    assert router._remembered.cache_info().misses == walks


def test_the_literal_beside_a_value_is_its_own_operation():
    router = Router(mounts(callbacks(f"{BASE}/{ID}", f"{BASE}/summary").operations))
    found = []
    for text in ("1", "summary", "2", "summar%79"):
        match = router.find(Request("POST", f"/callbacks/s/url/{text}"))
        found += [
            (each.operation.name, [sent for _, sent in each.captures])
            for each in match.candidates
        ]
    assert found == [("cb1", ["1"]), ("cb2", []), ("cb1", ["2"]), ("cb2", [])]


def test_folders_that_never_come_again_are_not_all_kept():
    router = Router(mounts(callbacks(f"{BASE}/{ID}").operations))
    for number in range(3000):
        router.find(Request("POST", f"/callbacks/s/url/{number}/1"))
        router.find(Request("POST", f"/elsewhere-{number}/1"))
    assert router.open_folders._below.cache_info().currsize < 1000


def test_only_the_last_of_several_values_is_another():
    router = Router(mounts(callbacks(f"{BASE}/{ID}/{OTHER}").operations))
    for text in ("1", "2"):
        match = router.find(Request("POST", f"/callbacks/s/url/\0/{text}"))
        (only,) = match.candidates
        assert [sent for _, sent in only.captures] == ["\0", text]
