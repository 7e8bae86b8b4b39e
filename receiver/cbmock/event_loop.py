"""The event loop for the sockets of servers and clients.

It decides which event loop is used. It must not know what runs in it.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

from cbmock.clocks import monotonic


def new_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return a factory of event loops: uvloop's, if it is installed and works.

    If gevent has patched `threading`, uvloop would block the hub that serves all
    threads.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        with contextlib.suppress(ImportError):
            import uvloop  # noqa: PLC0415 - 10 ms, it may be absent

            return uvloop.new_event_loop
        return lambda: _unfreezable(asyncio.new_event_loop())
    # The policy is not used: an API's own uvicorn may have set it to uvloop's.
    return lambda: _unfreezable(asyncio.SelectorEventLoop())


def _unfreezable(loop: asyncio.AbstractEventLoop) -> asyncio.AbstractEventLoop:
    """Let a loop of asyncio's go by a clock that tests cannot freeze, as uvloop does."""
    loop.time = monotonic  # type: ignore[method-assign]
    return loop
