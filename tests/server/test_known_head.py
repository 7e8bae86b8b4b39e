from itertools import product

from cbmock.http.messages import HeaderCache
from cbmock.server import known_head
from cbmock.server.body_buffer import BodyBuffer
from cbmock.server.limits import Limits
from cbmock.server.request_parser import RequestParser

from tests.support.rows import each_row

LIMITS = Limits(body=50, head=400, target=100)


class Log:
    """Everything that a parser reports, in order."""

    def __init__(self, cache=None, patience=known_head._PATIENCE, *, waits=False):
        self.found = []
        self.waits = waits
        self.parser = RequestParser(self, LIMITS, cache or HeaderCache())
        self.parser._known._unlike = known_head._PATIENCE - patience

    def take(self, head, body):
        if self.waits:
            return False
        self.note(head)
        self.found += [("complete", head.url, body)]
        return True

    def note(self, head):
        raw = head.headers.raw
        self.found += [("begin", head.method, head.url, raw, head.version, head.stays)]

    def begin(self, head):
        self.note(head)
        return BodyBuffer(LIMITS.body)

    def complete(self, head, body):
        self.found += [("complete", head.url, body.octets)]

    def refuse(self, violation):
        request = self.parser.request
        self.found += [("refuse", violation, request, self.parser.unfinished)]

    def tunnel(self):
        self.found += ["tunnel"]

    def feed(self, data):
        self.parser.feed(data)
        parser = self.parser
        self.found += [(parser.is_arriving, parser.has_some, parser.stated_size)]


def request(line=b"POST /a HTTP/1.1", *fields, body=b"{}", length=True):
    stated = (b"Content-Length: %d" % len(body),) if length else ()
    return b"\r\n".join((line, b"Host: a", *fields, *stated, b"", body))


LINES = [
    *[b"POST /%d HTTP/1.1" % number for number in range(4)],
    *[b"PUT /a HTTP/1.1", b"GET /a?b#c HTTP/1.1", b"ODD /a HTTP/1.1"],
    *[b"POST /a HTTP/1.0", b"POST http://a/b HTTP/1.1", b"POST  /a HTTP/1.1"],
    *[b"POST /\xc3\xa9 HTTP/1.1", b"\r\nPOST /a HTTP/1.1", b"POST /a b HTTP/1.1"],
    b"POST /" + b"x" * 120 + b" HTTP/1.1",
]
FIELDS = [
    *[(b"Transfer-Encoding: chunked",), (b"X: 1",), (b"Connection: close",)],
    *[(b"Expect: 100-continue",), (b"Host: b",)],
    *[(b"Upgrade: h2c", b"Connection: upgrade"), (b"X: " + b"x" * 300,), (b"odd",)],
]
CHUNKED = b"2\r\n{}\r\n0\r\n\r\n"
BODIES = [b"[]", b"", b"{ }", b"x" * 60, CHUNKED, request()]


KINDS = [
    *map(request, LINES),
    *(request(LINES[0], *fields) for fields in FIELDS),
    *(request(body=body, length=length) for body in BODIES for length in (True, False)),
    request(LINES[0], b"Transfer-Encoding: chunked", body=CHUNKED, length=False),
]


@each_row("waits", [True, False])
def test_what_came_before_changes_nothing_of_what_is_read(waits):
    caches, comes_again = (HeaderCache(), HeaderCache()), 0
    for one, other in product(KINDS, KINDS):
        cut = len(other) * 2 // 3
        sent = [one] * 3 + [other] * 3 + [one, other + one, other[:cut], other[cut:]]
        seasoned = Log(caches[0], patience=99, waits=waits)
        alone = Log(caches[1], patience=0)
        for data in sent:
            comes_again += bool(seasoned.parser._known.octets)
            seasoned.feed(data)
            alone.feed(data)
            assert seasoned.found == alone.found
        assert not alone.parser._known.octets
    assert comes_again > len(KINDS) ** 2


@each_row(
    ("again", "is_known"),
    [
        (request(b"POST /b?c=d HTTP/1.1"), True),
        (request(b"PUT /b HTTP/1.1"), True),
        (request(body=b"[]"), True),
        (request(body=b"{ }"), False),
        (request(b"POST /a HTTP/1.1", b"X: 1"), False),
        (request(b"HEAD /a HTTP/1.1"), False),
        (request() + request(), False),
        (request()[:-1], False),
        (request(b"POST /" + b"x" * 100 + b" HTTP/1.1"), False),
    ],
)
def test_a_request_with_the_same_fields_is_not_parsed_again(again, is_known):
    log = Log()
    for _ in range(3):
        log.feed(request())
    log.parser._feed = lambda _data: log.found.append("parsed")
    log.feed(again)
    assert ("parsed" not in log.found) == is_known


def test_a_sender_of_ever_other_fields_is_soon_not_compared():
    log = Log()
    for number in range(10):
        for _ in range(3):
            log.feed(request(b"POST /a HTTP/1.1", b"X: %d" % number))
    assert log.parser._known.octets  # each came three times
    for number in range(20):
        log.feed(request(b"POST /a HTTP/1.1", b"X: %d" % (number % 2)))
    assert not log.parser._known.octets
