"""Libraries that come with an extra: the error for one that is missing names it.

It must not know what they are for.
"""

from __future__ import annotations

from importlib import util

from cbmock.errors import ReceiverError

EXTRAS = {
    "cryptography": "signatures",
    "h2": "http2",
    "http_sf": "signatures",
    "hypothesis": "fire",
    "joserfc": "signatures",
    "psycopg": "postgres",
    "sqlalchemy": "journal",
    "trustme": "tls",
}
"""The extra of each library, by the name of its module."""


def need(library: str, user: str) -> None:
    """Raise `ReceiverError` if a library is not installed: `user` is what needs it."""
    if util.find_spec(library) is None:
        name = library.replace("_", "-")
        extra = f"pip install 'openapi-receiver[{EXTRAS[library]}]'"
        raise ReceiverError(f"{user} needs {name}: {extra}")
