"""The control API's triggers: exchanges that other programs report.

It decides the shapes of `POST triggers` and `GET triggers`, which
`control.openapi.json` describes. It must not know how calls are matched with triggers.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cbmock import clocks
from cbmock.errors import ReceiverError
from cbmock.http import messages
from cbmock.mock.call import dumps
from cbmock.reports import trigger_list
from cbmock.server.control_target import ControlTarget
from cbmock.server.record_response import RecordResponse
from cbmock.triggers.correlation import correlate_log
from cbmock.triggers.key_evaluation import Exchange, exchange
from cbmock.triggers.missing_policy import MissingPolicy

_STATUSES = range(100, 600)


def routes(app: ControlTarget) -> list[Route]:
    """Return the routes below `/_cbmock/api`."""
    api = _Triggers(app)
    return [
        Route("/triggers", api.report, methods=["POST"]),
        Route("/triggers", api.list, methods=["GET"]),
        Route("/triggers", api.clear, methods=["DELETE"]),
    ]


class _Triggers:
    def __init__(self, app: ControlTarget) -> None:
        self._app = app

    async def report(self, request: Request) -> Response:
        """Record a finished exchange; its callbacks may have arrived already."""
        found, token, policy = _read(await _body(request))
        log = self._app.triggers
        trigger = found.request
        if not log.parents.callbacks(trigger.method, trigger.target):
            known = ", ".join(log.parents.request_lines) or "no operation"
            message = (
                f"{trigger.method} {trigger.target[:200]} triggers no documented "
                f"callback; these requests do: {known}"
            )
            raise ReceiverError(message)
        now = clocks.wall()
        # Like a call without a token, it belongs to the running test.
        token = self._app.token if token is None else token
        begun = log.begin(found, token=token, now=now, after=0)
        ended = log.end(begun, found, now=now, policy=policy)
        correlation = await asyncio.to_thread(
            correlate_log, self._app.triggers, self._app.journal
        )
        listed = trigger_list.listing(correlation, now, besides=[ended])
        own = next(each for each in listed if each["id"] == ended.id)
        return RecordResponse(own, 201)

    async def list(self, request: Request) -> Response:
        token = request.query_params.get("token")
        after = request.query_params.get("after", "0")
        if not re.fullmatch(r"[0-9]{1,18}", after):
            message = f"after={after[:50]!r} is not an integer"
            raise ReceiverError(message)
        correlation = await asyncio.to_thread(
            correlate_log, self._app.triggers, self._app.journal, token, int(after)
        )
        now = clocks.wall()
        refused = [
            each
            for each in self._app.triggers.seen()
            if not each.due and each.id > int(after) and token in (None, each.token)
        ]
        strays = [
            {"call": call, "violations": [each.record() for each in violations]}
            for call, violations in sorted(correlation.violations.items())
        ]
        records = trigger_list.listing(correlation, now, besides=refused)
        return RecordResponse({"triggers": records, "strays": strays})

    async def clear(self, request: Request) -> Response:
        token = request.query_params.get("token")
        return RecordResponse({"deleted": self._app.triggers.clear(token=token)})


# --- reported exchanges ---------------------------------------------------------------------


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except (ValueError, RecursionError):
        message = "the body is not valid JSON"
        raise ReceiverError(message) from None


def _read(data: Any) -> tuple[Exchange, str | None, MissingPolicy]:
    """Read a reported exchange; `ReceiverError` names the wrong member."""
    _require(isinstance(data, dict), "a trigger must be a JSON object")
    known = {"method", "url", "headers", "body", "body_base64", "response"}
    known |= {"token", "missing", "settle"}
    extra = sorted(str(name)[:50] for name in data.keys() - known)
    _require(not extra, f"a trigger has no {', '.join(extra)}; it has {_listed(known)}")
    method, url, token = data.get("method"), data.get("url"), data.get("token")
    _require(isinstance(method, str) and method, "`method` is missing")
    _require(
        isinstance(url, str) and re.match(r"https?://[^/?#\s]", url, re.IGNORECASE),
        "`url` must be the absolute URL of the request",
    )
    _require(token is None or isinstance(token, str), "`token` must be a string")
    settle = data.get("settle", MissingPolicy().settle)
    is_number = isinstance(settle, int | float) and not isinstance(settle, bool)
    _require(is_number, "`settle` must be a number of seconds")
    policy = MissingPolicy(data.get("missing", "auto"), settle)
    try:
        found = exchange(
            method,
            url,
            _headers(data, "headers"),
            _content(data, "body"),
            _response(data.get("response")),
        )
    except ValueError:  # from urlsplit, for a host such as `[`
        message = "`url` is not a valid URL"
        raise ReceiverError(message) from None
    return found, token, policy


def _response(data: Any) -> messages.Response | None:
    if data is None:
        return None
    _require(isinstance(data, dict), "`response` must be a JSON object")
    status = data.get("status")
    is_status = isinstance(status, int) and status in _STATUSES
    _require(is_status, "`response.status` must be an integer from 100 to 599")
    return messages.Response(
        status, _headers(data, "response.headers"), _content(data, "response.body")
    )


def _headers(data: dict[str, Any], name: str) -> messages.Headers:
    pairs = data.get(name.rpartition(".")[2])
    wrong = f"`{name}` must be a list of pairs of strings"
    _require(pairs is None or isinstance(pairs, list), wrong)
    for pair in pairs or ():
        is_pair = isinstance(pair, list) and [type(each) for each in pair] == [str, str]
        _require(is_pair, wrong)
    return messages.Headers.of((one, other) for one, other in pairs or ())


def _content(data: dict[str, Any], name: str) -> bytes:
    short = name.rpartition(".")[2]
    body, encoded = data.get(short), data.get(f"{short}_base64")
    _require(body is None or encoded is None, f"`{name}` is given twice")
    if encoded is not None:
        _require(isinstance(encoded, str), f"`{name}_base64` must be a string")
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            message = f"`{name}_base64` is not base64"
            raise ReceiverError(message) from None
    if isinstance(body, dict | list):
        return dumps(body).encode()
    _require(
        body is None or isinstance(body, str), f"`{name}` must be a string or JSON"
    )
    return (body or "").encode("utf-8", "replace")


def _require(holds: Any, otherwise: str) -> None:
    if not holds:
        raise ReceiverError(otherwise)


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
