"""The guard: the checks before a request reaches the control API.

It decides how requests are refused, and how large they may be. It must not know what is
requested.
"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cbmock.http.messages import Headers
from cbmock.server import site
from cbmock.server.body_buffer import BodyBuffer
from cbmock.server.control_target import ControlTarget
from cbmock.server.refusals import Refused
from cbmock.server.sending import send_whole

_UNAUTHORIZED = 401


def guarded(api: ASGIApp, app: ControlTarget) -> ASGIApp:
    """Return the control API behind checks of access and size."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope["headers"])
        is_page = scope["path"].endswith("/_cbmock/")
        if not scope["path"].startswith("/_cbmock/problems/"):
            refused = app.access.refusal(scope["method"], headers)
            if refused is not None and refused.status == _UNAUTHORIZED and is_page:
                entrance = site.login(Request(scope), app.access.token)
                if entrance is not None:
                    await entrance(scope, receive, send)
                    return
            if refused is not None:
                await send_whole(refused, send)
                return
        app.refresh()
        body = BodyBuffer(app.limits.control_body)

        async def limited() -> Message:
            message = await receive()
            try:
                body.add(message.get("body", b""))
            except Refused as refused:
                raise HTTPException(413, refused.violation.detail) from None
            return message

        await api(scope, limited, send)

    return application
