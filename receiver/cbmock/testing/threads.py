"""Threads: blocking functions, made awaitable under asyncio and trio.

It decides in which thread a function runs, and that it ends with the task that awaits
it. It must not know what the function does.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

Result = TypeVar("Result")


async def in_thread(blocking: Callable[[threading.Event], Result]) -> Result:
    """Await `blocking(over)`; `over` is set once nobody awaits it.

    It has a thread of its own, because the sender may need the loop's few threads.
    """
    over = threading.Event()
    trio: Any = sys.modules.get("trio")
    try:
        if trio is not None and trio.lowlevel.in_trio_run():
            found: Result = await trio.to_thread.run_sync(
                partial(blocking, over),
                abandon_on_cancel=True,
                limiter=trio.CapacityLimiter(1),
            )
            return found
        thread = ThreadPoolExecutor(1, thread_name_prefix="cbmock-wait")
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(thread, blocking, over)
        finally:
            thread.shutdown(wait=False)
    finally:
        over.set()
