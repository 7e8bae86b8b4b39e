"""Choosing: which documented response a request is answered with.

It decides by what the request prefers (`Prefer`), what it accepts (`Accept`), and the
order of the document. It must not know how requests are checked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cbmock.http.messages import Request, Response
from cbmock.mock.responses import negotiation
from cbmock.mock.responses.documented import ANY, NotDocumented, Responses
from cbmock.violations import Violation

if TYPE_CHECKING:
    from cbmock.mock.responses.prefer import Preference


def chosen_response(
    responses: Responses,
    request: Request,
    preference: Preference | None,
    *,
    strict: bool,
) -> tuple[Response | None, tuple[Violation, ...]]:
    """Return the documented answer, and the violations found while it was chosen.

    None if the request prefers an answer that is not documented.
    """
    accept = negotiation.accept_of(request.headers)
    if accept is None and preference is None:
        return responses.default()
    if preference is not None and preference.violations:
        return None, preference.violations
    selection = ANY if preference is None else preference.selection
    try:
        answer = responses.answer(selection, accept)
    except NotDocumented as error:
        from cbmock.mock.responses import prefer  # noqa: PLC0415 - 3 ms, few need it

        return None, (prefer.refused(error, request),)
    if accept is None or answer.acceptable:
        return answer.response, answer.violations
    refused = negotiation.refused(accept, answer.offered, strict=strict)
    return answer.response, (*answer.violations, refused)


def documented_refusal(
    responses: Responses, violations: tuple[Violation, ...], request: Request
) -> Response | None:
    """Return the documented error that comes closest to the violations, if any does."""
    from cbmock.mock.responses import problems  # noqa: PLC0415 - 2 ms, valid requests have none

    status = problems.problem_of(violations).status
    return responses.refusal(status, negotiation.accept_of(request.headers))


def without_content(method: str, response: Response) -> Response:
    """Answer HEAD with the fields of the answer alone (RFC 9110 §9.3.2)."""
    return replace(response, body=b"") if method == "HEAD" else response
