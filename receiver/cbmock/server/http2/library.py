"""The library's part of an HTTP/2 connection: frames, the states of streams, windows.

It decides what the library does not see, because it would end a whole connection for what
is wrong with one request. It must not know what that is.
"""

from __future__ import annotations

from collections.abc import Iterable

from h2 import settings
from h2.config import H2Configuration
from h2.connection import H2Connection
from hpack import Decoder, HeaderTuple

MOST_STREAMS = 100
_LARGEST_TABLE = 4096
"""The most bytes of header fields that are remembered to write later ones shorter."""


class FieldDecoder(Decoder):
    """Reads the fields of heads and trailers, and keeps them from the library."""

    def __init__(self, largest_head: int) -> None:
        """Start a connection; a head may have some bytes."""
        super().__init__(largest_head)
        self.fields: tuple[tuple[bytes, bytes], ...] = ()
        """The fields that were read last."""

    def decode(self, data: bytes, raw: bool = False) -> Iterable[HeaderTuple]:  # noqa: ARG002, FBT001, FBT002 - (of hpack)
        """Read and keep fields; return none."""
        self.fields = tuple((*pair,) for pair in super().decode(data, raw=True))
        return ()


class _OwnSettings(settings.Settings):
    """The settings of this side; the library would end the connection at a stream too many."""

    max_concurrent_streams = 2**31


def connection(decoder: FieldDecoder) -> H2Connection:
    """Return the library's part of a connection."""
    made = H2Connection(
        H2Configuration(
            client_side=False,
            header_encoding=None,
            validate_inbound_headers=False,
            validate_outbound_headers=False,
        )
    )
    made.local_settings = _OwnSettings(
        client=False,
        initial_values={
            settings.SettingCodes.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            settings.SettingCodes.MAX_HEADER_LIST_SIZE: decoder.max_header_list_size,
        },
    )
    made.decoder = decoder
    return made


def remember_less(http: H2Connection) -> None:
    """Remember few fields of answers, even if a client allows any number of them."""
    encoder = http.encoder
    encoder.header_table_size = min(encoder.header_table_size, _LARGEST_TABLE)
