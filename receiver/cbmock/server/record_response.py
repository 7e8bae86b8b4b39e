"""JSON answers of the control API.

It decides how records are written. It must not know what they contain.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.responses import JSONResponse

from cbmock.mock.call import dumps


class RecordResponse(JSONResponse):
    """JSON of anything that senders send, also lone surrogates."""

    def render(self, content: Any) -> bytes:
        """Write the content as JSON."""
        return dumps(content).encode()


async def made_in_a_thread(content: Callable[[], Any]) -> RecordResponse:
    """Make an answer from content that may be large; other requests are answered meanwhile."""
    return await asyncio.to_thread(lambda: RecordResponse(content()))
