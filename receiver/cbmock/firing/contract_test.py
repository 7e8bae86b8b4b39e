"""The contract test of a receiver: every operation, every phase, one failure a cause.

It decides what is sent and what must come of it. It must not know how results are shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import variants
from cbmock.firing.answer import Answer, curl, request_record
from cbmock.firing.broken import KINDS, SIGNED
from cbmock.firing.documented_request import Choices, documented_request
from cbmock.firing.sender import Sender, run
from cbmock.firing.shots import Shot
from cbmock.firing.variants import Variant
from cbmock.mock.call import reference
from cbmock.mock.examples import examples
from cbmock.violations import Violation, errors

Phase = Literal["examples", "coverage", "generated", "broken", "signatures", "conduct"]
PHASES: tuple[Phase, ...] = get_args(Phase)

_MOST_SHRINKS = 60
_BURST = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tested: operations by name (all where empty), phases, and how much."""

    operations: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = PHASES
    max_examples: int = 50
    max_time: float | None = None
    seed: int = 1
    within: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One cause: the smallest request that shows it, and how many cases it failed."""

    operation: Operation
    phase: Phase
    reason: str
    answer: Answer
    count: int = 1

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock test --format json` prints."""
        told = self.answer.record()
        return {
            "operation": reference(self.operation),
            "phase": self.phase,
            "reason": self.reason,
            "request": request_record(self.answer.request, self.answer.url),
            "response": told["response"],
            "violations": told["violations"],
            "curl": curl(self.answer.request, self.answer.url),
            "count": self.count,
        }


@dataclass(slots=True)
class Results:
    """What a run found."""

    seed: int
    cases: int = 0
    failures: list[Failure] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    stopped: bool = False

    def record(self) -> dict[str, Any]:
        """Return the record that `cbmock test --format json` prints."""
        return {
            "cases": self.cases,
            "failures": [each.record() for each in self.failures],
            "seed": self.seed,
            "skipped": self.skipped,
            "stopped": self.stopped,
        }


class ContractTest:
    """A run of a plan against one receiver."""

    def __init__(
        self,
        sender: Sender,
        to: object,
        plan: Plan,
        hear: Callable[[Results], None] = lambda results: None,
    ) -> None:
        """Prepare it; `hear` is told after each batch of cases."""
        self._sender = sender
        self._to = to
        self._plan = plan
        self._hear = hear
        self._end = None if plan.max_time is None else time.monotonic() + plan.max_time
        self._causes: dict[tuple[int, str, str], int] = {}
        self.results = Results(plan.seed)

    def run(self) -> Results:
        """Run every phase of every operation; stop where the time is over."""
        for operation in self._operations():
            for phase in self._plan.phases:
                if self._is_over():
                    self.results.stopped = True
                    return self.results
                try:
                    _PHASES[phase](self, operation)
                except ReceiverError as error:
                    self.results.skipped.append(
                        f"{operation.qualified}: {error.message}"
                    )
                    break
                self._hear(self.results)
        return self.results

    def _operations(self) -> list[Operation]:
        names = self._sender.mock.names
        if self._plan.operations:
            return [names.find(each) for each in self._plan.operations]
        return [each.operation for each in self._sender.mock.mounts]

    def _is_over(self) -> bool:
        return self._end is not None and time.monotonic() > self._end

    # --- the phases ---

    def examples(self, operation: Operation) -> None:
        """Send every documented example; each must be taken."""
        shots = [self._sender.shot(operation, self._to)]
        for name in _example_names(self._sender, operation):
            chosen = Choices(example=name)
            shots.append(self._sender.shot(operation, self._to, choices=chosen))
        self._must_be_taken("examples", operation, shots)

    def coverage(self, operation: Operation) -> None:
        """Send boundaries, alternatives, members there and not there; each must be taken."""
        mock = self._sender.mock
        plain = documented_request(mock, operation)
        full = variants.fullest(mock, operation, plain)
        found = [Variant("every member", full)]
        found += variants.variants(mock, operation, full, 4 * self._plan.max_examples)
        self._must_take_variants("coverage", operation, found)

    def generated(self, operation: Operation) -> None:
        """Send generated bodies; show the smallest that is not taken."""
        whole = documented_request(self._sender.mock, operation)
        seeds = range(self._plan.seed, self._plan.seed + self._plan.max_examples)
        seen: dict[bytes, Variant] = {}
        for seed in seeds:
            made = variants.generated(self._sender.mock, operation, whole, seed)
            if made is not None:
                seen.setdefault(made.request.body, made)
        self._must_take_variants("generated", operation, list(seen.values()))

    def broken(self, operation: Operation) -> None:
        """Send what breaks the contract; each must be refused with a 4xx."""
        kinds = [kind for kind in KINDS if kind not in SIGNED]
        shots = self._sender.broken_shots(operation, self._to, kinds=kinds)
        self._must_be_refused("broken", operation, shots)

    def signatures(self, operation: Operation) -> None:
        """Send missing, wrong and stale signatures, to be refused, and a rotated one."""
        shots = self._sender.broken_shots(operation, self._to, kinds=[*SIGNED])
        good = self._sender.shot(operation, self._to)
        if good.signature is None:
            return
        own = {
            name.lower()
            for name, _ in good.signature.sign(b"", timestamp=0, url=good.url)
        }
        fields = [pair for pair in good.request.headers if pair[0].lower() not in own]
        request = replace(good.request, headers=type(good.request.headers).of(fields))
        shots.append(
            replace(good, request=request, kind="wrong-signature", place="no signature")
        )
        self._must_be_refused("signatures", operation, shots)
        rotated = good.signature.while_rotating()
        if rotated is not None:
            shot = self._sender.shot(operation, self._to, signature=rotated)
            self._must_be_taken("signatures", operation, [shot])

    def conduct(self, operation: Operation) -> None:
        """Send the same delivery twice, for the same kind of answer, then a burst."""
        shot = self._sender.shot(operation, self._to)
        first, second = self._send([shot, shot])
        self.results.cases += 1
        if (first.status or 0) // 100 != (second.status or 0) // 100:
            reason = f"the same delivery again was answered {second.status}, first {first.status}"
            self._fail("conduct", operation, reason, second)
        burst = [self._sender.shot(operation, self._to) for _ in range(_BURST)]
        self._must_be_taken("conduct", operation, burst, concurrency=_BURST)

    # --- what must come of it ---

    def _must_take_variants(
        self, phase: Phase, operation: Operation, found: Sequence[Variant]
    ) -> None:
        shots = [self._shot_of(operation, each) for each in found]
        for variant, answer in zip(found, self._send(shots), strict=True):
            self.results.cases += 1
            reason = _refusal(answer)
            if reason is None:
                continue
            if self._is_known(phase, operation, reason):
                continue
            smallest = self._smallest(operation, variant, answer, reason)
            self._fail(phase, operation, reason, smallest)

    def _smallest(
        self, operation: Operation, variant: Variant, answer: Answer, reason: str
    ) -> Answer:
        """Say less as long as it fails for the same reason; bounded."""
        tries = 0
        while True:
            for other in variants.simpler(self._sender.mock, operation, variant):
                tries += 1
                if tries > _MOST_SHRINKS:
                    return answer
                (found,) = self._send([self._shot_of(operation, other)])
                if _refusal(found) == reason:
                    variant, answer = other, found
                    break
            else:
                return answer

    def _shot_of(self, operation: Operation, variant: Variant) -> Shot:
        return self._sender.shot_of(operation, self._to, variant.whole)

    def _must_be_taken(
        self,
        phase: Phase,
        operation: Operation,
        shots: Sequence[Shot],
        concurrency: int = 1,
    ) -> None:
        for answer in self._send(shots, concurrency):
            self.results.cases += 1
            reason = _refusal(answer)
            if reason is not None:
                self._fail(phase, operation, reason, answer)

    def _must_be_refused(
        self, phase: Phase, operation: Operation, shots: Sequence[Shot]
    ) -> None:
        for answer in self._send(shots):
            self.results.cases += 1
            found = errors(answer.violations)
            if found:
                self._fail(phase, operation, _reason(found), answer)

    def _send(self, shots: Sequence[Shot], concurrency: int = 1) -> list[Answer]:
        return run(
            self._sender.send(
                shots, self._to, within=self._plan.within, concurrency=concurrency
            )
        )

    def _is_known(self, phase: Phase, operation: Operation, reason: str) -> bool:
        """Count a failure of a cause that is known; tell whether it is."""
        at = self._causes.get((id(operation), phase, reason))
        if at is None:
            return False
        known = self.results.failures[at]
        self.results.failures[at] = replace(known, count=known.count + 1)
        return True

    def _fail(
        self, phase: Phase, operation: Operation, reason: str, answer: Answer
    ) -> None:
        if self._is_known(phase, operation, reason):
            return
        self._causes[id(operation), phase, reason] = len(self.results.failures)
        self.results.failures.append(
            Failure(operation=operation, phase=phase, reason=reason, answer=answer)
        )


_PHASES: dict[Phase, Callable[[ContractTest, Operation], None]] = {
    "examples": ContractTest.examples,
    "coverage": ContractTest.coverage,
    "generated": ContractTest.generated,
    "broken": ContractTest.broken,
    "signatures": ContractTest.signatures,
    "conduct": ContractTest.conduct,
}


def _refusal(answer: Answer) -> str | None:
    """Say why a valid delivery was not taken as documented; None where it was."""
    found = errors(answer.violations)
    if found:
        return _reason(found)
    if answer.status is not None and not 200 <= answer.status < 300:  # noqa: PLR2004
        return f"a valid delivery was answered {answer.status}"
    return None


def _reason(found: Sequence[Violation]) -> str:
    return f"{found[0].where}: {found[0].detail}"


def _example_names(sender: Sender, operation: Operation) -> Iterator[str]:
    body = sender.mock.contract_of(operation).body
    if not isinstance(body, RequestBody):
        return
    whole = documented_request(sender.mock, operation)
    if whole.media_type is None:
        return
    node = body.media_type_object(whole.media_type).node
    yield from (name for name in examples(node, sender.mock.description) if name)
