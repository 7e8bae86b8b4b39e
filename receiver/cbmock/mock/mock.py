"""The mock: a request in, a call out, whatever the request holds.

It decides the order of routing, checking and answering. It must not know sockets, clocks
or where calls are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from cbmock.contract.contract import CheckResult, Contract, ordered
from cbmock.contract.policy import DEFAULT, Policy
from cbmock.contract.security import redaction
from cbmock.description import broken_references, operations
from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import DEFAULT_SCOPE, Operation, Scope
from cbmock.description.references import Description
from cbmock.http.messages import Request, Response
from cbmock.mock.call import Call
from cbmock.mock.responses import negotiation
from cbmock.mock.responses.documented import ANY, NotDocumented, Responses
from cbmock.mock.routing.ranking import Choice, Ranking
from cbmock.mock.routing.router import RouteMatch, Router
from cbmock.mock.routing.routes import shape
from cbmock.mock.routing.urls import Mount, mounts
from cbmock.mock.verdict_cache import CachedVerdict, VerdictCache
from cbmock.violations import Violation, errors, shortened

if TYPE_CHECKING:
    from cbmock.lint.findings import Finding
    from cbmock.mock.responses.prefer import Preference
    from cbmock.signatures.signature import Signature

OnViolation = Literal["reject", "accept", "documented"]
"""What a request in breach is answered: a problem (RFC 9457), the documented success, or
the documented error."""

_NONE: Mapping[str | None, Signature] = MappingProxyType({})


def _at_once() -> float:
    return 0.0


class Mock:
    """The external API of one description.

    Compiled contracts and answers are remembered; nothing else changes.
    """

    def __init__(
        self,
        description: Description,
        *,
        on_violation: OnViolation = "reject",
        scope: Scope = DEFAULT_SCOPE,
        policy: Policy = DEFAULT,
        prefer: bool = False,
    ) -> None:
        """Find the operations; `DocumentError` where the document is no OpenAPI 3.

        `prefer` lets a request ask for one of its documented answers.
        """
        self.description = description
        self.on_violation = on_violation
        self._prefer = prefer
        self.policy = policy
        self.operations = broken_references.readable(
            operations.discover(description, scope), description
        )
        self.names = OperationNames(self.operations)
        self.mounts = mounts(self.operations)
        self._mount_of = {id(mount.operation): mount for mount in self.mounts}
        self._router = Router(self.mounts)
        self._ranking = Ranking(self.contract_of)
        self._precedents = VerdictCache(self._router)
        self._redaction = redaction.redaction_of(
            description,
            (each.node for each in self.operations if each.node is not None),
        )
        self._contracts: dict[int, Contract] = {}
        self._responses: dict[int, Responses] = {}

    def mount_of(self, operation: Operation) -> Mount | None:
        """Return where an operation is served; None where it is not."""
        return self._mount_of.get(id(operation))

    def contract_of(self, operation: Operation) -> Contract:
        """Return what the document asks of requests to an operation."""
        contract = self._contracts.get(id(operation))
        if contract is None:
            contract = Contract(operation, self.description, self.policy)
            self._contracts[id(operation)] = contract
        return contract

    def responses_of(self, operation: Operation) -> Responses:
        """Return what the document says is answered."""
        responses = self._responses.get(id(operation))
        if responses is None:
            responses = Responses(operation, self.description)
            self._responses[id(operation)] = responses
        return responses

    def findings_of(self, operation: Operation) -> tuple[Finding, ...]:
        """Return the faults of the examples that are answered all the same.

        They are looked for when first asked: that takes a large document its time.
        """
        return self.responses_of(operation).findings

    def receive(
        self,
        request: Request,
        *,
        id: int,
        now: float,
        token: str | None = None,
        fault: Violation | None = None,
        signatures: Mapping[str | None, Signature] = _NONE,
        elapsed: Callable[[], float] = _at_once,
    ) -> Call:
        """Take in one request; never raises.

        `id` is the call's number, `now` the time in seconds since the epoch, `token` the
        test that calls without one of their own belong to, `fault` why the request did
        not arrive whole, which makes all other checks moot, `signatures` what tests ask
        for, by token, instead of what is configured. `elapsed` tells how many seconds it has taken so
        far.
        """
        plain = fault is None and not self._prefer
        known = self._precedents.find(request) if plain else None
        if known is not None:
            token = token if known.token is None else known.token
        if known is not None and self._is_signed(
            known, request, now, signatures.get(token)
        ):
            return Call.like(known.common, id, token, now, request, elapsed())
        call = self._judged(
            request, id=id, now=now, token=token, fault=fault, signatures=signatures
        )
        return replace(call, duration=elapsed())

    def _judged(
        self,
        arrived: Request,
        *,
        id: int,
        now: float,
        token: str | None,
        fault: Violation | None,
        signatures: Mapping[str | None, Signature],
    ) -> Call:
        """Look at all of a request."""
        request, asked = arrived, None
        if self._prefer:
            from cbmock.mock.responses import prefer  # noqa: PLC0415 - few need it

            asked = prefer.read(arrived)
            request = asked.request
        routed = self._router.find(request)
        token = routed.token if routed.token is not None else token
        if not routed.candidates:
            return self._missed(arrived, routed, id=id, now=now, token=token)
        if fault is not None:
            choice = Choice(routed.candidates[0], CheckResult(violations=(fault,)))
        else:
            choice = self._ranking.choose(routed.candidates, request, now=now)
            contract = self.contract_of(choice.candidate.operation)
            wrong = contract.check_signature(request, now, signatures.get(token))
            if wrong:
                verdict = choice.verdict
                found = ordered(verdict.violations + wrong)
                choice = choice._replace(verdict=verdict._replace(violations=found))
        violations, response = self._answered(choice, request, asked, id)
        call = Call(
            id=id,
            token=token,
            received_at=now,
            outcome="ambiguous" if choice.others else "matched",
            operation=choice.candidate.operation,
            violations=violations,
            candidates=tuple(each.operation for each in choice.others),
            decided_by=choice.decided_by,
            decided_between=choice.between,
            request=arrived,
            response=response,
            redaction=self._redaction,
        )
        alone = asked is None and fault is None and len(routed.candidates) == 1
        if alone and violations == _own(choice.candidate.operation):
            contract = self.contract_of(choice.candidate.operation)
            self._precedents.learn(choice.candidate, request, contract, call.common)
        return call

    def _is_signed(
        self,
        known: CachedVerdict,
        request: Request,
        now: float,
        signature: Signature | None,
    ) -> bool:
        """Tell whether a request that is good otherwise carries a good signature."""
        if signature is None and not self.policy.signs:
            return True
        contract = self.contract_of(known.common["operation"])
        return not contract.check_signature(request, now, signature)

    def _answered(
        self, choice: Choice, request: Request, asked: Preference | None, id: int
    ) -> tuple[tuple[Violation, ...], Response]:
        """Return all that is to be said of a request, and its answer."""
        operation = choice.candidate.operation
        violations = choice.candidate.violations + choice.verdict.violations
        response, remarks = self._wanted(operation, request, asked)
        violations += _own(operation) + remarks
        if violations:
            violations = tuple(map(self._redaction.violation, violations))
        if response is None or (self.on_violation != "accept" and errors(violations)):
            response = self._refusal(choice, violations, request, id)
        return violations, _without_content(request.method, response)

    def refuse(
        self, request: Request, violation: Violation, *, id: int, now: float
    ) -> Call:
        """Record what arrived and could not be taken for a request at all."""
        return Call(
            id=id,
            token=None,
            received_at=now,
            outcome="unmatched",
            operation=None,
            violations=(violation,),
            request=request,
            response=_problem((violation,), call_id=id),
            redaction=self._redaction,
        )

    def check_body(
        self, body: bytes, media_type: str | None, operation: Operation
    ) -> tuple[Violation, ...]:
        """Hold a body against one operation, whatever else a request has.

        Without `media_type` it is taken for the first that is documented.
        """
        return self.contract_of(operation).check_body(body, media_type)

    def _wanted(
        self, operation: Operation, request: Request, asked: Preference | None
    ) -> tuple[Response | None, tuple[Violation, ...]]:
        """Return the documented answer, and what is to be said of what was asked for.

        None where an answer is asked for that cannot be had.
        """
        responses = self.responses_of(operation)
        accept = negotiation.asked(request.headers)
        if accept is None and asked is None:
            return responses.success(), ()
        if asked is not None and asked.violations:
            return None, asked.violations
        try:
            answer = responses.answer(ANY if asked is None else asked.wanted, accept)
        except NotDocumented as error:
            from cbmock.mock.responses import prefer  # noqa: PLC0415 - few need it

            return None, (prefer.refused(error, request),)
        if accept is None or answer.acceptable:
            return answer.response, ()
        strict = self.policy.strict
        refused = negotiation.refused(accept, answer.offered, strict=strict)
        return answer.response, (refused,)

    def _refusal(
        self,
        choice: Choice,
        violations: tuple[Violation, ...],
        request: Request,
        call_id: int,
    ) -> Response:
        operation = choice.candidate.operation
        violations = ordered(violations)
        if self.on_violation == "documented":
            from cbmock.mock.responses import problems  # noqa: PLC0415 - good requests have none

            status = problems.problem_of(violations).status
            accept = negotiation.asked(request.headers)
            documented = self.responses_of(operation).refusal(status, accept)
            if documented is not None:
                return documented
        return _problem(
            violations,
            call_id=call_id,
            operation=operation,
            matched_by=choice.decided_by,
            requirements=self.contract_of(operation).security,
        )

    def _missed(
        self,
        request: Request,
        routed: RouteMatch,
        *,
        id: int,
        now: float,
        token: str | None,
    ) -> Call:
        violation = _missed_url(request, routed)
        if routed.allow:
            violation = _missed_method(request, routed)
        violation = self._redaction.violation(violation)
        nearest = tuple(route.operation for route in routed.nearest)
        return Call(
            id=id,
            token=token,
            received_at=now,
            outcome="wrong_method" if routed.allow else "unmatched",
            operation=None,
            violations=(violation,),
            candidates=nearest,
            request=request,
            response=_without_content(
                request.method,
                _problem(
                    (violation,), call_id=id, candidates=nearest, allow=routed.allow
                ),
            ),
            redaction=self._redaction,
        )


def _problem(violations: tuple[Violation, ...], **said: Any) -> Response:
    from cbmock.mock.responses import problems  # noqa: PLC0415 - good requests have none

    return problems.response(violations, **said)


_DEPRECATED = Violation(
    location="url",
    code="deprecated-operation",
    detail="the operation is deprecated",
    severity="info",
)


def _own(operation: Operation) -> tuple[Violation, ...]:
    """Return what is to be said of an operation, whatever is sent to it."""
    node = operation.node
    deprecated = node is not None and node.value.get("deprecated") is True
    return (_DEPRECATED,) if deprecated else ()


def _without_content(method: str, response: Response) -> Response:
    """Answer HEAD with the fields of the answer alone (RFC 9110 §9.3.2)."""
    return replace(response, body=b"") if method == "HEAD" else response


def _missed_url(request: Request, routed: RouteMatch) -> Violation:
    detail = f"no callback or webhook is at {shortened(request.path) or '/'}"
    if routed.hint:
        detail += f": {routed.hint}"
    if routed.nearest:
        detail += f"; nearest: {_listed(routed)}"
    return Violation(
        location="url", code="unmatched", detail=detail, received=request.target[:500]
    )


def _listed(routed: RouteMatch) -> str:
    return ", ".join(
        f"{route.operation.name} ({route.operation.method} {shape(route)})"
        for route in routed.nearest
    )


def _missed_method(request: Request, routed: RouteMatch) -> Violation:
    allowed = ", ".join(routed.allow)
    return Violation(
        location="method",
        code="method",
        detail=(
            f"{request.method[:50]} is not documented at this URL, only {allowed}: "
            f"{_listed(routed)}"
        ),
        expected=list(routed.allow),
        received=request.method[:50],
    )
