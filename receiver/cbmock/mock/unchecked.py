"""Unchecked: calls for requests that could not be checked against a contract.

It decides what is recorded about bytes that are not a whole request, and about a request
that cbmock itself failed to check. It must not know the reason.
"""

from __future__ import annotations

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.http.messages import Headers, Request, Response
from cbmock.mock.call import Call
from cbmock.mock.responses import choosing, problems
from cbmock.mock.routing.router import RouteMatch, Router
from cbmock.violations import Violation, internal

_STATUS = 422


class Unchecked:
    """Builds the calls of requests that were not checked."""

    def __init__(self, router: Router, redaction: Redaction) -> None:
        """Find operations by a router."""
        self._router = router
        self._redaction = redaction

    def malformed(
        self,
        request: Request,
        violation: Violation,
        *,
        id: int,
        now: float,
        token: str | None,
    ) -> Call:
        """Return the call of something that arrived but is not a whole HTTP request."""
        match = self._match(request)
        operation = match.candidates[0].operation if match.candidates else None
        violation = self._redaction.violation(violation)
        response = _problem(violation, id, operation)
        has_some = request.method or request.body
        return Call(
            id=id,
            token=token if match.token is None else match.token,
            received_at=now,
            outcome="malformed",
            operation=operation,
            violations=(violation,),
            request=request,
            response=choosing.without_content(request.method, response),
            # Where nothing arrived, not even a connection came about.
            sent="whole" if has_some else "nothing",
            redaction=self._redaction,
        )

    def failed(
        self,
        request: Request,
        error: BaseException,
        *,
        id: int,
        now: float,
        token: str | None,
    ) -> Call:
        """Return the call of a request that cbmock itself failed to check.

        It has an operation if the URL alone identifies one.
        """
        violation = internal(error)
        match = self._match(request)
        only = len(match.candidates) == 1
        operation = match.candidates[0].operation if only else None
        return Call(
            id=id,
            token=token if match.token is None else match.token,
            received_at=now,
            outcome="unmatched" if operation is None else "matched",
            operation=operation,
            violations=(violation,),
            request=request,
            response=_problem(violation, id, operation),
            redaction=self._redaction,
        )

    def _match(self, request: Request) -> RouteMatch:
        try:
            return self._router.find(request)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - routing may be what failed
            return RouteMatch(None)


def _problem(violation: Violation, id: int, operation: Operation | None) -> Response:
    """Return the problem, or its bare status where writing it may be what failed."""
    try:
        return problems.response((violation,), call_id=id, operation=operation)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - (the same)
        return Response(_STATUS, Headers.of([("content-length", "0")]))
