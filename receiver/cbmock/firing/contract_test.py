"""The contract test of a receiver: every operation, every phase, one failure per cause.

It decides what is sent, and what is expected. It must not know how results are shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from cbmock.clocks import monotonic
from cbmock.description.operations import Operation
from cbmock.errors import ReceiverError
from cbmock.firing import variants
from cbmock.firing.answer import Answer
from cbmock.firing.cases import (
    Case,
    cases,
    invalid_examples,
    need_libraries,
    refusal,
)
from cbmock.firing.documented_request import DocumentedRequest, documented_request
from cbmock.firing.receivers import Connection, target
from cbmock.firing.results import PHASES, Failure, LeftOut, Phase, Results
from cbmock.firing.sender import ShotSender, outside_of_loops, runner
from cbmock.firing.shots import Shot
from cbmock.firing.unsendable import must_be_sendable
from cbmock.firing.variants import Variant
from cbmock.mock.mock import Mock
from cbmock.violations import shown

_MOST_SHRINKS = 60
_BURST = 8
_BATCH = 32
_EARLIER = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is tested: operations by name (none means all), phases, and limits.

    `effect` returns the receiver's state; a repeated delivery must not change it.
    """

    operations: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = PHASES
    max_examples: int = 50
    max_time: float | None = None
    seed: int = 1
    within: float | None = None
    effect: Callable[[], Any] | None = None


def planned(mock: Mock, plan: Plan) -> list[Operation]:
    """Return the operations of a plan: by default all, also those that cannot be read.

    The latter are skipped, with the reason.
    """
    if plan.operations:
        return [mock.names.find(each) for each in plan.operations]
    return [each for each in mock.operations if each.is_wanted]


class ContractTest:
    """A run of a plan against one receiver."""

    def __init__(
        self,
        sender: ShotSender,
        to: object,
        plan: Plan,
        hear: Callable[[Results], None] = lambda results: None,
    ) -> None:
        """Prepare it; `hear` is called after each batch of cases.

        Raises `ReceiverError` if a library is missing that a phase needs.
        """
        need_libraries(plan.phases)
        self._sender = sender
        self._to = to
        self._connection = Connection(target(to))
        self._finished: Callable[[Coroutine[Any, Any, Any]], Any]
        self._plan = plan
        self._hear = hear
        self._end = None if plan.max_time is None else monotonic() + plan.max_time
        self._causes: dict[tuple[int, str, str], int] = {}
        self.results = Results(plan.seed)

    def run(self) -> Results:
        """Run every phase of every operation; stop when the time is over."""
        return outside_of_loops(self._run)

    def _run(self) -> Results:
        with runner() as running:
            # Not `Runner.run`, which takes as long as an answer in this process.
            self._finished = running.get_loop().run_until_complete
            self._finished(self._connection.__aenter__())
            try:
                self._run_phases()
            finally:
                self._finished(self._connection.__aexit__(None, None, None))
        return self.results

    def _run_phases(self) -> None:
        for operation in planned(self._sender.mock, self._plan):
            for phase in self._plan.phases:
                if self._is_over():
                    self.results.stopped = True
                    return
                try:
                    if phase == self._plan.phases[0]:
                        must_be_sendable(self._sender.mock, operation)
                    self._run_phase(phase, operation)
                except ReceiverError as error:
                    self.results.skipped.append(LeftOut(operation, error.message))
                    break
                finally:
                    self.results.phases += 1
                self._hear(self.results)

    def _run_phase(self, phase: Phase, operation: Operation) -> None:
        if phase == "conduct":
            self._conduct(operation)
        elif phase == "generated":
            self._generated(operation)
        else:
            most, seed = self._plan.max_examples, self._plan.seed
            if phase == "examples":
                self.results.skipped += [
                    LeftOut(operation, f"the example {each!r} is not valid")
                    for each in invalid_examples(self._sender, operation)
                ]
            found = cases(self._sender, operation, phase, most=most, seed=seed)
            while batch := list(islice(found, _BATCH)):
                self._must_hold(batch)
                if self._is_over():
                    return
                self._hear(self.results)

    def _is_over(self) -> bool:
        return self._end is not None and monotonic() > self._end

    # --- the phases ---

    def _generated(self, operation: Operation) -> None:
        """Send requests of hypothesis; if one fails, search for the smallest."""
        most, seed = self._plan.max_examples, self._plan.seed
        found = cases(self._sender, operation, "generated", most=most, seed=seed)
        failing: dict[str, tuple[Case, Answer]] = {}
        while batch := list(islice(found, _BATCH)):
            for case, answer, reason in self._failing(batch):
                failing.setdefault(reason, (case, answer))
            if self._is_over():
                break
            self._hear(self.results)
        if failing:
            self._search(operation)
        for reason, (case, answer) in failing.items():
            if not self._is_known("generated", operation, reason):
                assert case.variant is not None
                smallest = self._smallest(case, case.variant, answer, reason)
                self._fail("generated", operation, reason, smallest)

    def _search(self, operation: Operation) -> None:
        """Let hypothesis find the smallest request for each cause."""
        from cbmock.firing import generated  # noqa: PLC0415 - 500 ms, loads hypothesis

        mock = self._sender.mock
        whole = documented_request(mock, operation)
        answers: dict[bytes, Answer] = {}

        def check(request: DocumentedRequest) -> str | None:
            if self._is_over():
                return None
            shot = self._sender.shot_of(operation, self._to, request)
            (answer,) = self._send([shot])
            self.results.cases += 1
            reason = refusal(answer)
            if reason is not None:
                answers[request.request.body] = answer
                self._is_known("generated", operation, reason)
            return reason

        for smallest in generated.smallest_failures(
            mock,
            operation,
            whole,
            check,
            most=self._plan.max_examples,
            seed=self._plan.seed,
        ):
            answer = answers[smallest.request.body]
            self._fail("generated", operation, refusal(answer) or "", answer)

    def _conduct(self, operation: Operation) -> None:
        """Send a delivery again, deliveries out of order, and a burst."""
        shot = self._sender.shot(operation, self._to)
        (first,) = self._send([shot])
        before = None if self._plan.effect is None else self._plan.effect()
        (second,) = self._send([shot])
        self.results.cases += 1
        if (first.status or 0) // 100 != (second.status or 0) // 100:
            reason = f"the repeated delivery was answered {second.status}, the first {first.status}"
            self._fail("conduct", operation, reason, second)
        if self._plan.effect is not None and (after := self._plan.effect()) != before:
            reason = f"the repeated delivery changed the effect from {shown(before)} to {shown(after)}"
            self._fail("conduct", operation, reason, second)
        now = time.time()
        late = [
            self._sender.shot(operation, self._to, now=now - _EARLIER * number)
            for number in range(2)
        ]
        self._must_be_accepted(operation, late, "out of order")
        burst = [self._sender.shot(operation, self._to) for _ in range(_BURST)]
        self._must_be_accepted(operation, burst, "in a burst", concurrency=_BURST)

    # --- what is expected ---

    def _failing(self, batch: Sequence[Case]) -> Iterator[tuple[Case, Answer, str]]:
        """Send cases; yield those that fail, each with its reason."""
        answers = self._send([each.make(self._to) for each in batch])
        for case, answer in zip(batch, answers, strict=True):
            self.results.cases += 1
            reason = case.failure(answer)
            if reason is not None:
                yield case, answer, reason

    def _must_hold(self, batch: Sequence[Case]) -> None:
        for case, answer, reason in self._failing(batch):
            if self._is_known(case.phase, case.operation, reason):
                continue
            smallest = answer
            if case.variant is not None:
                smallest = self._smallest(case, case.variant, answer, reason)
            self._fail(case.phase, case.operation, reason, smallest)

    def _smallest(
        self, case: Case, variant: Variant, answer: Answer, reason: str
    ) -> Answer:
        """Shrink a case while it fails for the same reason, up to a limit."""
        tries, mock = 0, self._sender.mock
        while True:
            for other in variants.simpler(mock, case.operation, variant):
                tries += 1
                if tries > _MOST_SHRINKS:
                    return answer
                shot = self._sender.shot_of(case.operation, self._to, other.whole)
                (found,) = self._send([shot])
                if refusal(found) == reason:
                    variant, answer = other, found
                    break
            else:
                return answer

    def _must_be_accepted(
        self,
        operation: Operation,
        shots: Sequence[Shot],
        way: str,
        concurrency: int = 1,
    ) -> None:
        for answer in self._send(shots, concurrency):
            self.results.cases += 1
            reason = refusal(answer)
            if reason is not None:
                self._fail("conduct", operation, f"{way}: {reason}", answer)

    def _send(self, shots: Sequence[Shot], concurrency: int = 1) -> list[Answer]:
        sending = self._sender.send_through(
            self._connection, shots, within=self._plan.within, concurrency=concurrency
        )
        answers: list[Answer] = self._finished(sending)
        return answers

    def _is_known(self, phase: Phase, operation: Operation, reason: str) -> bool:
        """Count a failure of a known cause; return whether the cause is known."""
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
