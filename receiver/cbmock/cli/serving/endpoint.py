"""Where `cbmock serve` listens: address, TLS, a Unix socket, and limits.

It decides how these options are read. It must not know what is served.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from cbmock.cli._defaults import DEFAULT_HOST, DEFAULT_PORT, mock_url
from cbmock.cli._limits import limit_option
from cbmock.cli._options import option_group
from cbmock.cli.serving.descriptors import within_descriptors
from cbmock.errors import ReceiverError
from cbmock.server import tls
from cbmock.server.limits import DEFAULT, Limits
from cbmock.server.sockets import AddressTaken, Listening, listen
from cbmock.server.tls import Tls


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The values of the options; `authority` is the file of the certificate to trust."""

    host: str
    port: int
    tls: Tls | None
    uds: str | None
    limits: Limits
    http2: bool = False
    authority: str | None = None

    def listen(self) -> Listening:
        """Bind the sockets, until the command ends; raises `ReceiverError` if it fails."""
        try:
            found = listen(self.host, self.port, uds=self.uds, tls=self.tls is not None)
        except AddressTaken as error:
            raise ReceiverError(error.message + self._who_has_it()) from None
        click.get_current_context().call_on_close(found.close)
        return found

    def _who_has_it(self) -> str:
        from cbmock.cli._running_mock import RunningMock  # noqa: PLC0415 - 30 ms, only where it fails
        from cbmock.testing.control_client import TokenNeeded  # noqa: PLC0415 - (the same)

        try:
            other = RunningMock.at(mock_url(self.host, self.port))
        except TokenNeeded:
            return " A cbmock that asks for its token is there."
        except ReceiverError:
            return ""
        return f" The mock of {other} is there."

    @property
    def greeting(self) -> str | None:
        """Return a line about the certificate that clients should trust; None without one."""
        if self.authority is None:
            return None
        return f"Clients should trust the certificate {self.authority}"


def _endpoint(
    host: str,
    port: int,
    ssl_certfile: str | None,
    ssl_keyfile: str | None,
    uds: str | None,
    ssl_ca_certs: str | None,
    limits: Limits,
    *,
    has_tls: bool,
    http2: bool,
) -> Endpoint:
    found, authority = None, None
    if ssl_certfile is not None:
        found = tls.from_files(ssl_certfile, ssl_keyfile)
    elif ssl_keyfile is not None:
        message = "--ssl-keyfile needs --ssl-certfile."
        raise click.UsageError(message)
    elif has_tls:
        found = tls.throwaway(("127.0.0.1", "::1", host))
        authority = _trust_file(found)
    if ssl_ca_certs is not None:
        if found is None:
            message = "--ssl-ca-certs needs --tls or --ssl-certfile."
            raise click.UsageError(message)
        tls.ask_clients(found, ssl_ca_certs)
    held = within_descriptors(limits)
    return Endpoint(host, port, found, uds, held, http2, authority)


def _trust_file(made: Tls) -> str:
    """Write the certificate to trust to a file that is deleted at the end."""
    import tempfile  # noqa: PLC0415 - 2 ms, few need it

    folder = tempfile.TemporaryDirectory(prefix="cbmock-")
    click.get_current_context().call_on_close(folder.cleanup)
    path = Path(folder.name, "ca.pem")
    path.write_bytes(made.authority or b"")
    return str(path)


takes_endpoint = option_group(
    "endpoint",
    _endpoint,
    click.option(
        "--host",
        default=DEFAULT_HOST,
        show_default=True,
        help="The host or address to listen on.",
    ),
    click.option(
        "--port",
        default=DEFAULT_PORT,
        show_default=True,
        type=click.IntRange(0, 65535),
        help="The port; 0 takes a free one and prints it.",
    ),
    click.option(
        "--tls",
        "has_tls",
        is_flag=True,
        help="Serve https, with a throw-away certificate unless --ssl-certfile is given.",
    ),
    click.option(
        "--ssl-certfile",
        default=None,
        metavar="FILE",
        help="The certificate for https, as PEM with its chain.",
    ),
    click.option(
        "--ssl-keyfile",
        default=None,
        metavar="FILE",
        help="The key of --ssl-certfile, if it is not in the same file.",
    ),
    click.option(
        "--ssl-ca-certs",
        default=None,
        metavar="FILE",
        help="Ask clients for a certificate issued by this authority (mutual TLS).",
    ),
    click.option(
        "--http2",
        is_flag=True,
        help="Also speak HTTP/2: by prior knowledge, with TLS by ALPN.",
    ),
    click.option(
        "--uds", default=None, metavar="PATH", help="Also listen on a Unix socket."
    ),
    limit_option(
        "--limit", "limits", DEFAULT, says="Change a limit, a size or seconds"
    ),
)
"""Gives a command these options as one argument, `endpoint`."""
