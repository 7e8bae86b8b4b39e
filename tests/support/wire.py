"""Raw connections to a running mock, and requests as bytes."""

import json
import re
import socket
import time

from cbmock import sources
from cbmock.journal.memory import MemoryJournal
from cbmock.mock.mock import Mock
from cbmock.mock.responses import scripted_reply
from cbmock.server.app import App
from cbmock.server.limits import Limits
from cbmock.server.run import Running

from tests.support.invoices import DOCUMENT, EVENT, TARGET

BODY = json.dumps(EVENT).encode()
HEALTH = b"GET /_cbmock/api/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def line(text, *fields, body=b"", host=b"Host: x\r\n"):
    """Return a request as bytes; `text` is its request line without the version."""
    head = b"".join(b"%b\r\n" % each for each in fields)
    return b"%b HTTP/1.1\r\n%b%b\r\n%b" % (text, host, head, body)


PATH = TARGET.encode()


def post(*fields, body=BODY, target=PATH):
    length = b"Content-Length: %d" % len(body)
    kind = b"Content-Type: application/json"
    return line(b"POST " + target, kind, length, *fields, body=body)


GOOD = post()


class Server:
    """A running mock and raw connections to it."""

    def __init__(self, *, http2=False, **limits):
        self.app = App(
            Mock(sources.describe(DOCUMENT)), MemoryJournal(), limits=Limits(**limits)
        )
        self.running = Running(self.app, host="127.0.0.1", port=0, http2=http2)
        host, port = self.running.url.removeprefix("http://").split(":")
        self.address = host, int(port)

    def __enter__(self):
        self.running.start()
        return self

    def __exit__(self, *_):
        self.running.stop()

    def connect(self):
        return socket.create_connection(self.address, timeout=5)

    def ask(self, *pieces, end=False):
        """Send bytes as they are; return all that comes back until the end."""
        with self.connect() as connection:
            for piece in pieces:
                connection.sendall(piece)
                if len(pieces) > 1:
                    time.sleep(0.02)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return read(connection)

    def statuses(self, *pieces, end=False):
        answer = self.ask(*pieces, end=end)
        return list(map(int, re.findall(rb"HTTP/1\.1 (\d{3}) [A-Z]", answer)))

    def script(self, **reply):
        """Replace the answers of the invoice's operation by one reply."""
        operation = self.app.mock.names.find("invoice_notification")
        found = scripted_reply.from_object({"status": 200} | reply)
        self.app.scripts.put(operation, None, [found])

    @property
    def connections(self):
        return len(list(self.running._server._connections()))

    @property
    def records(self):
        return [
            (
                call.outcome,
                call.method,
                call.target,
                [(each.code, each.detail) for each in call.violations],
            )
            for call in self.app.journal.calls()
        ]


def read(connection, until=lambda answer: False):
    answer = b""
    try:
        while not until(answer) and (part := connection.recv(65536)):
            answer += part
    except ConnectionResetError:
        pass
    return answer
