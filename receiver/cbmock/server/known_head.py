"""Known heads: the fields of a connection's last request, which most senders repeat.

It decides which requests need not be parsed again: those that came whole, whose fields are
the same bytes as those of a request that was parsed, and that begin with a plain request
line. What the parser found for the one holds for the other. It must not know what parses.
"""

from __future__ import annotations

import re

from cbmock.http.framing import PLAIN
from cbmock.http.messages import Headers
from cbmock.server.exchange import Head

EMPTY_LINE = b"\r\n\r\n"
_LINE = re.compile(rb"(DELETE|GET|PATCH|POST|PUT) (/[!-~]*) HTTP/1\.1\r\n")
_LONGEST = 4096
"""The maximum length of fields that are kept, for each connection."""
_PATIENCE = 4
"""After so many different heads in a row, those of a connection are no longer compared."""


_NONE = Head("", b"", Headers(), "", stays=False)


class KnownHead:
    """The head of a connection's last request."""

    def __init__(self) -> None:
        """Start without one."""
        self.octets = b""
        """The bytes of its fields, with the empty line; none if they are not compared."""
        self._whole = b""  # the last head, with its request line
        self._head = _NONE
        self._size = 0  # of the body
        self._unlike = 0

    def again(self, data: bytes, longest: int) -> tuple[Head, int] | None:
        """Return the head of a whole request with the same fields, and where its body begins.

        None for any other data, and for a head that is longer than `longest`.
        """
        end = len(self._whole)
        if len(data) == end + self._size and data.startswith(self._whole):
            self._unlike = 0
            return self._head, end
        line, octets = _LINE.match(data), self.octets
        at = len(data) if line is None else line.end()
        end = at + len(octets)
        if (
            line is None
            or len(data) != end + self._size
            or end > longest
            or not data.startswith(octets, at)
        ):
            self._unlike += 1
            self.octets = b""
            return None
        self._unlike = 0
        method, url = line.groups()
        headers = self._head.headers
        self._head = Head(method.decode("ascii"), url, headers, "1.1", stays=True)
        self._whole = data[:end]
        return self._head, end

    def keep(self, data: bytes, head: Head | None) -> None:
        """Keep the fields of a request that was parsed; `data` is all of it.

        They are not kept if it is not plain, or if its sender does not repeat them.
        """
        if head is None or not (head.headers.recurring and head.stays):
            return
        headers = head.headers
        line, end = _LINE.match(data), data.find(EMPTY_LINE) + len(EMPTY_LINE)
        size = len(data) - end
        if (
            line is not None
            and self._unlike < _PATIENCE
            and line.end() < end <= line.end() + _LONGEST
            and headers.framing is PLAIN
            and "transfer-encoding" not in headers
            and "upgrade" not in headers
            and (headers.get("content-length") or "0") == str(size)
        ):
            self.octets, self._size = data[line.end() : end], size
            self._whole, self._head = data[:end], head
