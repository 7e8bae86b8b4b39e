"""URL parts: a URL that a user wrote, split.

It decides which text is not a URL. It must not know what the URL is for.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from cbmock.errors import ReceiverError


def split(url: str) -> SplitResult:
    """Return the parts of a URL; raises `ReceiverError` if host or port is invalid."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise ReceiverError(f"{url!r} is not a URL: {error}") from None
    return parts
