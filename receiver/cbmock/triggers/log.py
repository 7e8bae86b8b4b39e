"""The log of triggers: exchanges with the sender, and the callbacks each makes due.

It decides which parts of them are kept, up to a limit, and until when a callback may
come. It must not know how exchanges are observed or which calls came.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from cbmock.contract.security.redaction import Redaction
from cbmock.description.operations import Operation
from cbmock.description.runtime_expressions import Source
from cbmock.errors import ReceiverError
from cbmock.http.messages import SUCCESS, Request, Response
from cbmock.mock.mock import Mock
from cbmock.triggers import key_evaluation as evaluation
from cbmock.triggers.key_evaluation import Exchange
from cbmock.triggers.missing_policy import MissingPolicy
from cbmock.triggers.parents import ParentOperations
from cbmock.violations import Violation

MOST_TRIGGERS = 10_000
LONGEST_KEPT = 16 * 1024
"""The most bytes of a body that are kept after the keys have been evaluated."""

_REFUSED = 400
_OF_RESPONSE = frozenset(
    {Source.STATUS_CODE, Source.RESPONSE_BODY, Source.RESPONSE_HEADER}
)


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback operation, and the URLs at which it is due for one trigger.

    Each of `urls` is correct; it is empty if the key gives no URL. `exact` is False if
    only part of the URL is known, because the response has not come yet or an
    expression has no value. `{name}` in a URL is a path variable of the callback and
    matches any value. `violations` are about the trigger.
    """

    operation: Operation
    urls: tuple[str, ...] = ()
    exact: bool = True
    violations: tuple[Violation, ...] = ()

    def shown(self, redaction: Redaction) -> DueCallback:
        """Return it for output: a registered URL may contain a credential."""
        return replace(
            self,
            urls=tuple(map(redaction.target, self.urls)),
            violations=tuple(map(redaction.violation, self.violations)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One exchange with an operation that documents callbacks.

    `seen_at` is when its request began, in seconds since the epoch; calls up to the id
    `after` had come by then. `under_way` is True until its response is complete.
    `times` is how many deliveries are allowed.
    """

    id: int
    token: str | None
    seen_at: float
    after: int
    exchange: Exchange
    due: tuple[DueCallback, ...] = field(repr=False)
    under_way: bool = False
    ended_at: float = 0.0
    policy: MissingPolicy = field(default_factory=MissingPolicy)
    times: int = 1
    redaction: Redaction = field(default_factory=Redaction, repr=False)

    @property
    def shown(self) -> Trigger:
        """The same with its credentials hidden."""
        hide, exchange = self.redaction, self.exchange
        response = exchange.response
        if response is not None:
            response = replace(response, headers=hide.fields(response.headers))
        hidden = replace(
            exchange,
            url=hide.target(exchange.url),
            request=hide.request(exchange.request),
            response=response,
        )
        due = tuple(each.shown(hide) for each in self.due)
        return replace(self, exchange=hidden, due=due)

    @property
    def succeeded(self) -> bool:
        """Whether the sender accepted the request, so that callbacks are expected."""
        response = self.exchange.response
        return response is not None and response.status in SUCCESS

    @property
    def settled_at(self) -> float:
        """When an absent callback counts as missing, in seconds since the epoch."""
        return (self.seen_at if self.under_way else self.ended_at) + self.policy.settle


def due_callback(operation: Operation, exchange: Exchange, mock: Mock) -> DueCallback:
    """Evaluate where one callback is due; `ReceiverError` if the exchange is incomplete."""
    found = evaluation.due(operation, exchange, mock.description)
    expressions = () if operation.key is None else operation.key.expressions
    no_response = exchange.response is None and any(
        each.source in _OF_RESPONSE for each in expressions
    )
    vague = no_response or any(
        each.code in ("expr-undefined", "trigger-body") for each in found.violations
    )
    return DueCallback(operation, found.urls, not vague, found.violations)


class TriggerLog:
    """Keeps the newest triggers of one mock. Thread-safe.

    `bases` returns the URLs under which the mock is reached.
    """

    def __init__(
        self,
        mock: Mock | None,
        *,
        most: int = MOST_TRIGGERS,
        bases: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        """Start empty."""
        self._mock = mock
        self._bases = bases
        self._most = most
        self._parents: ParentOperations | None = None
        self._found: dict[int, Trigger] = {}
        self._since: dict[str | None, int] = {}
        self._listeners: tuple[Callable[[Trigger], None], ...] = ()
        self.last_id = 0
        self._lock = threading.RLock()

    def replace_mock(self, mock: Mock) -> None:
        """Read later exchanges by another version of the document."""
        with self._lock:
            self._mock = mock
            self._parents = None

    @property
    def bases(self) -> tuple[str, ...]:
        """The URLs under which the mock is reached."""
        return self._bases()

    @property
    def parents(self) -> ParentOperations:
        """The sender's operations; read at the first exchange.

        Raises `ReceiverError` if the document is not available.
        """
        if self._parents is None:
            served = (mount.operation for mount in self._document.mounts)
            self._parents = ParentOperations(self._document.description, served)
        return self._parents

    @property
    def redaction(self) -> Redaction:
        """The redaction of the credentials of the document's API."""
        return Redaction() if self._mock is None else self._mock.redaction

    @property
    def _document(self) -> Mock:
        if self._mock is None:
            message = (
                "triggers need the document: name it too, with `cbmock_spec` or "
                "--cbmock-spec."
            )
            raise ReceiverError(message)
        return self._mock

    def watched_since(self, token: str | None) -> int | None:
        """Return the id of the call after which every exchange was observed.

        None if some may have been missed. `token` identifies the test.
        """
        return self._since.get(token, self._since.get(None))

    def watch(self, token: str | None, after: int) -> None:
        """Record that every exchange of a test after the call `after` is observed."""
        with self._lock:
            self._since.setdefault(token, after)

    def begin(
        self, exchange: Exchange, *, token: str | None, now: float, after: int
    ) -> Trigger:
        """Keep a request to the sender whose response has not come yet."""
        request = exchange.request
        callbacks = self.parents.callbacks(request.method, request.target)
        due = tuple(DueCallback(each, exact=False) for each in callbacks)
        with self._lock:
            self.last_id = self._next_id()
            trigger = Trigger(
                id=self.last_id,
                token=token,
                seen_at=now,
                after=after,
                exchange=_cut(exchange),
                due=due,
                under_way=True,
                redaction=self.redaction,
            )
            self._keep(trigger)
        return trigger

    def _next_id(self) -> int:
        return self.last_id + 1

    def _keep(self, trigger: Trigger) -> None:
        self._found[trigger.id] = trigger
        while len(self._found) > self._most:
            del self._found[next(iter(self._found))]

    def end(
        self,
        begun: Trigger,
        exchange: Exchange,
        *,
        now: float,
        policy: MissingPolicy,
        whole: bool = True,
    ) -> Trigger:
        """Complete an exchange: evaluate the keys, then notify the listeners.

        `whole` is False if a body was too large to be kept, so that the callbacks' URLs
        cannot be evaluated.
        """
        operations = [each.operation for each in begun.due]
        due = begun.due
        if exchange.response is not None and exchange.response.status >= _REFUSED:
            due = ()  # a refused request triggers nothing
        elif whole:
            due = tuple(self._due(each, exchange) for each in operations)
        ended = replace(
            begun,
            exchange=_cut(exchange),
            due=due,
            policy=policy,
            under_way=False,
            ended_at=now,
        )
        self._complete(ended)
        return ended

    def _complete(self, ended: Trigger) -> None:
        """Keep a completed trigger unless it was dropped; notify the listeners."""
        with self._lock:
            if ended.id in self._found:
                self._found[ended.id] = ended
            listeners = self._listeners
        for listener in listeners:
            listener(ended)

    def _due(self, operation: Operation, exchange: Exchange) -> DueCallback:
        try:
            return due_callback(operation, exchange, self._document)
        except ReceiverError as error:  # the $ref of a parameter is broken
            violation = Violation(
                location="url", code="callback-url", detail=error.message
            )
            return DueCallback(operation, exact=False, violations=(violation,))

    def seen(self) -> tuple[Trigger, ...]:
        """Return the triggers that are kept, in the order in which they began."""
        with self._lock:
            return tuple(self._found.values())

    def clear(self, *, token: str | None = None) -> int:
        """Delete all triggers, or those of one token; return how many."""
        with self._lock:
            before = len(self._found)
            self._found = {
                id: each
                for id, each in self._found.items()
                if token is not None and each.token != token
            }
            return before - len(self._found)

    def listen(self, listener: Callable[[Trigger], None]) -> None:
        """Call `listener` with every completed exchange, in the thread that completes it."""
        with self._lock:
            self._listeners = (*self._listeners, listener)


def _cut(exchange: Exchange) -> Exchange:
    """Shorten large bodies."""
    request, response = exchange.request, exchange.response
    if len(request.body) > LONGEST_KEPT:
        kept = request.body[:LONGEST_KEPT]
        request = Request(request.method, request.target, request.headers, kept)
    if response is not None and len(response.body) > LONGEST_KEPT:
        kept = response.body[:LONGEST_KEPT]
        response = Response(response.status, response.headers, kept)
    return replace(exchange, request=request, response=response)
