"""HTTP/2 output: what a connection sends, as far as its client takes it.

It decides how much of each answer is sent, and how a stream ends. It must not know why
requests are answered as they are.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from h2 import exceptions
from h2.connection import H2Connection
from h2.errors import ErrorCodes

from cbmock.server.application import LINGERS, Serving
from cbmock.server.http2.stream import Http2Stream


class Http2Output:
    """The open streams of one connection, and what is sent on them."""

    def __init__(
        self,
        http: H2Connection,
        transport: asyncio.Transport,
        serving: Serving,
        rests: Callable[[], None],
    ) -> None:
        """Send by `http`; `rests` is called after the last stream has ended."""
        self.loop = asyncio.get_running_loop()
        self.transport = transport
        self.streams: dict[int, Http2Stream] = {}
        self.is_paused = False
        self.is_ended = False
        """Whether nothing more may be sent."""
        self._http = http
        self._serving = serving
        self._rests = rests

    @property
    def date(self) -> bytes:
        """The time, as the field `date` has it."""
        return self._serving.date

    def flush(self) -> None:
        """Send the frames that are ready."""
        data = self._http.data_to_send()
        if data and not (self.is_ended or self.transport.is_closing()):
            self.transport.write(data)

    def push(self, stream: Http2Stream) -> None:
        """Send what the client allows of an answer."""
        try:
            if stream.number in self.streams:
                self._push(stream)
        except exceptions.ProtocolError:  # the client has ended the stream meanwhile
            self._stop(stream.number)
            self.drop(stream)
        self.flush()
        stream.sent()

    def push_all(self) -> None:
        """Send what the client allows of every answer."""
        for each in list(self.streams.values()):
            if each.outgoing:
                self.push(each)

    def _push(self, stream: Http2Stream) -> None:
        if stream.fields is not None:
            fields, stream.fields = stream.fields, None
            ends = stream.is_whole and not stream.outgoing
            self._http.send_headers(stream.number, fields, end_stream=ends)
            if ends:
                self._done(stream)
                return
        while stream.outgoing:
            part = stream.part(0 if self.is_paused else self._room(stream))
            if not part:
                return
            ends = stream.is_whole and not stream.outgoing
            self._http.send_data(stream.number, part, end_stream=ends)
            self.flush()
            if ends:
                self._done(stream)
                return
        if stream.is_cut:
            self.cut(stream)
        elif stream.is_whole:
            self._http.end_stream(stream.number)
            self._done(stream)

    def _room(self, stream: Http2Stream) -> int:
        window = self._http.local_flow_control_window(stream.number)
        return max(0, min(window, self._http.max_outbound_frame_size))

    def _done(self, stream: Http2Stream) -> None:
        """Note that an answer is sent; what is left of its request is not taken.

        Some clients do not look at an answer whose stream is reset behind it, so that the
        reset comes later (RFC 9113 §8.1).
        """
        self.drop(stream)
        if not stream.has_arrived:
            self.loop.call_later(LINGERS, self._stop, stream.number)

    def _stop(self, number: int) -> None:
        """Tell a client to send no more of a request that is answered."""
        with contextlib.suppress(exceptions.ProtocolError):  # it has ended it itself
            self._http.reset_stream(number, ErrorCodes.NO_ERROR)
        self.flush()

    def cut(self, stream: Http2Stream) -> None:
        """End a stream without the rest of its answer."""
        if stream.number in self.streams:
            self._http.reset_stream(stream.number, ErrorCodes.CANCEL)
            self.flush()
            self.drop(stream)

    def drop(self, stream: Http2Stream) -> None:
        """Forget a stream that has ended."""
        self.streams.pop(stream.number, None)
        stream.lose()
        if not self.streams:
            self._rests()
