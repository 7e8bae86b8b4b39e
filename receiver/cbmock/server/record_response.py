"""JSON answers of the control API.

It decides how records are written. It must not know whose they are.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse

from cbmock.mock.call import dumps


class RecordResponse(JSONResponse):
    """JSON that holds whatever senders send, lone surrogates too."""

    def render(self, content: Any) -> bytes:
        """Write the content as JSON."""
        return dumps(content).encode()
