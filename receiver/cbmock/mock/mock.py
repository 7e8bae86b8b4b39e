"""The mock: a request in, a call out, whatever the request holds.

It decides the order of routing, checking and answering. It must not know sockets, clocks
or where calls are kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cbmock.contract.contract import Contract
from cbmock.contract.policy import DEFAULT, Policy
from cbmock.contract.security.redaction_rules import redaction_of
from cbmock.description import broken_references, discovery
from cbmock.description.operation_names import OperationNames
from cbmock.description.operations import DEFAULT_SCOPE, Operation, Scope
from cbmock.description.references import Description
from cbmock.http import plain_json
from cbmock.http.messages import Request
from cbmock.mock.answering import Answering, OnViolation, inherent_violations
from cbmock.mock.call import Call, note_duration
from cbmock.mock.responses.documented import Responses
from cbmock.mock.routing.ranking import Choice, Ranking
from cbmock.mock.routing.router import RouteMatch, Router
from cbmock.mock.routing.urls import Mount, mounts
from cbmock.mock.sender_checks import SenderChecks
from cbmock.mock.sender_terms import NOTHING, SenderTerms
from cbmock.mock.unchecked import Unchecked
from cbmock.mock.verdict_cache import VerdictCache
from cbmock.violations import Violation, internal

if TYPE_CHECKING:
    from cbmock.handshakes.agreed import Agreed
    from cbmock.lint.findings import Finding
    from cbmock.mock.handshaking import Handshaking
    from cbmock.mock.misses import Misses
    from cbmock.mock.responses.prefer import Preference
    from cbmock.mock.routing.routes import Candidate
    from cbmock.signatures.signature import Signature


def _no_time() -> float:
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
        """Find the operations; `DocumentError` if it is not an OpenAPI 3 document.

        `prefer` lets a request ask for one of its documented answers.
        """
        self.description = description
        self.on_violation = on_violation
        self._prefer = prefer
        self.policy = policy
        self.operations = broken_references.readable(
            discovery.discover(description, scope), description
        )
        self._has_unreadable = any(each.error for each in self.operations)
        self.names = OperationNames(self.operations)
        self.mounts = mounts(self.operations)
        self._mount_of = {id(mount.operation): mount for mount in self.mounts}
        self.router = Router(self.mounts)
        self._ranking = Ranking(self.contract_of)
        self._verdicts = VerdictCache(self.router, self._ranking, self.contract_of)
        self.redaction = redaction_of(
            description,
            (each.node for each in self.operations if each.node is not None),
            policy,
        )
        # Loaded with the rest: it must be there where no file can be opened.
        self._unchecked = Unchecked(self.router, self.redaction)
        self._answering = Answering(
            policy,
            on_violation,
            self.contract_of,
            self.responses_of,
            lambda: self._misses,
            self.redaction,
        )
        self._sender = SenderChecks(policy, self.contract_of, lambda: self._handshaking)
        self._contracts: dict[int, Contract] = {}
        self._responses: dict[int, Responses] = {}

    @functools.cached_property
    def _misses(self) -> Misses:
        from cbmock.mock.misses import Misses  # noqa: PLC0415 - 100 ms, valid requests have none

        return Misses(self.router, self.operations, self.redaction)

    @functools.cached_property
    def _handshaking(self) -> Handshaking:
        from cbmock.mock.handshaking import Handshaking  # noqa: PLC0415 - 50 ms, few need it

        return Handshaking(
            self.router, self.policy.handshakes, self.contract_of, self.redaction
        )

    def mount_of(self, operation: Operation) -> Mount | None:
        """Return where an operation is served; None if it is not."""
        return self._mount_of.get(id(operation))

    def contract_of(self, operation: Operation) -> Contract:
        """Return the contract of an operation: what the document requires of requests."""
        contract = self._contracts.get(id(operation))
        if contract is None:
            contract = Contract(operation, self.description, self.policy)
            self._contracts[id(operation)] = contract
        return contract

    def responses_of(self, operation: Operation) -> Responses:
        """Return the documented responses of an operation."""
        responses = self._responses.get(id(operation))
        if responses is None:
            responses = Responses(operation, self.description)
            self._responses[id(operation)] = responses
        return responses

    def findings_of(self, operation: Operation) -> tuple[Finding, ...]:
        """Return the findings on the examples and schemas of an operation's responses.

        They are computed when first needed, which takes time in a large document.
        """
        return self.responses_of(operation).findings

    def receive(
        self,
        request: Request,
        *,
        id: int,
        now: float,
        token: str | None = None,
        signatures: Mapping[str | None, Signature] = NOTHING,
        handshakes: Mapping[str | None, Agreed] = NOTHING,
        sender_now: float | None = None,
        elapsed: Callable[[], float] = _no_time,
        is_new: bool = False,
    ) -> Call:
        """Check one request and choose its answer; never raises.

        `id` is the call's number, `now` the time in seconds since the epoch, `token` the
        test that calls without a token of their own belong to. `signatures` are those that
        tests have set, by token, in place of the configured one. `handshakes` are those that
        tests answer besides the configured ones. `sender_now` is the time by the sender's
        clock, if a test has moved it. `elapsed` returns the seconds that the check has
        taken so far. With `is_new`, `recognise` has been asked, and does not know it.
        """
        sender = SenderTerms(
            now if sender_now is None else sender_now, signatures, handshakes
        )
        call = None
        try:
            if handshakes or self.policy.handshakes:
                call = self._handshaking.call(
                    request, sender, id=id, now=now, token=token
                )
            if call is None and not is_new:
                call = self.recognise(request, lambda: id, now, token, sender, elapsed)
            if call is None:
                call = self._check(request, id, now, token, sender)
                plain_json.forget(request.body)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - a call is never lost; engines panic
            call = self._unchecked.failed(request, error, id=id, now=now, token=token)
        note_duration(call, elapsed())
        return call

    @property
    def recognises(self) -> bool:
        """Whether a request is valid wherever one like it was, and no handshake."""
        return not self._prefer and not self.policy.handshakes

    def recognise(
        self,
        request: Request,
        next_id: Callable[[], int],
        now: float,
        token: str | None,
        sender: SenderTerms,
        elapsed: Callable[[], float],
    ) -> Call | None:
        """Return the call of a request that is valid, as one like it was; never raises.

        None if it has to be checked in full, by `receive`. That is known soon: what is
        wrong takes several times as long. `next_id` is asked for only if it is valid.
        """
        try:
            known = None if self._prefer else self._verdicts.find(request)
            if known is None:
                return None
            token = token if known.token is None else known.token
            common: Mapping[str, Any] | None = known.common
            is_signed = known.is_surely_signed
            if (
                sender.signatures
                or sender.handshakes
                or self.policy.handshakes
                or (
                    is_signed is not None
                    and not is_signed(request.headers, request.body, sender.now)
                )
            ):
                common = self._sender.common(known, request, token, sender)
            if common is None:
                return None
            return Call.like(common, next_id(), token, now, request, elapsed())
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - engines panic; the check in full says so
            return None

    def _check(
        self,
        arrived: Request,
        id: int,
        now: float,
        token: str | None,
        sender: SenderTerms,
    ) -> Call:
        """Route and check a request that is not in the cache."""
        preference = self._preference(arrived)
        request = arrived if preference is None else preference.request
        match = self.router.find(request)
        token = match.token if match.token is not None else token
        if not match.candidates:
            return self._miss(arrived, match, id, now, token)
        label = self._verdicts.label(match.candidates, request)
        choice = self._ranking.choose(match.candidates, request, now=now, label=label)
        if choice.undocumented is not None or self._has_unreadable:
            missed = self._misses.chosen(arrived, choice, match, id, now, token)
            if missed is not None:
                return missed
        operation = choice.candidate.operation
        contract = self.contract_of(operation)
        wrong = self._sender.violations(operation, request, token, sender)
        configured, own = contract.signature is not None, token in sender.signatures
        unchecked = contract.unchecked_signature(request)
        if not own:
            wrong += unchecked
        choice = choice.with_violations(wrong)
        violations, response = self._answering.answer(choice, request, preference, id)
        common = {
            "outcome": "ambiguous" if choice.others else "matched",
            "operation": operation,
            "violations": violations,
            "candidates": tuple([each.operation for each in choice.others]),
            "decided_by": choice.decided_by,
            "decided_between": choice.between,
            "response": response,
            "redaction": self.redaction,
            "signature_checked": configured or own,
        }
        call = Call.like(common, id, token, now, arrived, 0.0)
        is_known = label is not None and choice.verdict.violations
        # What one test has checked is not known of the calls of others.
        if preference is None and not is_known and not (own and unchecked):
            self._learn(match.candidates, choice, request, call)
        return call

    def _preference(self, request: Request) -> Preference | None:
        if not self._prefer:
            return None
        from cbmock.mock.responses import prefer  # noqa: PLC0415 - 5 ms, few need it

        return prefer.read(request)

    def _learn(
        self,
        candidates: tuple[Candidate, ...],
        choice: Choice,
        request: Request,
        call: Call,
    ) -> None:
        """Remember a call for those like it, of whatever test; if its body is wrong, its head."""
        common, operation = None, choice.candidate.operation
        if call.violations == inherent_violations(operation):
            configured = self.contract_of(operation).signature is not None
            common = {**call.common, "signature_checked": configured}
        places = {each.location for each in choice.verdict.violations}
        if common or places == {"body"}:
            self._verdicts.learn(candidates, choice, request, common)

    def _miss(
        self,
        arrived: Request,
        match: RouteMatch,
        id: int,
        now: float,
        token: str | None,
    ) -> Call:
        """Return the call of a request that matches no operation."""
        unknown = self._misses.unknown_method(arrived, match)
        if unknown is not None:
            return self.refuse(arrived, unknown, id=id, now=now, token=token)
        return self._misses.call(arrived, match, id=id, now=now, token=token)

    def refuse(
        self,
        request: Request,
        violation: Violation,
        *,
        id: int,
        now: float,
        token: str | None = None,
    ) -> Call:
        """Return the call of something that arrived but is not a whole HTTP request.

        `request` holds what could be read. `token` is the test that it belongs to if its
        target names none.
        """
        return self._unchecked.malformed(
            request, violation, id=id, now=now, token=token
        )

    def check_body(
        self, body: bytes, media_type: str | None, operation: Operation
    ) -> tuple[Violation, ...]:
        """Check a body alone against one operation; never raises.

        Without `media_type` it is read as the first that is documented.
        """
        try:
            return self.contract_of(operation).check_body(body, media_type)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - as in `receive`
            return (internal(error),)
