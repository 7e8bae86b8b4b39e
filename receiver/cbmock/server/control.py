"""The control API: how other programs use a running mock, by JSON below `/_cbmock`.

It decides the shapes of requests and responses, which `control.openapi.json` describes.
It must not know how calls are checked.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import (
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from cbmock.clocks import wall
from cbmock.deliveries import judging
from cbmock.errors import ReceiverError, UnknownOperation
from cbmock.http import json_text
from cbmock.journal import waiting
from cbmock.journal.protocol import JournalFailure
from cbmock.mock.call import Call, reference
from cbmock.mock.responses import problems, scripted_reply
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.mock.timestamps import timestamp
from cbmock.reports.summary import summary
from cbmock.server import (
    events,
    firing_endpoints,
    handshake_endpoints,
    page_endpoints,
    query_parameters,
    site,
    trigger_endpoints,
)
from cbmock.server.control_target import ControlTarget
from cbmock.server.guard import guarded
from cbmock.server.record_response import RecordResponse, made_in_a_thread
from cbmock.server.scripts import Script
from cbmock.server.sending import TooManyWaits, client_of


def control_api(app: ControlTarget) -> ASGIApp:
    """Build the control API of one application."""
    api = _Control(app)
    routes = [
        Route("/health", api.health),
        Route("/calls", api.calls, methods=["GET"]),
        Route("/calls", api.clear, methods=["DELETE"]),
        Route("/calls/wait", api.wait),
        Route("/calls/{id:int}", api.call),
        Route("/responses", api.scripts, methods=["GET"]),
        Route("/responses", api.unscript, methods=["DELETE"]),
        Route("/responses/{operation:path}", api.script, methods=["PUT"]),
        Route("/responses/{operation:path}", api.unscript, methods=["DELETE"]),
        *handshake_endpoints.routes(app),
        *trigger_endpoints.routes(app),
        *firing_endpoints.routes(app),
        *page_endpoints.routes(app),
        Route("/deliveries", api.deliveries),
        Route("/events", api.events),
        Route("/", _index),
    ]
    api_app = Starlette(
        routes=[
            Route("/_cbmock/openapi.json", _description),
            Route("/_cbmock/problems/{name}", site.problem_page),
            Route("/_cbmock", _to_page),
            Route("/_cbmock/", site.page),
            Route("/_cbmock/api", _index),
            Mount("/_cbmock/api", routes=routes),
            Route("/_cbmock/page-{version}/{file}", site.page_file),
        ],
        exception_handlers={
            ClientDisconnect: _gone,  # type: ignore[dict-item]
            HTTPException: _problem,  # type: ignore[dict-item]
            UnknownOperation: _unknown,  # type: ignore[dict-item]
            JournalFailure: _no_journal,  # type: ignore[dict-item]
            ReceiverError: _wrong_question,  # type: ignore[dict-item]
            TooManyWaits: _too_many_waits,  # type: ignore[dict-item]
        },
    )
    return guarded(api_app, app)


@functools.cache
def description() -> dict[str, Any]:
    """Return the OpenAPI document of the control API."""
    text = resources.files("cbmock.server").joinpath("control.openapi.json")
    found: dict[str, Any] = json.loads(text.read_text("utf-8"))
    return found


async def _to_page(_request: Request) -> Response:
    return RedirectResponse("/_cbmock/", 308)


async def _index(_request: Request) -> Response:
    found = description()
    paths = {path: sorted(item) for path, item in found["paths"].items()}
    return RecordResponse({"openapi": "/_cbmock/openapi.json", "paths": paths})


async def _gone(_request: Request, _error: ClientDisconnect) -> Response:
    return _refusal(
        400, "The request is incomplete", "its client closed the connection"
    )


async def _description(_request: Request) -> Response:
    return RecordResponse(description())


def _refusal(status: int, title: str, detail: str) -> Response:
    answer = problems.details(status, title, detail)
    return Response(answer.body, status, dict(answer.headers))


async def _problem(_request: Request, error: HTTPException) -> Response:
    answer = _refusal(error.status_code, error.detail, error.detail)
    answer.headers.update(error.headers or {})
    return answer


async def _wrong_question(_request: Request, error: ReceiverError) -> Response:
    return _refusal(400, "Invalid request", error.message)


async def _no_journal(_request: Request, error: JournalFailure) -> Response:
    answer = _refusal(503, "The journal cannot be used", error.message)
    answer.headers["retry-after"] = "1"
    return answer


async def _too_many_waits(_request: Request, _error: TooManyWaits) -> Response:
    return _refusal(
        503, "Too many requests are waiting", "`--limit waits=NUMBER` changes the limit"
    )


async def _unknown(request: Request, error: UnknownOperation) -> Response:
    if "operation" not in request.path_params:
        return await _wrong_question(request, error)
    return _refusal(404, "There is no such operation", error.message)


class _Control:
    """The endpoints for one application's mock and journal."""

    def __init__(self, app: ControlTarget) -> None:
        self._app = app

    def _url(self, request: Request) -> str:
        """Return the URL that the mock listens at."""
        if self._app.bases:
            return self._app.bases[-1]
        return str(request.base_url).rstrip("/")

    async def health(self, request: Request) -> Response:
        journal, public, url = self._app.journal, self._app.base_url, self._url(request)
        return RecordResponse(
            {
                "ready": True,
                "status": "ok",
                "url": url,
                "public_url": public if public not in ("", url) else None,
                "document": self._app.mock.description.entry.name,
                "pid": self._app.process,
                "started_at": timestamp(self._app.started_at),
                "operations": len(self._app.mock.mounts),
                "calls": len(journal),
                "last_id": journal.last_id,
                "dropped": journal.dropped,
            }
        )

    async def calls(self, request: Request) -> Response:
        among, wanted = (
            query_parameters.among(request, self._app),
            query_parameters.wanted(request),
        )
        journal = self._app.journal

        def found() -> dict[str, Any]:
            calls = journal.each(
                after=among.after, operation=among.operation, token=among.token
            )
            return {"calls": [call.record() for call in calls if wanted(call)]}

        return await made_in_a_thread(found)

    async def deliveries(self, request: Request) -> Response:
        among, journal = query_parameters.among(request, self._app), self._app.journal

        def found() -> dict[str, Any]:
            # A redirected attempt may be a call to no operation, so all calls are folded.
            reported = judging.reported(
                journal.each(token=among.token),
                self._app.delivery_settings,
                now=wall(),
            )
            records = [
                each.record(violations)
                for each, violations in reported
                if among.operation in (None, each.operation.identity)
            ]
            return {"deliveries": records}

        return await made_in_a_thread(found)

    async def clear(self, request: Request) -> Response:
        token = request.query_params.get("token")
        self._app.triggers.clear(token=token)  # their calls would be missing
        return RecordResponse({"deleted": self._app.clear(token)})

    async def call(self, request: Request) -> Response:
        call = self._app.journal.get(request.path_params["id"])
        if call is None:
            raise HTTPException(404, f"there is no call {request.path_params['id']}")
        return RecordResponse(call.record())

    async def wait(self, request: Request) -> Response:
        count = query_parameters.number(request, "count", 1)
        timeout = query_parameters.seconds(request, "timeout", 10.0)
        waits = waiting.wait_async(
            self._app.journal,
            query_parameters.wanted(request),
            count=count,
            timeout=timeout,
            among=replace(query_parameters.among(request, self._app), most=count),
        )
        found = await self._app.pending_waits.run(
            waits, request.receive, client_of(request.scope)
        )
        if found is None:
            return _refusal(
                503, "The mock is shutting down", "it accepts no more requests"
            )
        if len(found) < count:
            name = request.query_params.get("operation", "any operation")
            return _refusal(
                408,
                "The calls did not arrive",
                f"{len(found)} of {count} calls to {name} arrived within {timeout:g} s",
            )
        return RecordResponse({"calls": [call.record() for call in found]})

    async def events(self, request: Request) -> Response:
        if self._app.pending_waits.is_full:
            raise TooManyWaits
        is_wanted = query_parameters.wanted(request)
        found = events.stream(
            self._app.journal,
            query_parameters.resumed(request, self._app),
            is_wanted,
            self._app.pending_waits,
            request.receive,
            client_of(request.scope),
            summary if query_parameters.flag(request, "summary") else Call.record,
            query_parameters.most_at_once(request, is_wanted),
        )
        headers = {"cache-control": "no-store"}
        kept = events.until_failure(found)
        return StreamingResponse(kept, 200, headers, "text/event-stream")

    async def scripts(self, request: Request) -> Response:
        token = request.query_params.get("token")
        found = (
            _scripted(each)
            for each in self._app.scripts.all()
            if each.left and token in (None, each.token)
        )
        return RecordResponse({"responses": list(found)})

    async def script(self, request: Request) -> Response:
        operation = self._app.mock.names.find_readable(request.path_params["operation"])
        try:
            data, _ = json_text.read(await request.body())
        except ValueError as error:
            raise HTTPException(400, f"the body cannot be read: {error}") from None
        check = functools.partial(self._app.scripts.check, operation)
        script = self._app.scripts.put(
            operation, request.query_params.get("token"), _replies(data, check)
        )
        return RecordResponse(_scripted(script))

    async def unscript(self, request: Request) -> Response:
        operation = None
        if "operation" in request.path_params:
            operation = self._app.mock.names.find(request.path_params["operation"])
        token = request.query_params.get("token")
        return RecordResponse({"deleted": self._app.scripts.remove(operation, token)})


_MOST_REPLIES = 1_000
"""How many replies a script may have; no call is answered while they are checked."""


def _replies(data: Any, check: Callable[[Reply], Reply]) -> list[Reply]:
    """Read one reply, or the list of `replies`; `ReceiverError` names the wrong one."""
    if not isinstance(data, dict) or "replies" not in data:
        return [check(scripted_reply.from_object(data))]
    listed = data["replies"]
    if len(data) > 1 or not isinstance(listed, list) or not listed:
        message = "`replies` must be a list of at least one reply, alone."
        raise ReceiverError(message)
    if len(listed) > _MOST_REPLIES:
        message = f"`replies` has at most {_MOST_REPLIES}; `times` repeats a reply."
        raise ReceiverError(message)
    found = []
    for at, each in enumerate(listed):
        try:
            found.append(check(scripted_reply.from_object(each)))
        except ReceiverError as error:
            raise ReceiverError(f"#/replies/{at}: {error.message}") from None
    return found


def _scripted(script: Script) -> dict[str, Any]:
    return {
        "operation": reference(script.operation),
        "token": script.token,
        "replies": [each.record() for each in script.left],
    }
