"""JSON objects that are sent to the control API.

It decides what is refused before its members are read. It must not know the members.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from cbmock.errors import ReceiverError
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON


async def request_object(request: Request) -> dict[str, Any]:
    """Read the body of a request; raises `ReceiverError` if it is not a JSON object."""
    try:
        data, _ = json_text.read(await request.body())
    except NotJSON as error:
        raise ReceiverError(f"the body cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise ReceiverError("the body must be an object")
    return data
