"""The control API's handshakes, answers and signatures, for tests of other processes.

It decides the shapes of `POST handshakes`, `POST answers` and `POST signatures`, which
`control.openapi.json` describes. It must not know which handshakes or schemes there are.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cbmock.server import agreements
from cbmock.server.control_target import ControlTarget
from cbmock.server.request_object import request_object


def routes(app: ControlTarget) -> list[Route]:
    """Return the routes below `/_cbmock/api`."""
    api = _Handshakes(app)
    return [
        Route("/handshakes", api.list, methods=["GET"]),
        Route("/handshakes", api.expect, methods=["POST"]),
        Route("/handshakes", api.forget, methods=["DELETE"]),
        Route("/answers", api.answer, methods=["POST"]),
        Route("/signatures", api.list_signatures, methods=["GET"]),
        Route("/signatures", api.sign, methods=["POST"]),
        Route("/signatures", api.forget_signatures, methods=["DELETE"]),
    ]


class _Handshakes:
    def __init__(self, app: ControlTarget) -> None:
        self._app = app

    async def list(self, request: Request) -> Response:
        """List the handshakes of one test, or of all."""
        return self._listed(_token(request), 200)

    async def expect(self, request: Request) -> Response:
        """Set a handshake that is answered from now on."""
        given, token = await request_object(request), _token(request)
        self._app.agree("handshake", token, given)
        return self._listed(token, 201)

    async def answer(self, request: Request) -> Response:
        """Set an answer to a request that is not documented."""
        given, token = await request_object(request), _token(request)
        self._app.agree("answer", token, given)
        return self._listed(token, 201)

    async def forget(self, request: Request) -> Response:
        """Forget the handshakes and answers of one test, or of all."""
        deleted = self._app.disagree(_token(request), agreements.OF_HANDSHAKES)
        return JSONResponse({"deleted": deleted})

    async def list_signatures(self, request: Request) -> Response:
        """List the schemes that one test requires, or all."""
        return self._signed(_token(request), 200)

    async def sign(self, request: Request) -> Response:
        """Require signatures from now on."""
        given, token = await request_object(request), _token(request)
        self._app.agree("signature", token, given)
        return self._signed(token, 201)

    async def forget_signatures(self, request: Request) -> Response:
        """Forget the signatures that one test requires, or all."""
        deleted = self._app.disagree(_token(request), agreements.OF_SIGNATURES)
        return JSONResponse({"deleted": deleted})

    def _signed(self, token: str | None, status: int) -> Response:
        return JSONResponse(agreements.signed(self._app.signatures, token), status)

    def _listed(self, token: str | None, status: int) -> Response:
        return JSONResponse(agreements.record(self._app.agreed, token), status)


def _token(request: Request) -> str | None:
    return request.query_params.get("token")
