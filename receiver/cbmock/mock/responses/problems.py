"""Problem details for what the mock itself refuses (RFC 9457).

It decides which of several breaches names the problem, and its status. It must not know
what the document says about responses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.contract.security.requirements import Requirements
from cbmock.description.operations import Operation
from cbmock.http.messages import Headers, Response
from cbmock.mock.call import reference
from cbmock.violations import Violation, errors

_BASE = "https://pypi.org/project/openapi-receiver/#"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem type (RFC 9457 §3.1): its name, title and status."""

    name: str
    title: str
    status: int


UNMATCHED = Problem("unmatched-request", "No callback or webhook is at this URL", 404)
METHOD = Problem(
    "method-not-documented", "The document has no such method at this URL", 405
)
UNAUTHORIZED = Problem("unauthorized", "The documented credentials are missing", 401)
SIGNATURE = Problem("signature-invalid", "The signature does not fit the request", 401)
MEDIA_TYPE = Problem("unsupported-media-type", "The media type is not documented", 415)
MALFORMED = Problem("malformed-request", "The body cannot be read", 400)
VIOLATION = Problem(
    "contract-violation", "The request violates the documented contract", 422
)
NOT_ACCEPTABLE = Problem(
    "not-acceptable", "No documented media type is one that Accept takes", 406
)
SCRIPT = Problem("script-failed", "The script that was to answer has failed", 500)
TOO_LARGE = Problem("content-too-large", "The body is larger than the mock takes", 413)

_UNREADABLE = frozenset(
    {
        "syntax",
        "encoding",
        "content-coding",
        "too-deep",
        "incomplete",
        "malformed-http",
    }
)


def problem_of(violations: tuple[Violation, ...]) -> Problem:
    """Return the most urgent: security, routing, media type, syntax, validation."""
    found = {_problem(each) for each in errors(violations)}
    urgency = (UNAUTHORIZED, SIGNATURE, UNMATCHED, METHOD, TOO_LARGE, MEDIA_TYPE)
    for problem in (SCRIPT, *urgency, MALFORMED, VIOLATION):
        if problem in found:
            return problem
    return NOT_ACCEPTABLE if found else VIOLATION


def _problem(violation: Violation) -> Problem:
    by_location = {
        "security": UNAUTHORIZED,
        "signature": SIGNATURE,
        "method": METHOD,
    }
    if violation.location in by_location:
        return by_location[violation.location]
    if violation.code == "script-failed":
        return SCRIPT
    if violation.code == "unmatched":
        return UNMATCHED
    if violation.code == "not-acceptable":
        return NOT_ACCEPTABLE
    if violation.code == "too-large":
        return TOO_LARGE
    if violation.location == "media_type":
        # RFC 9110 §15.5.16 is for a type that is not taken; none at all is malformed.
        taken = violation.code not in ("media-type", "content-coding")
        return MALFORMED if taken else MEDIA_TYPE
    if violation.location in ("body", "delivery") and violation.code in _UNREADABLE:
        return MALFORMED
    return VIOLATION


def response(
    violations: tuple[Violation, ...],
    *,
    call_id: int,
    operation: Operation | None = None,
    matched_by: str = "url",
    candidates: tuple[Operation, ...] = (),
    allow: tuple[str, ...] = (),
    requirements: Requirements = (),
) -> Response:
    """Write the answer that refuses a request with these violations.

    Errors of other problem types than the most urgent are left to the call's record
    (RFC 9457 §3). `matched_by` says what told the operation from others, `allow`
    are the methods that the URL knows, `requirements` the credentials that would have
    done; a 405 and a 401 must name them.
    """
    problem = problem_of(violations)
    told = [
        each
        for each in violations
        if each.severity != "error" or _problem(each) == problem
    ]
    failed = errors(told)
    members: dict[str, Any] = {
        "type": _BASE + problem.name,
        "title": problem.title,
        "status": problem.status,
        "detail": _detail(failed, operation),
        "instance": f"/_cbmock/api/calls/{call_id}",
    }
    if operation is not None:
        members["operation"] = {**reference(operation), "matched_by": matched_by}
    if candidates:
        members["nearest"] = [reference(each) for each in candidates]
    members["errors"] = [each.record() for each in told]
    body = json.dumps(members, default=str).encode()
    headers = [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(body))),
    ]
    if problem is METHOD:
        headers.append(("allow", ", ".join(allow)))
    if problem.status == UNAUTHORIZED.status:
        headers.append(("www-authenticate", _challenge(requirements)))
    return Response(problem.status, Headers.of(headers), body)


def _challenge(requirements: Requirements) -> str:
    """Name the schemes that would do (RFC 9110 §11.6.1)."""
    schemes = (scheme for alternative in requirements for scheme in alternative)
    names = dict.fromkeys(_scheme(each.type, each.value) for each in schemes)
    return ", ".join(f'{name} realm="cbmock"' for name in names or ("Signature",))


def _scheme(kind: str, value: Mapping[str, Any]) -> str:
    if kind == "http" and str(value.get("scheme", "")).isalnum():
        return str(value["scheme"]).capitalize()
    return "ApiKey" if kind == "apiKey" else "Bearer"


def _detail(failed: tuple[Violation, ...], operation: Operation | None) -> str:
    if operation is None or len(failed) == 1:
        return failed[0].detail
    return f"{len(failed)} violations in {operation.method} {operation.name}"
