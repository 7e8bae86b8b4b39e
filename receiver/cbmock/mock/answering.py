"""Answering: the answer to a request that was checked against its operation.

It decides between the documented responses and a problem. It must not know how the
operation was found or how a request is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from cbmock.contract.contract import Contract, ordered
from cbmock.contract.policy import Policy
from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.http.messages import Request, Response
from cbmock.mock.notes import Notes
from cbmock.mock.responses import choosing
from cbmock.mock.responses.documented import Responses
from cbmock.mock.routing.ranking import Choice
from cbmock.violations import Violation, errors

if TYPE_CHECKING:
    from cbmock.mock.misses import Misses
    from cbmock.mock.responses.prefer import Preference

OnViolation = Literal["reject", "accept", "documented"]
"""The answer to a request with violations: a problem (RFC 9457), the documented success,
or the documented error."""


class Answering:
    """Chooses the answers of one mock."""

    def __init__(
        self,
        policy: Policy,
        on_violation: OnViolation,
        contract_of: Callable[[Operation], Contract],
        responses_of: Callable[[Operation], Responses],
        misses: Callable[[], Misses],
        redaction: Redaction,
    ) -> None:
        """Answer by what each operation documents."""
        self._policy = policy
        self._on_violation = on_violation
        self._contract_of = contract_of
        self._responses_of = responses_of
        self._misses = misses
        self._redaction = redaction
        self._notes = Notes()

    def answer(
        self, choice: Choice, request: Request, preference: Preference | None, id: int
    ) -> tuple[tuple[Violation, ...], Response]:
        """Return all violations of a request, and its answer."""
        operation = choice.candidate.operation
        violations = self._of_url(choice) + choice.verdict.violations
        responses = self._responses_of(operation)
        response, found = choosing.chosen_response(
            responses, request, preference, strict=self._policy.strict
        )
        violations += inherent_violations(operation) + found
        if errors(violations):
            misses = self._misses()
            violations = misses.with_others(request, choice.candidate, violations)
        if violations:
            violations = self._notes.without_repeats(operation, violations)
            violations = tuple(map(self._redaction.violation, violations))
        if response is None or (self._on_violation != "accept" and errors(violations)):
            response = self._refusal(choice, violations, request, id)
        return violations, choosing.without_content(request.method, response)

    def _of_url(self, choice: Choice) -> tuple[Violation, ...]:
        """Return what is wrong with the URL; some empty variables are as they should be."""
        found = choice.candidate.violations
        if not found:
            return ()
        empty = self._contract_of(choice.candidate.operation).empty_variables
        return tuple(
            each for each in found if each.code != "undefined" or each.name not in empty
        )

    def _refusal(
        self,
        choice: Choice,
        violations: tuple[Violation, ...],
        request: Request,
        call_id: int,
    ) -> Response:
        operation = choice.candidate.operation
        violations = ordered(violations)
        if self._on_violation == "documented":
            responses = self._responses_of(operation)
            documented = choosing.documented_refusal(responses, violations, request)
            if documented is not None:
                return documented
        from cbmock.mock.responses import problems  # noqa: PLC0415 - 2 ms, valid requests have none

        return problems.response(
            violations,
            call_id=call_id,
            operation=operation,
            matched_by=choice.decided_by,
            requirements=self._contract_of(operation).security,
        )


_DEPRECATED = Violation(
    location="url",
    code="deprecated-operation",
    detail="the operation is deprecated",
    severity="info",
)


def inherent_violations(operation: Operation) -> tuple[Violation, ...]:
    """Return the violations of an operation that any request to it has."""
    node = operation.node
    deprecated = node is not None and node.value.get("deprecated") is True
    return (_DEPRECATED,) if deprecated else ()
