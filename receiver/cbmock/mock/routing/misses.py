"""Misses: the violation of a request that no operation was found for.

It decides what the sender is told: the nearest operations, and what may have gone wrong.
It must not know how routes are found.
"""

from __future__ import annotations

from cbmock.http.messages import Request
from cbmock.http.methods import REGISTERED
from cbmock.mock.routing.router import RouteMatch
from cbmock.mock.routing.routes import shape
from cbmock.violations import Violation, shortened


def violation(request: Request, match: RouteMatch) -> Violation:
    """Return what is wrong with a request that has no candidates."""
    if match.allow:
        return _method(request, match)
    if request.method not in REGISTERED:
        detail = f"the method {request.method[:50]!r} is not known"
        return Violation(location="delivery", code="unknown-method", detail=detail)
    detail = f"no callback or webhook is at {shortened(request.path) or '/'}"
    if match.hint:
        detail += f": {match.hint}"
    if match.nearest:
        detail += f"; nearest: {_listed(match)}"
    return Violation(
        location="url", code="unmatched", detail=detail, received=request.target[:500]
    )


def _method(request: Request, match: RouteMatch) -> Violation:
    allowed = ", ".join(match.allow)
    return Violation(
        location="method",
        code="method",
        detail=(
            f"{request.method[:50]} is not documented at this URL, only {allowed}: "
            f"{_listed(match)}"
        ),
        expected=list(match.allow),
        received=request.method[:50],
    )


def _listed(match: RouteMatch) -> str:
    return ", ".join(
        f"{route.operation.name} ({route.operation.method} {shape(route)})"
        for route in match.nearest
    )
