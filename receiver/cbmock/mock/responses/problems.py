"""Problem details (RFC 9457) for whatever cbmock itself refuses.

It decides which of several violations names the problem, and its status. It must not know
what the document says about responses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from json import JSONEncoder
from typing import Any

import orjson

from cbmock.contract.security.requirements import Requirements
from cbmock.description.operations import Operation
from cbmock.http.messages import Headers, Response
from cbmock.mock.call import reference
from cbmock.violations import Violation, errors

BASE = "/_cbmock/problems/"
"""Where a running mock explains each problem type, by name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem type (RFC 9457 §3.1): its name, title and status, and what to do.

    `explanation` is for the page that its `type` leads to.
    """

    name: str
    title: str
    status: int
    explanation: str


UNMATCHED = Problem(
    "unmatched-request",
    "No callback or webhook is at this URL",
    404,
    "The URL fits no callback or webhook of the document. `nearest` lists the operations "
    "that look most like it; `cbmock list` prints the URL of each.",
)
UNDOCUMENTED_EVENT = Problem(
    "undocumented-event",
    "No callback or webhook is documented for this event",
    404,
    "A header or a member of the body names an event that none of the webhooks at this "
    "URL documents. Either the sender uses a wrong name, or the document lacks a webhook.",
)
METHOD = Problem(
    "method-not-documented",
    "The document has no such method at this URL",
    405,
    "The URL is that of a callback or webhook, but with another method: `Allow` lists "
    "those that are documented.",
)
UNAUTHORIZED = Problem(
    "unauthorized",
    "The documented credentials are missing or wrong",
    401,
    "The operation has security requirements, and the request satisfies none of them.",
)
SIGNATURE = Problem(
    "signature-invalid",
    "The signature does not fit the request",
    401,
    "The request is not signed, or its signature does not fit its content, its time or "
    "the secret that the mock was given.",
)
SENDER = Problem(
    "sender-refused",
    "The sender must not send to this URL",
    403,
    "The sender asked whether this URL wants its events, and was answered no, or did not "
    "show what it had been given.",
)
MEDIA_TYPE = Problem(
    "unsupported-media-type",
    "The media type is not documented",
    415,
    "The Content-Type of the request is none of those that the operation documents.",
)
MALFORMED = Problem(
    "malformed-request",
    "The request cannot be read",
    400,
    "The request, or its body, does not follow the syntax of HTTP or of its media type, "
    "or did not arrive whole.",
)
VIOLATION = Problem(
    "contract-violation",
    "The request violates the documented contract",
    422,
    "The request was read, and is not as the document says: `errors` lists each "
    "violation with its place and the line of the rule.",
)
NOT_ACCEPTABLE = Problem(
    "not-acceptable",
    "No documented media type is one that Accept allows",
    406,
    "The sender's Accept header excludes every media type of the documented response.",
)
SCRIPT = Problem(
    "script-failed",
    "The script that was to answer has failed",
    500,
    "A test gave this operation a function as its answer, and the function raised.",
)
TOO_LARGE = Problem(
    "content-too-large",
    "The body is larger than the mock allows",
    413,
    "The body, or what it decompresses to, is larger than the limit of the mock.",
)
UNAVAILABLE = Problem(
    "journal-unavailable",
    "The call could not be kept",
    503,
    "The journal cannot be written to now. Nothing of the request was kept; send it again.",
)
INTERNAL = Problem(
    "not-checked",
    "The request could not be checked",
    422,
    "cbmock itself failed while it checked the request. Unless its memory was short, that "
    "is an error of cbmock: please report it with the call's record.",
)

_ARRIVAL = {
    "malformed-http": Problem(
        "malformed-http",
        "What arrived is not a valid HTTP/1.1 request",
        400,
        "The bytes that arrived do not follow RFC 9112, or are of another protocol, such as "
        "TLS. The call's record has them as they came.",
    ),
    "incomplete": Problem(
        "incomplete-request",
        "The request did not arrive whole",
        400,
        "The sender ended the connection before all of the request had arrived.",
    ),
    "request-timeout": Problem(
        "request-timeout",
        "The request did not arrive whole in time",
        408,
        "The sender began a request and did not send its rest.",
    ),
    "target-too-long": Problem(
        "target-too-long",
        "The request's URL is too long",
        414,
        "The URL in the request line is longer than the limit of the mock.",
    ),
    "head-too-large": Problem(
        "head-too-large",
        "The request's head is too large",
        431,
        "The request line and the header fields together are larger than the limit of the "
        "mock.",
    ),
    "transfer-encoding": Problem(
        "unknown-transfer-coding",
        "The transfer coding is not supported",
        501,
        "Of all transfer codings only chunked is supported (RFC 9112 §6.1).",
    ),
    "unknown-method": Problem(
        "unknown-method",
        "The method is not known",
        501,
        "The method is none that HTTP knows, and none that the document has.",
    ),
    "too-many-connections": Problem(
        "too-many-connections",
        "No more connections are accepted",
        503,
        "As many connections are open as the limit of the mock allows.",
    ),
    "http-version": Problem(
        "http-version-not-supported",
        "The version of HTTP is not supported",
        505,
        "The request is of another version than HTTP/1.0 or HTTP/1.1.",
    ),
}
"""Problem types of requests that did not arrive whole, by the code of the violation."""

PROBLEMS: Mapping[str, Problem] = {
    each.name: each
    for each in (
        UNMATCHED,
        UNDOCUMENTED_EVENT,
        METHOD,
        UNAUTHORIZED,
        SIGNATURE,
        SENDER,
        MEDIA_TYPE,
        MALFORMED,
        VIOLATION,
        NOT_ACCEPTABLE,
        SCRIPT,
        TOO_LARGE,
        INTERNAL,
        *_ARRIVAL.values(),
    )
}
"""Every problem type of the mock by its name; the server has a page for each."""

_UNREADABLE = frozenset(
    {
        "syntax",
        "encoding",
        "content-coding",
        "too-deep",
    }
)


def problem_of(violations: tuple[Violation, ...]) -> Problem:
    """Return the most urgent: security, routing, media type, syntax, validation."""
    found = [_problem(each) for each in violations if each.severity == "error"]
    if len(found) == 1:
        return found[0]
    return min(found, key=lambda each: _RANKS[each.name], default=VIOLATION)


_URGENCY = (
    SCRIPT,
    *_ARRIVAL.values(),
    UNAUTHORIZED,
    SIGNATURE,
    SENDER,
    UNMATCHED,
    UNDOCUMENTED_EVENT,
    METHOD,
    TOO_LARGE,
    MEDIA_TYPE,
    MALFORMED,
    VIOLATION,
    NOT_ACCEPTABLE,
    INTERNAL,
)
_RANKS = {each.name: rank for rank, each in enumerate(_URGENCY)}

_BY_LOCATION = {
    "security": UNAUTHORIZED,
    "signature": SIGNATURE,
    "handshake": SENDER,
    "method": METHOD,
}
_BY_CODE = {
    "internal": INTERNAL,
    "not-acceptable": NOT_ACCEPTABLE,
    "script-failed": SCRIPT,
    "too-large": TOO_LARGE,
    "undocumented-event": UNDOCUMENTED_EVENT,
    "unmatched": UNMATCHED,
}


def _problem(violation: Violation) -> Problem:
    code = violation.code
    if violation.location == "delivery" and code in _ARRIVAL:
        return _ARRIVAL[code]
    known = _BY_CODE.get(code) or _BY_LOCATION.get(violation.location)
    if known is not None:
        return known
    if violation.location == "media_type":
        # RFC 9110 §15.5.16 (415) is for an unsupported type; a missing type is malformed.
        unsupported = code in ("media-type", "content-coding")
        return MEDIA_TYPE if unsupported else MALFORMED
    if violation.location == "body" and code in _UNREADABLE:
        return MALFORMED
    return VIOLATION


def details(
    status: int, title: str, detail: str, *, type: str = "about:blank", **members: Any
) -> Response:
    """Write problem details (RFC 9457); `members` are those beside the standard ones."""
    standard = {"type": type, "title": title, "status": status, "detail": detail}
    body = _json_of({**standard, **members})
    length = b"content-length", b"%d" % len(body)
    return Response(status, Headers((_PROBLEM_JSON, length)), body)


_PROBLEM_JSON = b"content-type", b"application/problem+json"


def _json_of(value: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # a lone surrogate, or an integer of more than 64 bits
        # Unlike `json.dumps`, it is not replaced by tests.
        return JSONEncoder(default=str).encode(value).encode()


def unavailable(detail: str) -> Response:
    """Answer a request that could not be kept, and say when to send it again."""
    found = details(
        UNAVAILABLE.status, UNAVAILABLE.title, detail, type=BASE + UNAVAILABLE.name
    )
    retry = Headers.of([("retry-after", "1")])
    return replace(found, headers=Headers((*found.headers.raw, *retry.raw)))


def response(
    violations: tuple[Violation, ...],
    *,
    call_id: int | None,
    operation: Operation | None = None,
    matched_by: str = "url",
    candidates: tuple[Operation, ...] = (),
    allow: tuple[str, ...] = (),
    requirements: Requirements = (),
) -> Response:
    """Return the answer that refuses a request with these violations.

    Only errors of the most urgent problem type are listed; the call's record has all
    (RFC 9457 §3). `matched_by` says what distinguished the operation from
    others, `allow` are the documented methods at the URL, `requirements` the accepted
    credentials; a 405 and a 401 must name them. `call_id` is None if it is not a
    call.
    """
    problem = problem_of(violations)
    shown = [
        each
        for each in violations
        if each.severity != "error" or _problem(each) is problem
    ]
    failed = errors(shown)
    members: dict[str, Any] = {}
    if call_id is not None:
        members["instance"] = f"/_cbmock/api/calls/{call_id}"
    if operation is not None:
        members["operation"] = {**reference(operation), "matched_by": matched_by}
    if candidates:
        members["nearest"] = [reference(each) for each in candidates]
    answer = details(
        problem.status,
        problem.title,
        _detail(failed, operation),
        type=BASE + problem.name,
        **members,
        errors=[each.record() for each in shown],
    )
    if problem is not METHOD and problem.status != UNAUTHORIZED.status:
        return answer
    fields = list(answer.headers)
    if problem is METHOD:
        fields.append(("allow", ", ".join(allow)))
    if problem.status == UNAUTHORIZED.status:
        fields.append(("www-authenticate", _challenge(requirements)))
    return replace(answer, headers=Headers.of(fields))


def _challenge(requirements: Requirements) -> str:
    """Name the accepted schemes (RFC 9110 §11.6.1)."""
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
