"""Handshaking: calls for requests that ask whether a URL wants events.

It decides which operations are at a URL whatever the method, and builds the call for a
question. It must not know how senders ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from cbmock.contract.contract import Contract
from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.handshakes import agreed, expected
from cbmock.handshakes.agreed import Agreed
from cbmock.handshakes.expected import Answered, ConfiguredHandshakes, ExpectedHandshake
from cbmock.http.messages import Request, Response
from cbmock.mock.call import Call
from cbmock.mock.responses import problems
from cbmock.mock.routing.router import RouteMatch, Router
from cbmock.mock.sender_terms import SenderTerms
from cbmock.violations import Violation, errors

AgreedByToken = Mapping[str | None, Agreed]


class Handshaking:
    """Answers the configured handshakes, and those that tests have set up."""

    def __init__(
        self,
        router: Router,
        configured: ConfiguredHandshakes,
        contract_of: Callable[[Operation], Contract],
        redaction: Redaction,
    ) -> None:
        """Answer at the routes of a router."""
        self._router = router
        self._configured = configured
        self._contract_of = contract_of
        self._redaction = redaction

    def call(
        self,
        request: Request,
        sender: SenderTerms,
        *,
        id: int,
        now: float,
        token: str | None,
    ) -> Call | None:
        """Return the call of a handshake; None if the request is not one to answer."""
        match = self._router.find(request)
        token = token if match.token is None else match.token
        operations = self._at(request, match)
        own = tuple(_own(sender.handshakes, token))
        checked = False
        found = expected.first(
            agreed.holding(operations, own, self._configured), request
        )
        if found is not None:
            handshake, question, asked = found
            name, answered = handshake.name, handshake.answer(question, asked)
            if handshake.handshake.signed and operations:
                contract = self._contract_of(operations[0])
                signature = sender.signatures.get(token) or contract.signature
                checked = signature is not None
                wrong = contract.check_signature(request, sender.now, signature)
                answered = _signed_wrongly(answered, wrong, id, operations[0])
        else:
            response = self._agreed_response(request, own, operations)
            if response is None:
                return None
            name, answered = agreed.ANSWER, Answered(response)
        return Call(
            id=id,
            token=token,
            received_at=now,
            outcome="handshake",
            operation=operations[0] if operations else None,
            violations=tuple(map(self._redaction.violation, answered.violations)),
            decided_by=name,
            request=request,
            response=answered.response,
            confirm=answered.confirm,
            redaction=self._redaction,
            signature_checked=checked,
        )

    def _agreed_response(
        self, request: Request, own: Iterable[Agreed], operations: Sequence[Operation]
    ) -> Response | None:
        """Return the answer that a test has set for this request, or None."""
        path = self._router.path_of(request.target)
        answers = (each for agreement in own for each in agreement.answers)
        fitting = (e for e in answers if e.fits(request.method, path, operations))
        return next((each.response for each in fitting), None)

    def unverified(
        self, operation: Operation, agreements: AgreedByToken, token: str | None
    ) -> tuple[Violation, ...]:
        """Return what is wrong with an event at a URL whose handshake is refused."""
        held = agreed.holding((operation,), _own(agreements, token), self._configured)
        refused = next((each for each in held if not each.terms.accept), None)
        return () if refused is None else (_unverified(refused),)

    def _at(self, request: Request, match: RouteMatch) -> tuple[Operation, ...]:
        """Return the operations at a URL, with its own method first, then any."""
        if match.candidates:
            return tuple(each.operation for each in match.candidates)
        if match.allow:
            return tuple(route.operation for route in match.nearest)
        # The base URL alone leads to no operation if the keys add a path to it.
        path = self._router.path_of(request.target.partition("?")[0])
        return tuple(
            route.operation
            for route in self._router.routes
            if path.rstrip("/") in (route.mount.base, route.mount.path)
        )


def _own(agreements: AgreedByToken, token: str | None) -> Iterator[Agreed]:
    """Yield the settings of the test, then those for every test."""
    for each in dict.fromkeys((token, None)):
        if each in agreements:
            yield agreements[each]


def _unverified(refused: ExpectedHandshake) -> Violation:
    return Violation(
        location="handshake",
        code="unverified-sender",
        detail=(
            f"an event came, although the handshake of {refused.handshake.title} is "
            "refused: the sender must not send to this URL"
        ),
    )


def _signed_wrongly(
    answered: Answered, wrong: Iterable[Violation], id: int, operation: Operation
) -> Answered:
    found = (*answered.violations, *wrong)
    response = answered.response
    if errors(found) and response.status < 300:  # noqa: PLR2004 - an answer that agrees
        response = problems.response(found, call_id=id, operation=operation)
    return Answered(response, found, None if errors(found) else answered.confirm)
