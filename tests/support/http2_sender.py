"""A sender of HTTP/2: its connection, and what has come back on it."""

import contextlib
import json
import socket

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)

from tests.support.invoices import EVENT, TARGET

BODY = json.dumps(EVENT).encode()
ENDED = (ConnectionTerminated, StreamEnded, StreamReset)


class Http2Sender:
    """One connection of HTTP/2 with what has come back on it."""

    def __init__(self, server, settings=()):
        self.wire = server.connect()
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        config = H2Configuration(
            validate_outbound_headers=False, normalize_outbound_headers=False
        )
        self.http = H2Connection(config)
        self.http.initiate_connection()
        self.http.update_settings(dict(settings))
        self.events = []
        self.is_closed = False
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.wire.close()

    def flush(self):
        self.wire.sendall(self.http.data_to_send())

    def begin(self, number=1, *fields, target=TARGET, method="POST", ends=False):
        head = {":method": method, ":path": target, ":scheme": "http"}
        kind = {":authority": "x", "content-type": "application/json"}
        self.begin_with([*(head | kind).items(), *fields], number, ends=ends)

    def begin_with(self, fields, number=1, *, ends=False):
        self.http.send_headers(number, fields, end_stream=ends)
        self.flush()

    def send(self, number=1, body=BODY, *, ends=True):
        self.http.send_data(number, body, end_stream=ends)
        self.flush()

    def post(self, number=1, **given):
        self.begin(number, **given)
        self.send(number)

    def read(self, until, *, opens=True):
        """Read until something has come, or to the end of the connection."""
        while not until(self) and (data := self.wire.recv(2**16)):
            found = self.http.receive_data(data)
            for each in found:
                if opens and isinstance(each, DataReceived):
                    size = each.flow_controlled_length
                    self.http.acknowledge_received_data(size, each.stream_id)
            self.events += found
            with contextlib.suppress(BrokenPipeError):
                self.wire.sendall(self.http.data_to_send() if opens else b"")
        self.is_closed = not until(self)

    def of(self, kind):
        return [each for each in self.events if isinstance(each, kind)]

    @property
    def statuses(self):
        """Return the status of each answer by its stream."""
        return {
            each.stream_id: int(dict(each.headers)[b":status"])
            for each in self.of(ResponseReceived)
        }

    @property
    def body(self):
        return b"".join(each.data for each in self.of(DataReceived))


def one_has_ended(sender):
    return bool(sender.of(ENDED))


def never(_sender):
    return False
