"""HTTP/2 connections: from the preface of a client to its last frame.

It decides which requests need no waiting, what is refused, and how long a connection
waits for its client. It must not know operations, or how frames are read.
"""

from __future__ import annotations

import asyncio
from typing import Any

from h2 import events, exceptions
from h2.errors import ErrorCodes

from cbmock.http.messages import Headers, Request
from cbmock.server import refusals
from cbmock.server.application import LINGERS, MOST_UNREAD, Serving
from cbmock.server.http2 import head as heads
from cbmock.server.http2 import library
from cbmock.server.http2.frames import FrameReader, FrameTooLarge, stream_of
from cbmock.server.http2.output import Http2Output
from cbmock.server.http2.stream import Http2Stream
from cbmock.server.refusals import Refused
from cbmock.violations import Violation

_MOST_AT_ONCE = 32
"""How many frames of one client are read before other clients get their turn."""


class Http2Connection(asyncio.Protocol):
    """One connection; each of its requests is a stream."""

    transport: asyncio.Transport

    def __init__(self, serving: Serving, loop: asyncio.AbstractEventLoop) -> None:
        """Serve one connection."""
        self.loop = loop
        self._serving = serving
        self._app = serving.app
        self._limits = serving.app.limits
        self._frames = FrameReader()
        self._decoder = library.FieldDecoder(2 * self._limits.head)
        self._http = library.connection(self._decoder)
        self._tasks: set[asyncio.Task[None]] = set()
        self._batched: set[int] = set()
        self._rests_since = loop.time()
        self._head_since: float | None = None
        self._is_ending = False
        self._is_over = False
        self._will_read = False
        self._timer: asyncio.TimerHandle | None = None

    # --- from the client ---

    def connection_made(self, transport: Any) -> None:
        """Start serving a client."""
        self.transport = transport
        self._output = Http2Output(self._http, transport, self._serving, self._rest)
        self._streams = self._output.streams
        self._serving.connections.add(self)
        self._http.initiate_connection()
        self._output.flush()
        self._look()

    def data_received(self, data: bytes) -> None:
        """Receive bytes."""
        if self._is_over:
            return
        self._frames.add(data)
        begun = self._streams.get(self._frames.begun_data or 0)
        if begun is not None:
            begun.moved_at = self.loop.time()
        if not self._will_read and not self._output.is_paused:
            self._read()
        elif len(self._frames) > MOST_UNREAD:
            self.transport.pause_reading()

    def _read(self) -> None:
        """Read some frames, and the rest in a later turn."""
        self._will_read = False
        for _ in range(_MOST_AT_ONCE):
            if self._is_over or not (frame := self._next()):
                self._resume_reading()
                break
            self._take(frame)
        else:
            self._will_read = True
            self.loop.call_soon(self._read)
        self._output.flush()
        if not self._frames.is_in_head:
            self._head_since = None
        elif self._head_since is None:
            self._head_since = self.loop.time()
            self._arm(self._limits.half_sent)

    def _next(self) -> bytes:
        try:
            return self._frames.next()
        except FrameTooLarge as error:
            self._serving.batch.end()
            self._http.close_connection(ErrorCodes.FRAME_SIZE_ERROR)
            self._break_off(refusals.malformed(f"what arrived is not HTTP/2: {error}"))
            return b""

    def _resume_reading(self) -> None:
        if not self.transport.is_closing():
            self.transport.resume_reading()

    def _take(self, frame: bytes) -> None:
        # What came on it before a frame is answered before: nothing can be sent after one
        # that breaks the connection.
        if not self._batched.isdisjoint(self._streams):
            self._serving.batch.end()
        self._batched.clear()
        if self._frames.is_farewell(frame):
            # The library would neither read nor send anything after it.
            self.shutdown()
            return
        try:
            for each in self._http.receive_data(frame):
                self._handle(each)
        except exceptions.DenialOfServiceError:
            self._break_off(refusals.head_too_large(self._limits))
        except exceptions.ProtocolError as error:
            reason = str(error) or type(error).__name__
            self._break_off(
                refusals.malformed(f"what arrived is not HTTP/2: {reason}"),
                self._streams.get(stream_of(frame)),
            )

    def _handle(self, event: events.Event) -> None:
        number = getattr(event, "stream_id", None) or 0
        stream = self._streams.get(number)
        if isinstance(event, events.RequestReceived):
            self._begin(number)
        elif isinstance(event, events.DataReceived):
            self._add(stream, event)
        elif stream is None:
            if isinstance(event, events.RemoteSettingsChanged):
                library.remember_less(self._http)
            if isinstance(event, events.WindowUpdated | events.RemoteSettingsChanged):
                self._output.push_all()
        elif isinstance(event, events.TrailersReceived):
            fields = self._decoder.fields
            stream.wrong_end = heads.fault_of_trailers(fields, self._limits)
        elif isinstance(event, events.StreamEnded):
            self._complete(stream)
        elif isinstance(event, events.StreamReset):
            self._lose(stream)
        elif isinstance(event, events.WindowUpdated):
            self._output.push(stream)

    def _begin(self, number: int) -> None:
        if self._is_ending or len(self._streams) >= library.MOST_STREAMS:
            self._http.reset_stream(number, ErrorCodes.REFUSED_STREAM)
            return
        fields = self._decoder.fields
        head = heads.read(fields, self._app.headers)
        stream = Http2Stream(self._output, number, head, self._limits.body, self.run)
        self._streams[number] = stream
        violation = heads.fault_of(fields, head, self._limits)
        if violation is not None:
            self._refuse(stream, violation)
            return
        stream.stated_size = heads.stated_size(head)
        self._arm(self._limits.half_sent)
        if head.headers.framing.expects:
            self._http.send_headers(number, [(b":status", b"100")])

    def _add(self, stream: Http2Stream | None, event: events.DataReceived) -> None:
        size = event.flow_controlled_length
        if stream is not None and not stream.is_refused:
            stream.moved_at = self.loop.time()
            try:
                stream.add(event.data)
            except Refused as refused:
                self._refuse(stream, refused.violation)
            else:
                self._http.acknowledge_received_data(size, event.stream_id)
                return
        # The rest is dropped: only the window of the connection, which is for all
        # streams, is opened again.
        if size:
            self._http.increment_flow_control_window(size)

    def _complete(self, stream: Http2Stream) -> None:
        try:
            stream.complete()
        except Refused as refused:
            self._refuse(stream, refused.violation)
        if stream.is_refused:
            return
        if self._app.target(stream.head.url) is not None:
            request = stream.request(self._serving.scheme)
            self._batched.add(stream.number)
            self._serving.batch.add(stream, request, ends=False)
        else:
            self.run(stream)

    def run(self, stream: Http2Stream) -> None:
        """Let the application answer a request."""
        task = self.loop.create_task(stream.run(self._app, self._serving.scheme))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- refusals ---

    def _refuse(self, stream: Http2Stream, violation: Violation) -> None:
        """Record and refuse a request that is not complete."""
        stream.is_refused = True
        self._serving.batch.end()
        request = stream.request(self._serving.scheme)
        stream.answer(self._app.refuse(request, violation))

    def _refuse_bytes(self, violation: Violation) -> None:
        """Record what cannot be read as a request."""
        nothing = Request("", "", Headers(), scheme=self._serving.scheme)
        self._app.refuse(nothing, violation)

    def _break_off(
        self, violation: Violation, stream: Http2Stream | None = None
    ) -> None:
        """Record bytes that are not HTTP/2, of a stream if it is known, and end all."""
        self._frames.drop()
        if stream is None or stream.has_arrived or stream.is_refused:
            self._refuse_bytes(violation)
        else:
            self._lose(stream, violation)
        self._output.flush()
        self._is_over = self._output.is_ended = True
        for each in list(self._streams.values()):
            self._lose(each)
        self._resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._set_timer(LINGERS, self.transport.close)

    # --- the end of a stream, and of all ---

    def _lose(
        self, stream: Http2Stream, violation: Violation = refusals.INCOMPLETE
    ) -> None:
        """Drop a stream whose client takes no more; record it if it is incomplete."""
        if stream.number not in self._streams:
            return
        if not stream.has_arrived and not stream.is_refused:
            self._app.refuse(stream.request(self._serving.scheme), violation)
        self._output.drop(stream)

    def _rest(self) -> None:
        self._rests_since = self.loop.time()
        if self._is_ending:
            self._close()

    def pause_writing(self) -> None:
        """Pause reading and writing: the client reads too slowly."""
        self._output.is_paused = True

    def resume_writing(self) -> None:
        """Resume reading and writing."""
        self._output.is_paused = False
        self._output.push_all()
        if not self._will_read and not self._output.is_paused:
            self._read()

    def eof_received(self) -> bool:
        """Answer what has arrived: a client may stop sending, and still read."""
        while not self._is_over and (frame := self._next()):
            self._take(frame)
        self._serving.batch.end()
        self._cut_short()
        for each in self._streams.values():
            each.finish()
        self.shutdown()
        is_encrypted = self.transport.get_extra_info("sslcontext") is not None
        return bool(self._streams) and not is_encrypted

    def _cut_short(self) -> None:
        """Record what is incomplete, since nothing more will arrive."""
        for each in list(self._streams.values()):
            if not each.has_arrived:
                self._lose(each)
        if self._frames.is_in_head and not self._is_over:
            self._frames.drop()
            self._refuse_bytes(refusals.INCOMPLETE_HEAD)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - (of asyncio)
        """Record what was cut short, and drop what is waiting."""
        self._serving.connections.discard(self)
        self._serving.batch.end()
        self._cut_short()
        self._is_over = self._is_ending = True
        if self._timer is not None:
            self._timer.cancel()
        for each in list(self._streams.values()):
            self._lose(each)

    def shutdown(self) -> None:
        """End the connection after the requests that are in progress."""
        self._serving.batch.end()
        self._is_ending = True
        if not self._streams:
            self._close()

    def _close(self) -> None:
        if not self._is_over and not self.transport.is_closing():
            self._http.close_connection()
            self._output.flush()
            self._is_over = True
            self.transport.close()

    # --- time ---

    def _arm(self, seconds: float) -> None:
        """Look at the connection after this time at the latest."""
        due = self.loop.time() + seconds
        if not self._is_over and (self._timer is None or self._timer.when() > due):
            self._set_timer(seconds, self._look)

    def _set_timer(self, seconds: float, then: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, then)

    def _look(self) -> None:
        """Refuse what has stalled; close a connection that was idle for too long."""
        self._timer = None
        now, limits = self.loop.time(), self._limits
        ends = []
        for each in list(self._streams.values()):
            if each.outgoing:
                ends.append(each.moved_at + limits.idle)
                if ends[-1] <= now:
                    self.transport.abort()  # its client takes nothing
                    return
            elif not each.has_arrived:
                ends.append(each.moved_at + limits.half_sent)
                if ends[-1] <= now:
                    self._refuse(each, refusals.too_slow(limits))
        if self._head_since is not None:
            ends.append(self._head_since + limits.half_sent)
            if ends[-1] <= now:
                self._break_off(refusals.too_slow(limits))
                return
        ends.append((now if self._streams else self._rests_since) + limits.idle)
        if ends[-1] <= now:
            self._close()
        later = min((each for each in ends if each > now), default=now + limits.idle)
        self._arm(later - now)
