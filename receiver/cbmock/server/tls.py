"""TLS: the certificate of a server.

It is the user's own, or a throw-away certificate whose authority clients can trust. It
must not know what is served.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass

from cbmock import extras
from cbmock.errors import ReceiverError


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS context of a server; clients should trust `authority`, a certificate (PEM).

    It is None for a certificate of the user, which clients may already trust.
    """

    context: ssl.SSLContext
    authority: bytes | None = None

    @property
    def asks_clients(self) -> bool:
        """Whether clients have to show a certificate."""
        return self.context.verify_mode is ssl.CERT_REQUIRED


def from_files(certificate: str, key: str | None = None) -> Tls:
    """Read a certificate and its key; raises `ReceiverError` if it is not possible."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Otherwise an encrypted key would ask for its password on the terminal.
        context.load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        with_key = "" if key is None else f" with the key {key}"
        message = (
            f"cannot use the certificate {certificate}{with_key}: {_reason(error)}."
        )
        raise ReceiverError(message) from None
    return Tls(context)


def ask_clients(found: Tls, authority: str) -> None:
    """Ask clients for a certificate issued by the authority in a file (mutual TLS)."""
    try:
        found.context.load_verify_locations(authority)
    except (OSError, ValueError) as error:
        message = f"cannot use the authority of clients {authority}: {_reason(error)}."
        raise ReceiverError(message) from None
    found.context.verify_mode = ssl.CERT_REQUIRED


def throwaway(hosts: Iterable[str]) -> Tls:
    """Make a certificate for these hosts, issued by a throw-away authority."""
    extras.need("trustme", "TLS without a certificate of your own")
    import trustme  # noqa: PLC0415 - an extra

    authority = trustme.CA()
    names = [each for each in dict.fromkeys(("localhost", *hosts)) if each]
    try:
        certificate = authority.issue_cert(*names)
    except ValueError as error:  # no name of the Internet, as `my_service` of Docker
        message = (
            f"cannot make a certificate for {', '.join(names)}: {error}. "
            "--ssl-certfile takes one of your own."
        )
        raise ReceiverError(message) from None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        certificate.configure_cert(context)  # by files: Python loads no others
    except OSError:
        message = (
            "TLS without a certificate of your own needs a folder for temporary files: "
            "set TMPDIR to one that can be written."
        )
        raise ReceiverError(message) from None
    return Tls(context, authority.cert_pem.bytes())


def _reason(error: Exception) -> str:
    """Say in words what is wrong with a file."""
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "the key is not that of the certificate"
        if error.reason == "NO_CERTIFICATE_OR_CRL_FOUND":
            return "it holds no certificate, as PEM"
        if "PEM" in str(error):
            return "a certificate and its key are needed, as PEM"
    return getattr(error, "strerror", None) or str(error)


def _no_password() -> str:
    message = "its key needs a password"
    raise ValueError(message)
