"""Transport: how a Receiver's server is reached, including TLS and HTTP/2.

It decides how the arguments are read, and where the certificate is that clients must
trust. It must not know what is served.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cbmock.errors import ReceiverError

if TYPE_CHECKING:
    from cbmock.server.tls import Tls

Path_ = str | os.PathLike[str]
TlsGiven = bool | Path_ | tuple[Path_, Path_]
"""True for a throw-away certificate, a file with certificate and key, or both files."""


@dataclass(frozen=True, slots=True)
class Transport:
    """The arguments of `Receiver`; `client_ca` is the authority of clients' certificates.

    `uds` is the path of a Unix socket besides the port.
    """

    tls: TlsGiven = False
    client_ca: Path_ | None = None
    http2: bool = False
    uds: str | None = None

    def secured(self, host: str) -> Tls | None:
        """Load or create the certificate; raises `ReceiverError` if it cannot."""
        if self.tls is False:
            if self.client_ca is not None:
                raise ReceiverError("client_ca needs tls: it is TLS that asks for them")
            return None
        from cbmock.server import tls  # noqa: PLC0415 - 5 ms, few need it

        if self.tls is True:
            found = tls.throwaway(("127.0.0.1", "::1", host))
        elif isinstance(self.tls, tuple):
            certificate, key = self.tls
            found = tls.from_files(os.fspath(certificate), os.fspath(key))
        else:
            found = tls.from_files(os.fspath(self.tls))
        if self.client_ca is not None:
            tls.ask_clients(found, os.fspath(self.client_ca))
        return found


PLAIN = Transport()


class AuthorityFile:
    """The certificate that clients must trust, in a file while the server runs."""

    def __init__(self) -> None:
        """Write nothing yet."""
        self._folder: str | None = None

    @property
    def path(self) -> str:
        """The file's path; raises `ReceiverError` if there is none."""
        if self._folder is None:
            message = "there is no throw-away certificate to trust: start a Receiver with tls=True"
            raise ReceiverError(message)
        return str(Path(self._folder, "ca.pem"))

    def write(self, authority: bytes | None) -> None:
        """Write the file, if there is a certificate."""
        if authority is not None:
            self._folder = tempfile.mkdtemp(prefix="cbmock-")
            Path(self.path).write_bytes(authority)

    def delete(self) -> None:
        """Delete the file."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
