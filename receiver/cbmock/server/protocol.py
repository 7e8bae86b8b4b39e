"""The protocol: one connection, from its first byte to its end.

It decides which requests need no waiting, the order of answers, and how long it waits
for a client. It must not know operations, or how requests are parsed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import Any, cast

from cbmock.http.messages import Request, Response, status_line
from cbmock.server import refusals, turns
from cbmock.server.application import LINGERS, MOST_UNREAD, Serving
from cbmock.server.body_buffer import BodyBuffer, too_large
from cbmock.server.exchange import BodySink, Client, Head, UvicornExchange
from cbmock.server.request_parser import RequestParser
from cbmock.violations import Violation


class HttpProtocol(asyncio.Protocol):
    """One connection.

    A request that can be answered at once is answered here, together with its batch.
    Each other request becomes an `UvicornExchange`, one at a time.
    """

    transport: asyncio.Transport
    client: Client

    def __init__(self, serving: Serving, loop: asyncio.AbstractEventLoop) -> None:
        """Serve one connection."""
        self.loop = loop
        self._serving = serving
        self._app = serving.app
        self._limits = serving.app.limits
        self._parser = RequestParser(self, self._limits, serving.app.headers)
        self._queue: deque[UvicornExchange] = deque()
        self._ending = False
        self._refusing = False
        self._refusal: Response | None = None
        self._writing_paused = False
        self._unread = b""  # received data that is read in a later turn
        self._rests_since = self._moved_at = loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start serving a client, unless there are too many."""
        self.transport = cast("asyncio.Transport", transport)
        self.client = Client(self.transport)
        connections = self._serving.connections
        connections.add(self)
        if len(connections) > self._limits.connections:
            self.refuse(refusals.too_many_connections(self._limits))
        else:
            self._arm(self._limits.idle)

    def data_received(self, data: bytes) -> None:
        """Receive bytes."""
        if self._refusing:
            return
        if self._unread or (self._queue and self._is_held):
            self._unread += data
            if len(self._unread) > MOST_UNREAD:
                self.transport.pause_reading()
        elif len(data) > turns.FEW and (size := turns.share(data)) < len(data):
            self._unread = data[size:]
            self.transport.pause_reading()
            self._read(data[:size])
            self.loop.call_soon(self._read_on)
        else:
            self._read(data)

    @property
    def _is_held(self) -> bool:
        """Whether new data waits until the requests of the queue are answered.

        Reading continues, to notice that the client disconnects.
        """
        return self._queue[-1].has_arrived

    def _read_on(self) -> None:
        """Read a part of the received data."""
        if self.transport.is_closing():
            return
        is_held = bool(self._queue) and self._is_held
        if not is_held or len(self._unread) <= MOST_UNREAD:
            self.transport.resume_reading()
        if not is_held:
            data, self._unread = self._unread, b""
            self.data_received(data)

    def _read(self, data: bytes) -> None:
        parser = self._parser
        had_begun = parser.is_arriving
        try:
            parser.feed(data)
        except MemoryError:
            parser.drop()
            self.refuse(refusals.no_memory())
        if parser.is_arriving and not self._refusing:
            if parser.stated_size > self._limits.body:
                self.refuse(too_large(self._limits.body))
                return
            # The time of a head counts from its first byte, that of a body from its last.
            if parser.head is not None or not had_begun:
                self._moved_at = self.loop.time()
            self._arm(self._limits.half_sent)

    # --- called by the parser ---

    def take(self, head: Head, body: bytes) -> bool:
        """Let the batch have a request that came whole; False if it has to wait."""
        target = self._target_at_once(head)
        if target is None:
            return False
        self._rests_since = self.loop.time()
        request = Request(head.method, target, head.headers, body, self._serving.scheme)
        self._serving.batch.add(self, request, ends=not head.stays)
        return True

    def begin(self, head: Head) -> BodySink:
        """Keep a request for its batch, or make an exchange of it."""
        if self._target_at_once(head) is None:
            self._serving.batch.end()  # what this client sent before is answered before
            return self._exchange(head)
        return BodyBuffer(self._limits.body)

    def _target_at_once(self, head: Head) -> str | None:
        """Return the target of a request that can be answered at once."""
        if self._queue or self._writing_paused or head.headers.framing.expects:
            return None
        return self._app.target(head.url)

    def _exchange(self, head: Head) -> UvicornExchange:
        exchange = UvicornExchange(self, head, BodyBuffer(self._limits.body))
        self._queue.append(exchange)
        if len(self._queue) == 1:
            exchange.start()
        return exchange

    def complete(self, head: Head, body: BodySink) -> None:
        """Answer a complete request."""
        if isinstance(body, UvicornExchange):
            body.end_body()
        elif isinstance(body, BodyBuffer) and not self.take(head, body.octets):
            self._serving.batch.end()
            self._hand_on(head, body.octets)  # a script has come meanwhile

    def tunnel(self) -> None:
        """Accept nothing more: no tunnel is opened."""
        self._refusing = self._ending = True
        self._serving.batch.end()
        if not self._queue:
            self.transport.close()

    def refuse(self, violation: Violation) -> None:
        """Record and refuse an invalid request, and end the connection."""
        self._serving.batch.end()
        self._refusing = True
        if self._unread:
            self._unread = b""
            self.transport.resume_reading()
        self.client.is_refused = True
        request = replace(self._parser.request, scheme=self._serving.scheme)
        body: object = self._parser.body
        if isinstance(body, UvicornExchange):
            self._give_up(body)
            body = body.body
        if isinstance(body, BodyBuffer):
            request = replace(request, body=body.octets)
        response = self._app.refuse(request, violation)
        if self._queue:
            self._refusal = response
        else:
            self._part_with(response)

    def _give_up(self, exchange: UvicornExchange) -> None:
        """Drop an exchange whose request will not be completed."""
        exchange.lose(None)
        if exchange in self._queue:
            self._queue.remove(exchange)
        if exchange.has_written:
            self.transport.close()

    # --- answers ---

    def hand_on(self, request: Request, *, ends: bool) -> None:
        """Make an exchange of a request that was to be answered at once."""
        url = request.target.encode("latin-1")
        head = Head(request.method, url, request.headers, "1.1", stays=not ends)
        self._hand_on(head, request.body)

    def _hand_on(self, head: Head, body: bytes) -> None:
        exchange = self._exchange(head)
        if body:
            exchange.add(body)
        exchange.end_body()

    def answer(self, response: Response, *, ends: bool) -> None:
        """Send an answer, and prepare for the next request."""
        ends = ends or self._ending
        self._write(response, ends=ends)
        if ends:
            self.transport.close()

    def _write(self, response: Response, *, ends: bool) -> None:
        if self.transport.is_closing():
            return
        fields = self._serving.fields
        if ends:
            fields += b"connection: close\r\n"
        line = status_line(response.status)
        self.transport.write(line + fields + response.octets)

    def _part_with(self, response: Response) -> None:
        """Answer, then close so that the answer is not lost."""
        self._write(response, ends=True)
        if not self.transport.is_closing():
            self._linger()

    def _linger(self) -> None:
        """Close once the client has had time to read."""
        if self.client.has_finished.is_set():
            self.transport.close()
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._cancel_timer()
        self._timer = self.loop.call_later(LINGERS, self.transport.close)

    def pause_writing(self) -> None:
        """Pause writing: the client reads too slowly."""
        self._writing_paused = True
        if self._queue:
            self._queue[0].pause_writing()

    def resume_writing(self) -> None:
        """Resume writing."""
        self._writing_paused = False
        if self._queue:
            self._queue[0].resume_writing()

    # --- exchanges ---

    def stock(self) -> Any:
        """Return a new protocol of uvicorn's for one exchange."""
        return self._serving.stock()

    def exchange_over(self, exchange: UvicornExchange, *, ends: bool) -> None:
        """Continue after an exchange; with `ends` the connection is closed."""
        self._queue.remove(exchange)
        self._rests_since = self.loop.time()
        if self.transport.is_closing():
            return
        if not exchange.has_arrived:
            self._refusing = True
            self._unread = b""
            self.transport.resume_reading()
            self._linger()
        elif ends:
            self.transport.close()
        elif self._queue:
            if not self._writing_paused:  # otherwise it starts once this is resumed
                self._queue[0].start()
            if not self._queue[0].has_arrived:
                self.transport.resume_reading()  # its body has not arrived yet
        elif self._refusal is not None:
            self._part_with(self._refusal)
        elif self._unread:
            self._read_on()
        elif self._ending:
            self.transport.close()
        else:
            self.transport.resume_reading()

    # --- the end ---

    def eof_received(self) -> bool:
        """Answer what has arrived: a client may stop sending, and still read."""
        if self._unread:
            data, self._unread = self._unread, b""
            self._read(data)
        self._serving.batch.end()
        self.client.finish()
        self._ending = True
        if self._parser.has_some and not self._refusing:
            self.refuse(refusals.cut_short(self._parser.head))
        if self.transport.get_extra_info("sslcontext") is not None:
            return False
        return bool(self._queue)

    def connection_lost(self, exc: Exception | None) -> None:
        """Record a request that was cut short, and drop what is waiting."""
        self._serving.connections.discard(self)
        self._serving.batch.end()
        self._cancel_timer()
        self.client.finish()
        if self._parser.has_some and not self._refusing:
            self.refuse(refusals.cut_short(self._parser.head))
        self._refusing = True
        self._parser.drop()
        self._unread = b""
        while self._queue:
            self._queue.popleft().lose(exc)

    def shutdown(self) -> None:
        """End the connection after the request that is in progress."""
        self._serving.batch.end()
        self._ending = True
        if self._queue:
            self._queue[-1].finish_soon()
        elif not isinstance(self._parser.body, BodyBuffer):
            self.transport.close()

    # --- time ---

    def _arm(self, seconds: float) -> None:
        """Check the connection after this time at the latest."""
        due = self.loop.time() + seconds
        if self._timer is None or self._timer.when() > due:
            self._cancel_timer()
            self._timer = self.loop.call_later(seconds, self._look)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Refuse a request that has stalled; close a connection that was idle too long.

        One timer serves many requests: it looks at what has arrived when it ends.
        """
        self._timer = None
        now, limits = self.loop.time(), self._limits
        if self._parser.is_arriving:
            left = self._moved_at + limits.half_sent - now
        elif self._queue:
            left = limits.idle
        else:
            left = self._rests_since + limits.idle - now
        if left > 0:
            self._arm(left)
        elif self._parser.is_arriving:
            self.refuse(refusals.too_slow(limits))
        else:
            self.transport.close()
