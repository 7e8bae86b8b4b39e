"""JSON objects that the control API is sent.

It decides what is refused before anybody looks at their members. It must not know these.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from cbmock.errors import ReceiverError
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON


async def request_object(request: Request) -> dict[str, Any]:
    """Read the body of a request; `ReceiverError` where it is no JSON object."""
    try:
        data, _ = json_text.read(await request.body())
    except NotJSON as error:
        raise ReceiverError(f"the body cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise ReceiverError("the body must be an object")
    return data
