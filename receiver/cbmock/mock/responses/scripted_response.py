"""Scripted responses: the answer that a scripted reply gives to a call.

It decides the Response, and the violation for a status that is not documented or a script
that fails. It must not know which reply is next, or how it is sent: `scripted_reply` says
what a reply may state.
"""

from __future__ import annotations

import json
import traceback
from dataclasses import replace
from typing import Any

from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.http import media_types
from cbmock.http.messages import Headers, Response
from cbmock.mock.call import Call, Scripted
from cbmock.mock.examples import ABSENT
from cbmock.mock.faults import FAULTS, sent_with
from cbmock.mock.responses import problems
from cbmock.mock.responses.documented import (
    BODILESS,
    NO_CONTENT,
    Responses,
    ResponseSelection,
    UnknownExample,
    UnknownStatus,
)
from cbmock.mock.responses.scripted_reply import Reply
from cbmock.violations import Violation, errors, shortened


def answer(
    reply: Reply, operation: Operation, responses: Responses
) -> tuple[Response, tuple[Violation, ...]]:
    """Return the answer that a reply asks for, with a warning if it is not documented.

    Raises `ReceiverError` if the reply does not fit the documented answers.
    """
    selection = ResponseSelection(status=reply.status, example=reply.example)
    try:
        documented = responses.answer(selection)
    except UnknownStatus:
        if reply.example is not None:
            raise UnknownExample(reply.example, ()) from None
        status = reply.status or NO_CONTENT.status
        return (
            _with_own_content(reply, Response(status)),
            (_undocumented(operation, responses, status),),
        )
    response = _with_own_content(reply, documented.response)
    if reply.json is not ABSENT:
        return response, _invalid(reply.json, response, responses)
    return response, () if reply.body is not None else documented.violations


def play(call: Call, reply: Reply, operation: Operation, responses: Responses) -> Call:
    """Return a call with the answer that a reply makes."""
    response, undocumented = answer(reply, operation, responses)
    if call.method == "HEAD":
        response = replace(response, body=b"")
    return replace(
        call,
        response=response,
        violations=call.violations + undocumented,
        scripted=Scripted(reply.delay, reply.fault),
        sent=sent_with(reply.fault),
    )


def failed(call: Call, operation: Operation, error: BaseException) -> Call:
    """Return a call whose script raised an error, so that the test sees it."""
    where = next(
        (
            f" ({frame.f_code.co_filename}:{line})"
            for frame, line in traceback.walk_tb(error.__traceback__)
            if not frame.f_globals.get("__name__", "").startswith("cbmock.")
        ),
        "",
    )
    what = error.message if isinstance(error, ReceiverError) else str(error)
    violation = Violation(
        location="delivery",
        code="script-failed",
        detail=f"the script of {operation.name} raised {type(error).__name__}: {what}{where}",
    )
    return replace(
        call,
        response=problems.response((violation,), call_id=call.id, operation=operation),
        violations=(*call.violations, violation),
        scripted=Scripted(),
    )


def without_repeats(call: Call) -> Call:
    """Leave out the warning about an undocumented status, which an earlier call has."""
    others = (each for each in call.violations if each.code != "undocumented-status")
    return replace(call, violations=tuple(others))


def _undocumented(operation: Operation, responses: Responses, status: int) -> Violation:
    listed = ", ".join(responses.codes) or "none"
    return Violation(
        location="delivery",
        code="undocumented-status",
        severity="info",
        detail=f"the script answers {status}, which is not documented (documented: {listed})",
        schema=f"{operation.pointer}/responses",
        expected=list(responses.codes),
        received=status,
    )


def _invalid(
    value: Any, response: Response, responses: Responses
) -> tuple[Violation, ...]:
    """Return a warning for a JSON body that breaks the schema documented for it."""
    stated = response.headers.get("content-type")
    schema = responses.schema(response.status, stated or "")
    try:
        if schema is None or schema.is_valid(value):
            return ()
    except UnresolvableReference:
        return ()
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - 30 ms, loads jsonschema

    found = errors(explanation.explain(schema, value))
    first = f"{found[0].detail} at {found[0].pointer}" if found else "it is not valid"
    return (
        Violation(
            location="delivery",
            code="response-invalid",
            severity="warning",
            detail=(
                f"the script's {response.status} response does not fit the documented "
                f"schema: {first}"
            ),
            schema=schema.node.pointer,
            received=shortened(value),
        ),
    )


def _with_own_content(reply: Reply, base: Response) -> Response:
    """Return the documented answer with the reply's own body and headers in it."""
    media_type = base.headers.get("content-type")
    body = base.body
    if reply.json is not ABSENT:
        body = json.dumps(reply.json, ensure_ascii=False).encode("utf-8", "replace")
        media_type = _json_type(media_type)
    elif isinstance(reply.body, str):
        body = reply.body.encode("utf-8", "replace")
        media_type = media_type or "text/plain; charset=utf-8"
    elif reply.body is not None:
        body = reply.body
        media_type = media_type or ("application/octet-stream" if body else None)
    if body and base.status in BODILESS:
        raise ReceiverError(f"a {base.status} response has no body: leave it out.")
    if not body and reply.fault is not None and FAULTS[reply.fault].needs_body:
        message = (
            f"fault={reply.fault!r} needs a body, and the documented response "
            f"{base.status} has none: give json or body."
        )
        raise ReceiverError(message)
    return Response(base.status, _headers(reply, base, media_type, len(body)), body)


def _json_type(documented: str | None) -> str:
    found = media_types.parse(documented or "")
    return documented if documented and found and found.is_json else "application/json"


def _headers(
    reply: Reply, base: Response, media_type: str | None, length: int
) -> Headers:
    fields = [] if media_type is None else [("content-type", media_type)]
    fields += [
        (name, value)
        for name, value in base.headers
        if name.lower() not in ("content-type", "content-length")
    ]
    own = {name.lower() for name, _ in reply.pairs}
    fields = [each for each in fields if each[0].lower() not in own]
    fields += reply.pairs
    if base.status not in BODILESS:
        fields.append(("content-length", str(length)))
    return Headers.of(fields)
