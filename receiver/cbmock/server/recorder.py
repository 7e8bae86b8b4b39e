"""The recorder: requests that arrived whole are checked, and their calls recorded.

It decides in which order, and what is answered where a call cannot be recorded. It must
not know how requests are read or answers are sent.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from cbmock.clocks import monotonic, wall
from cbmock.deliveries.attempt_index import AttemptIndex
from cbmock.deliveries.attempt_memory import SharedMemory
from cbmock.deliveries.settings import DeliverySettings
from cbmock.http.messages import Request, Response
from cbmock.journal.protocol import Journal, JournalFailure
from cbmock.mock.call import Call
from cbmock.mock.mock import Mock
from cbmock.mock.responses import problems
from cbmock.mock.sender_terms import SenderTerms
from cbmock.server import probes, targets
from cbmock.server.earlier_calls import EarlierCalls
from cbmock.violations import Violation

if TYPE_CHECKING:
    from cbmock.handshakes.agreed import Agreed
    from cbmock.signatures.signature import Signature

_LOOKED_BACK = 5000
"""How many calls of an existing journal are read to continue counting attempts."""
_NO_ID = 0
_MISSED = ("unmatched", "wrong_method")
_MOST_NEW = 1024
"""How many requests are remembered as unlike valid ones."""
NO_MEMORY = JournalFailure("no memory is left for it")


class CallRecorder:
    """Checks requests by one mock, and keeps their calls in a journal.

    `token` is the test that calls without a token belong to, `signatures` and `agreed` what
    tests have set, by their tokens.
    """

    def __init__(
        self,
        mock: Mock,
        journal: Journal,
        *,
        deliveries: DeliverySettings,
        of_workers: bool,
    ) -> None:
        """Count attempts on from those in the journal; `of_workers`: over all processes."""
        self.mock = mock
        self.journal = journal
        self.delivery_settings = deliveries
        self._one_at_a_time = threading.Lock()
        self._earlier = EarlierCalls(journal)
        memory = None
        if of_workers and journal.shared is not None:
            memory = SharedMemory(journal.shared)
        self._attempts = AttemptIndex(self._earlier.get, deliveries, memory)
        for call in journal.each(after=max(journal.last_id - _LOOKED_BACK, 0)):
            self._attempts.take(call)
        self.rates = self._attempts.rates
        self.token: str | None = None
        self.signatures: dict[str | None, Signature] = {}
        self.agreed: dict[str | None, Agreed] = {}
        self.on_journal_failure: Callable[[JournalFailure], None] | None = None
        self._new: set[int] = set()
        """Requests that are unlike valid ones, by `id`; one that is missing costs time alone."""
        self.gathers = journal.shared is not None  # one commit takes as long for many

    def must_wait(self, version: int) -> bool:  # noqa: ARG002 - (for those that know others)
        """Return whether requests have to wait after all, by a version of the settings."""
        return False

    def refuse(self, request: Request, violation: Violation) -> Response:
        """Record bytes that are not a complete, valid request; return the refusal.

        For the control API it is refused too, but not recorded as a call.
        """
        if targets.is_below_control(unquote(request.path)):
            return problems.response((violation,), call_id=None)
        try:
            call = self.mock.refuse(
                request,
                violation,
                id=self.journal.next_id(),
                now=wall(),
                token=self.token,
            )
            self.journal.append(call)
        except JournalFailure as failure:
            return self.not_kept(failure)
        return call.response

    def take(self, arrived: Iterable[Request]) -> Sequence[Response | None]:
        """Record requests and return their answers.

        The server has read them completely, and knew from `target` that none has to
        wait. Each answer is None if they have to after all, as another process says.
        """
        requests = tuple(arrived)
        calls: list[Call] = []
        answers: list[Response] = []
        try:
            with self.journal.batch(len(requests)) as version:
                if version is not None and self.must_wait(version):
                    return [None] * len(requests)
                try:
                    calls.extend(self._checked(requests))
                except MemoryError:
                    pass  # requests that are not calls are answered below
                finally:
                    # Recorded before the answers leave: a client that has one finds the call.
                    answers = [self.record(call) for call in calls]
        except JournalFailure as failure:
            return [self.not_kept(failure) for _ in requests]
        answers += [self.not_kept(NO_MEMORY) for _ in requests[len(answers) :]]
        return answers

    def _checked(self, requests: Iterable[Request]) -> Iterator[Call]:
        """Check requests; most are like valid ones before, which is known soonest."""
        terms = None
        if self.mock.recognises and not self.agreed:
            terms = SenderTerms(time.time(), self.signatures, self.agreed)
        for each in requests:
            began, is_new = monotonic(), id(each) in self._new
            self._new.discard(id(each))
            known = None
            if terms is not None and not is_new:
                known, is_new = self._recognise(each, terms, began), True
            yield self.call(each, began, is_new=is_new) if known is None else known

    @property
    def sorts(self) -> bool:
        """Whether it can tell soon which requests are valid: `take_known` answers those."""
        return not (self.gathers or self.agreed) and self.mock.recognises

    def take_known(
        self, arrived: Sequence[Request], senders: Sequence[object]
    ) -> list[Response | None]:
        """As `take`, for requests like valid ones before; None for each other one.

        Those are to be taken later: what is wrong takes several times as long. So are
        those behind them of the same sender, whose calls stay in their order.
        """
        calls: list[Call | None] = []
        late: set[object] = set()
        try:
            terms = SenderTerms(time.time(), self.signatures, self.agreed)
            for request, sender in zip(arrived, senders, strict=True):
                known = None
                if not late or sender not in late:
                    known = self._recognise(request, terms, monotonic())
                    if known is None:
                        late.add(sender)
                        self._new.add(id(request))
                calls.append(known)
        except MemoryError:
            pass  # those that are not calls are taken later
        if len(self._new) > _MOST_NEW:
            self._new.clear()
        answers = [None if each is None else self.record(each) for each in calls]
        answers += [None] * (len(arrived) - len(answers))
        return answers

    def not_kept(self, failure: JournalFailure) -> Response:
        """Answer 503 to a call that could not be recorded: it can be retried (§15.6.4)."""
        if self.on_journal_failure is not None:
            self.on_journal_failure(failure)
        return problems.unavailable(failure.message)

    def record(self, call: Call) -> Response:
        """Record a call and return its answer; requests of browsers are not calls."""
        if call.outcome in _MISSED and probes.may_be_probe(call.request):
            return probes.answer(call.request, self.mock.description.entry.name)
        with self._one_at_a_time:
            call = self._attempts.take(call)
        try:
            self.journal.append(call)
        except MemoryError:
            return self.not_kept(NO_MEMORY)
        if call.confirm is not None:
            from cbmock.server import confirming  # noqa: PLC0415 - 50 ms, few need it

            confirming.confirm(call.confirm)
        return call.response

    def clear(self, token: str | None) -> int:
        """Delete all calls, or those of one test; return how many."""
        with self._one_at_a_time:
            self._earlier.clear()
            self._attempts.forget(token)
        return self.journal.clear(token=token)

    def _recognise(
        self, request: Request, sender: SenderTerms, started: float
    ) -> Call | None:
        return self.mock.recognise(
            request,
            self.journal.next_id,
            wall(),
            self.token,
            sender,
            lambda: monotonic() - started,
        )

    def call(self, request: Request, started: float, *, is_new: bool = False) -> Call:
        """Check a request that arrived at a time by `clocks.monotonic`.

        With `is_new`, the mock has been asked whether it is like valid ones before. A probe
        takes no id: clients that know all calls up to a later one would wait for its call.
        """
        if probes.may_be_probe(request):
            call = self._receive(request, _NO_ID, started, is_new=is_new)
            if call.outcome in _MISSED:
                return call
        id_ = self.journal.next_id()
        return self._receive(request, id_, started, is_new=is_new)

    def _receive(
        self, request: Request, id: int, started: float, *, is_new: bool
    ) -> Call:
        return self.mock.receive(
            request,
            id=id,
            now=wall(),
            token=self.token,
            sender_now=time.time(),
            signatures=self.signatures,
            handshakes=self.agreed,
            elapsed=lambda: monotonic() - started,
            is_new=is_new,
        )
