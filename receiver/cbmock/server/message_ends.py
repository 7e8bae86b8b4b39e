"""Message ends: where each request ends in bytes that contain several.

It decides which bytes belong to an incomplete request, because httptools reports no
positions. It must not know what requests mean.
"""

from __future__ import annotations

from collections.abc import Sequence

import httptools

_HEAD_END = b"\r\n\r\n"


def after(pieces: Sequence[bytes], requests: int) -> bytes:
    """Return the bytes after the first `requests` complete requests."""
    data, at = b"".join(pieces), 0
    for _ in range(requests):
        at = _end(data, at)
    return data[at:]


def after_last(data: bytes) -> bytes:
    """Return the beginning of the last request, in data that starts inside a body."""
    return data[data.rfind(_HEAD_END) + len(_HEAD_END) :]


def _end(data: bytes, at: int) -> int:
    """Return the end of the request that begins at `at`.

    It ends after the empty line of its head or of its last chunk, or after as many
    bytes as its Content-Length. If it cannot be read, it ends where the parser stopped.
    """
    watch = _MessageEndWatch()
    parser = httptools.HttpRequestParser(watch)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    while not watch.is_complete and at < len(data):
        if watch.length is not None and watch.has_head:
            stop = at + watch.length
        else:
            found = data.find(_HEAD_END, at)
            stop = len(data) if found < 0 else found + len(_HEAD_END)
        try:
            parser.feed_data(data[at:stop])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            break
        at = stop
    return at


class _MessageEndWatch:
    def __init__(self) -> None:
        self.is_complete = False
        self.has_head = False
        self.length: int | None = None

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-length":
            self.length = int(value)

    def on_headers_complete(self) -> None:
        self.has_head = True

    def on_message_complete(self) -> None:
        self.is_complete = True
