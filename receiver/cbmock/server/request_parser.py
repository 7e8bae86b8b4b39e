"""The parser: bytes of a connection in, requests out, each within its limits.

It decides what happens to what httptools gives up on: an `Upgrade` is declined (RFC 9110
§7.8 lets a server ignore it) and the body kept, a method that httptools does not know is
kept too; all else is no request. It must not know sockets, nor what is answered.
"""

from __future__ import annotations

from typing import Protocol

import httptools

from cbmock.http.framing import LACKS_HOST, PLAIN
from cbmock.http.messages import HeaderCache, Request
from cbmock.server import refusals
from cbmock.server.exchange import Head
from cbmock.server.limits import Limits
from cbmock.server.refusals import Refused
from cbmock.violations import Violation


class BodySink(Protocol):
    """What takes a request's body; it may raise `Refused`."""

    def add(self, part: bytes) -> None:
        """Take in one part."""


class Handler(Protocol):
    """What is done with the requests of one connection."""

    def begin(self, head: Head) -> BodySink:
        """Return what takes the body of a request that has begun."""

    def complete(self, head: Head, body: BodySink) -> None:
        """Take note that a request has arrived whole."""

    def refuse(self, violation: Violation) -> None:
        """Refuse what has arrived of a request, and all that comes behind it."""

    def tunnel(self) -> None:
        """Take note that what follows belongs to a tunnel, and is no HTTP."""


class RequestParser:
    """Reads the requests of one connection.

    `is_arriving` while a request has begun and is not complete; `head` once its head is.
    """

    def __init__(self, handler: Handler, limits: Limits, headers: HeaderCache) -> None:
        """Tell `handler` what is found; headers are those of a cache."""
        self._handler = handler
        self._headers = headers.get
        self._limits = limits
        self._harmless = min(limits.head, limits.target)
        self._restart()
        self.is_arriving = False
        self.head: Head | None = None
        self.body: BodySink | None = None
        self._url = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._method: bytes | None = None  # that httptools does not know
        self._declined: Head | None = None
        # What was received of a head that is not complete yet: data, each with the number
        # of requests that it completes before that.
        self._pieces: list[tuple[bytes, int]] = []
        self._pieces_size = 0
        self._completed = 0
        self._size = 0
        self._refused: Violation | None = None  # by a callback, which httptools hides

    def _restart(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        # Else it would take what follows `Connection: close` for an error.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed(self, data: bytes) -> None:
        """Take in bytes."""
        self._completed = 0
        self._size = len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as stopped:
            self._decline(data[stopped.args[0] :])
        except httptools.HttpParserCallbackError:
            if self._refused is None:
                raise
            self._handler.refuse(self._refused)
        except httptools.HttpParserError as error:
            self._retry(data, str(error))
        else:
            if self.is_arriving and self.head is None:
                self._keep(data)

    @property
    def request(self) -> Request:
        """What has arrived of the request that is not complete, its body left out."""
        if self.head is None:
            return refusals.as_request(self._unfinished())
        return Request(self.head.method, self.head.target, self.head.headers)

    @property
    def has_some(self) -> bool:
        """Whether anything has arrived of a request that is not complete."""
        return self.is_arriving and (self.head is not None or bool(self._pieces))

    # --- heads that come in pieces, or cannot be read ---

    def _keep(self, data: bytes) -> None:
        """Keep a piece of a head, within the limit."""
        self._pieces.append((data, self._completed))
        self._pieces_size += len(data)
        if self._pieces_size > self._limits.head:
            raw = self._unfinished()
            self._pieces, self._pieces_size = [(raw, 0)], len(raw)
            if len(raw) > self._limits.head:
                is_long = len(raw.partition(b"\n")[0]) > self._limits.target
                refusal = (
                    refusals.target_too_long if is_long else refusals.head_too_large
                )
                self._handler.refuse(refusal(self._limits))

    def _unfinished(self) -> bytes:
        """Return what was received of the head that is not complete."""
        return b"".join([_after(data, count) for data, count in self._pieces])

    def _retry(self, data: bytes, reason: str) -> None:
        """Read a request again whose method httptools does not know, else refuse it."""
        if self.head is not None:
            self._handler.refuse(refusals.malformed(f"in the body: {reason}"))
            return
        self._pieces.append((data, self._completed))
        raw = self._unfinished()
        self._pieces = [(raw, 0)]
        method = refusals.method_of(raw)
        if self._method is None and method is not None and "method" in reason.lower():
            self._method = method
            self._pieces = []
            self._restart()
            self.feed(b"POST" + raw[len(method) :])
            return
        if self._method is not None:
            self._pieces = [(self._method + raw.removeprefix(b"POST"), 0)]
        self._handler.refuse(refusals.explained(raw, reason))

    def _decline(self, rest: bytes) -> None:
        """Read a request again without its `Upgrade`."""
        if self._declined is None:
            self._handler.tunnel()
            return
        head = self._declined
        fields = [
            b"%b: %b" % pair for pair in head.headers.raw if pair[0] != b"upgrade"
        ]
        line = f"POST / HTTP/{head.version}".encode("ascii")
        self._restart()
        self.feed(b"\r\n".join((line, *fields, b"", rest)))

    # --- what httptools finds ---

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.is_arriving = True
        self._url = b""
        self._fields = []

    def on_url(self, url: bytes) -> None:
        """Take in a part of the URL."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a field."""
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Take in a head; `Refused` where it cannot be served."""
        try:
            if self._declined is None:
                head = self._read()
                if self._parser.should_upgrade() and b"upgrade" in dict(self._fields):
                    self._declined = head
                    return
            else:
                head, self._declined = self._declined, None
            self._fields = []  # what comes from here on is trailers
            if self._pieces:
                self._pieces, self._pieces_size = [], 0
            self.head = head
            self.body = self._handler.begin(head)
        except Refused as refused:
            self._refused = refused.violation
            raise

    def _read(self) -> Head:
        parser = self._parser
        headers = self._headers(self._fields)
        version: str = parser.get_http_version()
        method = (self._method or parser.get_method()).decode("ascii")
        stays = version != "1.0" and parser.should_keep_alive()
        head = Head(method, self._url, headers, version, stays)
        if headers.framing is not PLAIN or version == "0.9":
            self._check_framing(head)
        if self._size > self._harmless or self._pieces:
            self._check_size(head)
        return head

    def _check_framing(self, head: Head) -> None:
        framing = head.headers.framing
        if head.version == "0.9":
            error = "HTTP/0.9 is not supported: the request line names no version"
            violation = refusals.malformed(error, code="http-version")
        elif framing.lacks_host and head.version == "1.1":
            violation = refusals.malformed(LACKS_HOST)
        elif framing.error is not None and framing.code is not None:
            violation = refusals.malformed(framing.error, code=framing.code)
        else:
            return
        self.head = head
        raise Refused(violation)

    def _check_size(self, head: Head) -> None:
        size = sum(len(name) + len(value) + 4 for name, value in head.headers.raw)
        if len(self._url) > self._limits.target:
            self.head = head
            raise Refused(refusals.target_too_long(self._limits))
        if size + len(self._url) > self._limits.head:
            self.head = head
            raise Refused(refusals.head_too_large(self._limits))

    def on_body(self, part: bytes) -> None:
        """Take in a part of a body."""
        if self.body is None:
            return
        try:
            self.body.add(part)
        except Refused as refused:
            self._refused = refused.violation
            raise

    def on_message_complete(self) -> None:
        """Have a request that is complete answered."""
        if self._declined is not None:
            return
        self.is_arriving = False
        self._completed += 1
        self._method = None
        head, self.head = self.head, None
        body, self.body = self.body, None
        if head is not None and body is not None:
            self._handler.complete(head, body)


class _Counter:
    """Counts requests for `_after`."""

    def __init__(self) -> None:
        self.count = 0

    def on_message_complete(self) -> None:
        self.count += 1


def _after(data: bytes, requests: int) -> bytes:
    """Return what follows so many complete requests."""
    if not requests:
        return data
    counter = _Counter()
    parser = httptools.HttpRequestParser(counter)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    for at in range(len(data)):
        try:
            parser.feed_data(data[at : at + 1])
        except httptools.HttpParserError:
            return data
        if counter.count == requests:
            return data[at + 1 :]
    return data
