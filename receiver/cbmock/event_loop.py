"""The event loop that sockets are served and asked by.

It decides which is taken. It must not know what runs in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable


def new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes an event loop: uvloop's, where it is there and works.

    Where gevent has patched `threading`, uvloop would block the hub that all threads are
    served by.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        with contextlib.suppress(ImportError):
            import uvloop  # noqa: PLC0415 - it may be absent

            return uvloop.new_event_loop
        return asyncio.new_event_loop
    # Not by the policy, which an API's own uvicorn may have made uvloop's.
    return asyncio.SelectorEventLoop
