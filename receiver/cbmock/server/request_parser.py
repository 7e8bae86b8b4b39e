"""The parser: bytes of a connection in, requests out, each within its limits.

It decides what happens to requests that httptools does not parse: an `Upgrade` is
declined (RFC 9110 §7.8 lets a server ignore it) and the body is kept; an unknown method
is kept; anything else is not a request. It must not know sockets or answers.
"""

from __future__ import annotations

from typing import Protocol

import httptools

from cbmock.http.framing import PLAIN
from cbmock.http.messages import HeaderCache, Request
from cbmock.server import message_ends, refusals
from cbmock.server.exchange import BodySink, Head
from cbmock.server.known_head import EMPTY_LINE, KnownHead
from cbmock.server.limits import Limits
from cbmock.server.refusals import Refused
from cbmock.violations import Violation

_VERSIONS = ("1.1", "1.0")
_SEPARATORS = len(b": \r\n")
_MOST_ENDS = 1000
"""How many possible ends of a chunked body are tried in the data of one read."""


class Handler(Protocol):
    """Receives the requests of one connection."""

    def take(self, head: Head, body: bytes) -> bool:
        """Handle a request that came whole, if nothing that came before it is in its way."""

    def begin(self, head: Head) -> BodySink:
        """Return the sink for the body of a request that has begun."""

    def complete(self, head: Head, body: BodySink) -> None:
        """Handle a complete request."""

    def refuse(self, violation: Violation) -> None:
        """Refuse an incomplete request, and everything after it."""

    def tunnel(self) -> None:
        """Note that the following bytes belong to a tunnel, and are not HTTP."""


class RequestParser:
    """Reads the requests of one connection.

    `is_arriving` while a request has begun and is not complete; `head` once its head is.
    """

    def __init__(self, handler: Handler, limits: Limits, headers: HeaderCache) -> None:
        """Report to `handler`; header objects come from a cache."""
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
        self._method: bytes | None = None  # a method that httptools does not know
        self._is_method_cut = False  # the received bytes end inside the method
        self._declined: Head | None = None  # a head with an `Upgrade`
        self._pieces: list[bytes] = []  # received bytes of a head so far
        self._pieces_size = 0
        self._completed = 0  # how many requests the data that is being read completed
        self._size = 0  # of the data that is being read
        self._received = 0  # bytes of a body
        self._silent = 0  # bytes of a body's framing since its last chunk began
        self._trailers = 0  # bytes
        self._tail = b""  # the last bytes, since an empty line may be split
        self._is_refused = False
        self._refused: Violation | None = None  # httptools hides what a callback raised
        self._known = KnownHead()
        self._latest: Head | None = None  # of the last request that was completed

    def _restart(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        # Otherwise data after `Connection: close` would be an error.
        self._parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def feed(self, data: bytes) -> None:
        """Receive bytes."""
        is_first = not (self.is_arriving or self._is_refused or self._method)
        if is_first and self._known.octets:
            known = self._known.again(data, self._harmless)
            if known is not None and self._handler.take(known[0], data[known[1] :]):
                return
        self._latest = None
        rest = data if self.head is None else self._after_body(data)
        if not self._is_refused:
            self._feed(rest)
        if self.head is not None:
            self._tail = (self._tail + data[-3:])[-3:]
        elif is_first and self._completed == 1 and not self.is_arriving:
            self._known.keep(data, self._latest)

    def _after_body(self, data: bytes) -> bytes:
        """Read a body to its end, to know where the next request begins."""
        at = 0
        for _ in range(_MOST_ENDS):
            if self.head is None or self._is_refused:
                break
            end = self._body_end(data, at)
            if end >= len(data):
                break
            self._feed(data[at:end])
            at = end
        return data[at:]

    def _body_end(self, data: bytes, at: int) -> int:
        """Return where the body may end: chunks may also contain an empty line."""
        assert self.head is not None
        stated = self.head.headers.get("content-length")
        if stated is not None:
            return at + int(stated) - self._received
        for size in () if at else (1, 2, 3):
            if self._tail[size - 4 :] + data[:size] == EMPTY_LINE:
                return size
        found = data.find(EMPTY_LINE, at)
        return len(data) if found < 0 else found + len(EMPTY_LINE)

    def _feed(self, data: bytes) -> None:
        if self._is_method_cut:
            data = self._again(data)
        self._completed = 0
        self._size = len(data)
        begun = self._pieces if self.head is None else None
        self._silent += self._size
        stopped = None
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            stopped = upgrade.args[0]
        except httptools.HttpParserCallbackError as error:
            if self._refused is None:
                raise (error.__context__ or error) from None  # what a callback raised
            self._refuse(self._refused)
        except httptools.HttpParserError as error:
            self._retry(begun, data, str(error))
        else:
            if self.is_arriving and self.head is None:
                self._keep(begun, data)
            elif (
                self._silent > self._limits.head and begun is None and self.is_arriving
            ):
                self._refuse(refusals.trailers_too_large(self._limits))
        if stopped is not None:
            self._decline(data[stopped:])

    @property
    def request(self) -> Request:
        """The incomplete request, without its body."""
        if self.head is None:
            return refusals.as_request(self.unfinished)
        return Request(self.head.method, self.head.target, self.head.headers)

    def drop(self) -> None:
        """Drop the body of an incomplete request."""
        self.body, self._pieces = None, []

    @property
    def stated_size(self) -> int:
        """The length that is stated of the body that is arriving; 0 where none is."""
        head = self.head
        return 0 if head is None else int(head.headers.get("content-length") or 0)

    @property
    def has_some(self) -> bool:
        """Whether a part of a next request has arrived."""
        return self.is_arriving and (self.head is not None or bool(self._pieces))

    # --- heads in pieces, or unreadable ones ---

    def _keep(self, begun: list[bytes] | None, data: bytes) -> None:
        """Keep a piece of a head, within the limit."""
        if self._completed:
            data = self._rest(begun, data)
            self._pieces, self._pieces_size = [], 0
        self._pieces.append(data)
        self._pieces_size += len(data)
        if self._pieces_size > self._limits.head:
            raw = self.unfinished
            is_long = len(raw.partition(b"\n")[0]) > self._limits.target
            refusal = refusals.target_too_long if is_long else refusals.head_too_large
            self._refuse(refusal(self._limits))

    def _rest(self, begun: list[bytes] | None, data: bytes) -> bytes:
        """Return the bytes of the incomplete request.

        `begun` are the earlier bytes of the first request; None if data begins in a
        body.
        """
        if begun is None:
            return message_ends.after_last(data)
        return message_ends.after((*begun, data), self._completed)

    @property
    def unfinished(self) -> bytes:
        """What was received of the head that is not complete."""
        return b"".join(self._pieces)

    def _retry(self, begun: list[bytes] | None, data: bytes, reason: str) -> None:
        """Parse a request with an unknown method again; refuse anything else."""
        if self.head is not None:
            self._refuse(refusals.malformed(f"in the body: {reason}"))
            return
        raw = self._rest(begun, data)
        self._pieces = [raw]
        method = refusals.method_of(raw)
        if self._method is None and refusals.is_cut_method(raw):
            self._is_method_cut = True
            return
        if self._method is None and method is not None and "method" in reason.lower():
            self._method = method
            self._pieces = []
            self._restart()
            self.feed(b"POST" + raw[len(method) :])
            return
        if self._method is not None:
            self._pieces = [self._method + raw.removeprefix(b"POST")]
        self._refuse(refusals.explained(raw, reason))

    def _again(self, data: bytes) -> bytes:
        """Return all bytes of a request whose method arrived in pieces."""
        self._is_method_cut = False
        begun = self.unfinished
        self._pieces, self._pieces_size = [], 0
        self._restart()
        return begun + data

    def _refuse(self, violation: Violation) -> None:
        self._is_refused = True
        self._handler.refuse(violation)

    def _decline(self, rest: bytes) -> None:
        """Parse a request again without its `Upgrade`."""
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

    # --- called by httptools ---

    def on_message_begin(self) -> None:
        """Begin a request."""
        self.is_arriving = True
        self._url = b""
        self._fields = []

    def on_url(self, url: bytes) -> None:
        """Add a part of the URL."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a field; a trailer is counted and dropped."""
        if self.head is None:
            self._fields.append((name.lower(), value))
            return
        self._trailers += len(name) + len(value) + _SEPARATORS
        if self._trailers > self._limits.head:
            self._refused = refusals.trailers_too_large(self._limits)
            raise Refused(self._refused)

    def on_headers_complete(self) -> None:
        """Complete a head; raises `Refused` if it cannot be served."""
        try:
            if self._declined is None:
                head = self._read()
                if self._parser.should_upgrade() and b"upgrade" in dict(self._fields):
                    self._declined = head
                    return
            else:
                head, self._declined = self._declined, None
            self._received = self._silent = self._trailers = 0
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
        if version not in _VERSIONS:
            self._check(head, refusals.not_supported(version))
        if headers.framing is not PLAIN:
            self._check(head, refusals.ill_framed(headers, version))
        if self._size > self._harmless or self._pieces:
            found = refusals.oversized(self._url, headers, self._limits, _SEPARATORS)
            self._check(head, found)
        return head

    def _check(self, head: Head, found: Violation | None) -> None:
        if found is not None:
            self.head = head
            raise Refused(found)

    def on_chunk_header(self) -> None:
        """Note the beginning of a chunk."""
        self._silent = 0

    def on_body(self, part: bytes) -> None:
        """Add a part of a body."""
        if self.body is None:
            return
        self._received += len(part)
        self._silent = 0
        try:
            self.body.add(part)
        except Refused as refused:
            self._refused = refused.violation
            raise

    def on_message_complete(self) -> None:
        """Report a complete request."""
        if self._declined is not None:
            return
        self.is_arriving = False
        self._completed += 1
        self._method = None
        head, self.head = self.head, None
        body, self.body = self.body, None
        self._latest = head
        if head is not None and body is not None:
            self._handler.complete(head, body)
