"""JSON answers of the control API.

It decides how records are written. It must not know what they contain.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from cbmock.mock.call import dumps


class RecordResponse(JSONResponse):
    """JSON of anything that senders send, also lone surrogates."""

    def render(self, content: Any) -> bytes:
        """Write the content as JSON."""
        return dumps(content).encode()
