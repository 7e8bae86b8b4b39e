"""URL parts: what a URL that a user wrote is made of.

It decides which text is none. It must not know what the URL is for.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from cbmock.errors import ReceiverError


def split(url: str) -> SplitResult:
    """Return the parts of a URL; `ReceiverError` where its host or port cannot be."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ReceiverError(f"{url!r} is no URL: {error}") from None
    return parts
