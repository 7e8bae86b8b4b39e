"""The installed HTTP client: httpx2, or httpx.

It decides which one is used. It must not know what is sent.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from cbmock.errors import ReceiverError


def client_library(user: str, extra: str) -> ModuleType:
    """Return the client; raises `ReceiverError` with the extra to install."""
    for name in ("httpx2", "httpx"):
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ReceiverError(
        f"{user} needs an HTTP client: pip install 'openapi-receiver[{extra}]' brings one."
    )
