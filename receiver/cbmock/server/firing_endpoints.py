"""The control API's deliveries: other programs let the mock fire and replay.

It decides the shapes of `POST fire` and `POST replay`, which `control.openapi.json`
describes, and that only receivers on this machine are sent requests. It must not know
how requests are made.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cbmock.errors import ReceiverError
from cbmock.firing.documented_request import Choices
from cbmock.firing.receivers import Target, target
from cbmock.firing.replaying import gaps, replay
from cbmock.firing.sender import ShotSender
from cbmock.firing.shots import changes
from cbmock.journal.waiting import CallFilter
from cbmock.mock.call import Call
from cbmock.server.control_target import ControlTarget
from cbmock.server.record_response import RecordResponse
from cbmock.server.request_object import request_object
from cbmock.signatures.signature import Signature

_FIRE = {
    "operation": str,
    "to": str,
    "example": str,
    "set": dict,
    "values": dict,
    "headers": dict,
    "seed": int,
    "id": str,
    "signature": (str, dict),
    "secret": (str, list),
    "within": (int, float),
}
_REPLAY = {
    "to": str,
    "id": int,
    "operation": str,
    "token": str,
    "valid": bool,
    "rate": (int, float),
    "signature": (str, dict),
    "secret": (str, list),
}
_MOST_REPLAYED = 10_000


def routes(app: ControlTarget) -> list[Route]:
    """Return the routes below `/_cbmock/api`."""
    api = _Firing(app)
    return [
        Route("/fire", api.fire, methods=["POST"]),
        Route("/replay", api.replay, methods=["POST"]),
    ]


class _Firing:
    def __init__(self, app: ControlTarget) -> None:
        self._app = app

    async def fire(self, request: Request) -> Response:
        """Fire one documented delivery at a receiver, and judge the answer."""
        given = await _members(request, _FIRE, {"operation", "to"})
        to = _local(given["to"])
        sender = ShotSender(self._app.mock)
        shot = sender.shot(
            given["operation"],
            to,
            choices=Choices(
                example=given.get("example"),
                values={k: str(v) for k, v in given.get("values", {}).items()},
                changes=changes(given.get("set", {})),
                seed=given.get("seed", 0),
            ),
            headers=[(k, str(v)) for k, v in given.get("headers", {}).items()],
            id=given.get("id"),
            signature=_signature(given),
        )
        answers = await sender.send([shot], to, within=given.get("within"))
        return RecordResponse(answers[0].record())

    async def replay(self, request: Request) -> Response:
        """Send recorded calls again, and judge the answers."""
        given = await _members(request, _REPLAY, {"to"})
        to, app = _local(given["to"]), self._app
        operation = None
        if "operation" in given:
            operation = app.mock.names.find(given["operation"]).identity
        among = CallFilter(operation=operation, token=given.get("token"))
        calls = [
            each
            for each in self._recorded(given.get("id"), among)
            if given.get("valid") in {None, each.valid}
        ]
        if len(calls) > _MOST_REPLAYED:
            raise ReceiverError(
                f"{len(calls)} calls are more than {_MOST_REPLAYED}: name an `operation` or "
                "a token"
            )
        rate = given.get("rate")
        if rate is not None and rate <= 0:
            raise ReceiverError("`rate` must be greater than 0")
        found = replay(
            calls,
            to,
            signature=_signature(given),
            times=gaps(calls, rate, pace=False),
            description=app.mock.description,
        )
        return RecordResponse({"replayed": [each.record() async for each in found]})

    def _recorded(self, id: int | None, among: CallFilter) -> Iterator[Call]:
        """Yield the calls of an operation and a test, or the one with an id."""
        journal = self._app.journal
        if id is None:
            yield from journal.each(operation=among.operation, token=among.token)
            return
        call = journal.get(id)
        if call is not None and among.admits(call):
            yield call


async def _members(
    request: Request, known: dict[str, Any], required: set[str]
) -> dict[str, Any]:
    """Read the body: an object with known members, each of its type."""
    data = await request_object(request)
    for name, value in data.items():
        if name not in known:
            raise ReceiverError(f"{name[:50]!r} is not one of {', '.join(known)}")
        is_number = known[name] in (int, (int, float))
        if not isinstance(value, known[name]) or (is_number and value is True):
            raise ReceiverError(f"`{name}` has a value of the wrong type")
    for name in sorted(required - data.keys()):
        raise ReceiverError(f"`{name}` is missing")
    return data


def _local(to: str) -> Target:
    """Return a receiver by its URL, which must be on this machine.

    Only URLs: a client of the control API must not make the mock import a module.
    """
    if not to.startswith(("http://", "https://")):
        raise ReceiverError("`to` must be a URL")
    found = target(to)
    if not found.is_local:
        raise ReceiverError(
            f"{to[:200]} is not on this machine; use `cbmock fire` or `cbmock replay` instead"
        )
    return found


def _signature(given: dict[str, Any]) -> Signature | None:
    if "signature" not in given:
        return None
    return Signature(given["signature"], secret=given.get("secret", ()))
