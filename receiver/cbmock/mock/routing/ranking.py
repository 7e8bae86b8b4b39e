"""Ranking: which of several operations a request is for.

It decides between candidates that its URL alone cannot tell apart, by what the request
carries, step by step until one is left. It must not know how URLs are matched or what is
answered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cbmock.contract.contract import CheckResult, Contract, VerdictKey, ordered
from cbmock.description.operations import Operation
from cbmock.http.messages import Request
from cbmock.mock.routing.routes import Candidate
from cbmock.violations import Violation, errors

if TYPE_CHECKING:
    from cbmock.contract.bodies.request_body import ContentLabel
    from cbmock.mock.routing.distinguishing import OperationFeatures, SentRequest
    from cbmock.mock.routing.undocumented_events import Event

ContractOf = Callable[[Operation], Contract]

_COMPARED = 20
"""How many candidates a body that matches none is fully checked against, which is slow."""


class Choice(NamedTuple):
    """The candidate that was chosen, and how.

    `others` are equally good candidates. `decided_by` names the step that left one
    candidate, or `url` if there was only one from the start. `between` are the operations
    that this step distinguished. `by_head` says that one candidate was left before more of
    the body was read than its event's name. `undocumented` is the event of the request if
    none of the candidates is for it.
    """

    candidate: Candidate
    verdict: CheckResult
    others: tuple[Candidate, ...] = ()
    decided_by: str = "url"
    between: tuple[Operation, ...] = ()
    by_head: bool = False
    undocumented: Event | None = None

    def with_violations(self, more: tuple[Violation, ...]) -> Choice:
        """Return the same choice, with more violations."""
        if not more:
            return self
        found = ordered(self.verdict.violations + more)
        return self._replace(verdict=self.verdict._replace(violations=found))


_CONTENDERS = 20
"""How many of the operations that a step decided between are recorded."""


_MOST_KEYS = 64
"""How many sets of candidates have their keys kept; there are few, of many operations."""

_HINT = "event hint"

_OF_CONSTANTS = ("const", "enum")


class Ranking:
    """The choice between candidates; the features of each operation are cached."""

    def __init__(self, contract_of: ContractOf) -> None:
        """Take contracts from `contract_of`."""
        self._contract_of = contract_of
        self._features: dict[int, OperationFeatures] = {}
        self._keys: dict[tuple[int, ...], VerdictKey | None] = {}

    def choose(
        self,
        candidates: Sequence[Candidate],
        request: Request,
        *,
        now: float | None = None,
        label: ContentLabel | None = None,
    ) -> Choice:
        """Choose among candidates (at least one) for one request.

        `now` is the current time, by which credentials expire. With a `label`, nothing
        but the body can be wrong with the only candidate.
        """
        if len(candidates) == 1:
            return self._only(candidates[0], request, now, label)
        from cbmock.mock.routing.distinguishing import SentRequest  # noqa: PLC0415 - 20 ms, most have one candidate

        sent = SentRequest(request)
        left = [
            _Comparison(each, self._features_of(each.operation), now)
            for each in candidates
        ]
        decided_by = "url"
        between: _Attempts = []
        by_head = False
        for name, keep in _STEPS:
            kept = keep(left, sent)
            if len(kept) < len(left):
                between, left, decided_by = left, kept, name
            if len(left) == 1:
                by_head = keep in _OF_HEAD
                break
        first, *rest = left
        place = first.candidate.operation.pointer
        others = tuple(
            each.candidate for each in rest if each.candidate.operation.pointer != place
        )
        contenders = tuple(each.candidate.operation for each in between[:_CONTENDERS])
        found = Choice(
            first.candidate,
            first.verdict(sent),
            others,
            decided_by,
            contenders,
            by_head,
        )
        return self._with_event(found, candidates, request, sent)

    def key_of_head(
        self, candidates: Sequence[Candidate], choice: Choice, request: Request
    ) -> VerdictKey | None:
        """Return what, besides the body's `action`, led to a choice and a valid verdict.

        None if more of the body did, or what cannot be compared.
        """
        from cbmock.mock.routing import event_names  # noqa: PLC0415 - 20 ms, most have one candidate

        if not choice.by_head:
            return None
        if choice.decided_by == _HINT and not event_names.is_named_by_head(
            request, choice.verdict.body, choice.candidate.operation
        ):
            return None
        places = tuple([id(each.route) for each in candidates])
        if places not in self._keys:
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            self._keys[places] = self._key_of(candidates)
        return self._keys[places]

    def _key_of(self, candidates: Sequence[Candidate]) -> VerdictKey | None:
        """Return what the heads of requests to these candidates decide by."""
        from cbmock.mock.routing import event_names  # noqa: PLC0415 - (the same)

        values = {name.encode() for name in (*event_names.HEADERS, "host")}
        presence: set[bytes] = set()
        for each in candidates:
            key = self._contract_of(each.operation).verdict_key
            if key is None:
                return None
            constants = self._features_of(each.operation).constants
            names = (name for location, name in constants if location == "header")
            values |= {name.encode("latin-1", "replace").lower() for name in names}
            values |= key.values
            presence |= key.presence
        return VerdictKey(frozenset(values), frozenset(presence - values), url=True)

    def _only(
        self,
        candidate: Candidate,
        request: Request,
        now: float | None,
        label: ContentLabel | None,
    ) -> Choice:
        contract = self._contract_of(candidate.operation)
        if label is not None:
            verdict = contract.check_content(request, label)
        else:
            verdict = contract.check(request, candidate.path, now=now)
        found = Choice(candidate, verdict)
        if not candidate.is_of_any_webhook:
            return found
        return self._with_event(found, (candidate,), request, None)

    def _with_event(
        self,
        found: Choice,
        candidates: Sequence[Candidate],
        request: Request,
        sent: SentRequest | None,
    ) -> Choice:
        """Add the event of an invalid request that none of the candidates is for."""
        # All violations of XML are warnings, also that it is another event.
        if not any(
            each.severity == "error" or each.code in _OF_CONSTANTS
            for each in found.verdict.violations
        ):
            return found
        from cbmock.mock.routing import undocumented_events  # noqa: PLC0415 - 50 ms, most are valid
        from cbmock.mock.routing.distinguishing import SentRequest  # noqa: PLC0415 - (the same)

        features = [self._features_of(each.operation) for each in candidates]
        chosen = self._features_of(found.candidate.operation)
        event = undocumented_events.undocumented(
            features, chosen, sent or SentRequest(request)
        )
        return found._replace(undocumented=event)

    def _features_of(self, operation: Operation) -> OperationFeatures:
        features = self._features.get(id(operation))
        if features is None:
            from cbmock.mock.routing.distinguishing import OperationFeatures  # noqa: PLC0415 - (the same)

            features = OperationFeatures(self._contract_of(operation))
            self._features[id(operation)] = features
        return features


class _Comparison:
    """One candidate with everything that the steps compare."""

    __slots__ = ("_now", "_verdict", "candidate", "features")

    def __init__(
        self, candidate: Candidate, features: OperationFeatures, now: float | None
    ) -> None:
        self.candidate = candidate
        self.features = features
        self._now = now
        self._verdict: CheckResult | None = None

    def verdict(self, sent: SentRequest) -> CheckResult:
        """Check the request against the operation's contract, once."""
        if self._verdict is None:
            self._verdict = self.features.contract.check(
                sent.request, self.candidate.path, now=self._now
            )
        return self._verdict


# --- the steps, in order of precedence ---------------------------------------------------

_Attempts = list[_Comparison]


def _best(attempts: _Attempts, score: Callable[[_Comparison], Any]) -> _Attempts:
    scores = [score(attempt) for attempt in attempts]
    best = max(scores)
    return [a for a, value in zip(attempts, scores, strict=True) if value == best]


def _constants(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those with the most constant parameters that were sent with that value."""

    def score(attempt: _Comparison) -> int:
        constants = attempt.features.constants
        return sum(sent.texts.get(each) in constants[each] for each in constants)

    return _best(attempts, score)


def _required(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those with the most required parameters that were sent."""

    def score(attempt: _Comparison) -> int:
        required = attempt.features.required
        return len(required & sent.texts.keys()) if required else 0

    return _best(attempts, score)


def _hinted(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those with the name of the event."""
    from cbmock.mock.routing import event_names  # noqa: PLC0415 - (the same)

    return _called(attempts, event_names.hints(sent.request, sent.members.value))


def _hinted_inside(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those with the name of an event that is nested in the body."""
    from cbmock.mock.routing import event_names  # noqa: PLC0415 - (the same)

    return _called(attempts, event_names.hints_inside(sent.members.value))


def _called(attempts: _Attempts, texts: tuple[str, ...]) -> _Attempts:
    from cbmock.mock.routing import event_names  # noqa: PLC0415 - (the same)

    named = [(each, each.candidate.operation) for each in attempts]
    found = event_names.called(texts, named) if texts else None
    return attempts if found is None else list(found)


def _media_type(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those that name the content's type most closely."""
    stated = sent.media_type
    if stated is None:
        return attempts
    return _best(attempts, lambda attempt: attempt.features.specificity(stated))


def _constant_properties(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those with the fewest constant properties whose value in the body differs.

    A valid body has none; this only saves checks against schemas that it cannot match.
    """
    if not isinstance(sent.members.value, dict | list):
        return attempts
    return _best(
        attempts,
        lambda attempt: attempt.features.properties(sent).likeness(sent.members),
    )


def _valid(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those that the body is valid for; if there are none, the likeliest."""
    if not _is_json(sent):
        return attempts
    fitting = [each for each in attempts if each.features.fits(sent)]
    return fitting or _likeliest(attempts, sent)


def _is_json(sent: SentRequest) -> bool:
    return sent.media_type is None or sent.media_type.is_json


def _likeliest(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those of the body's type, with the fewest missing and unknown members."""
    typed = [
        each for each in attempts if each.features.properties(sent).may_be(sent.json)
    ]
    attempts = typed or attempts
    if not isinstance(sent.json, dict):
        return attempts
    return _best(
        attempts, lambda each: -each.features.properties(sent).misfits(sent.json)
    )


def _errors(attempts: _Attempts, sent: SentRequest) -> _Attempts:
    """Keep those with the fewest violations."""

    def score(attempt: _Comparison) -> int:
        found = attempt.candidate.violations + attempt.verdict(sent).violations
        return -len(errors(found))

    # By now the body is valid for all of them, or for none.
    if _is_json(sent) and not attempts[0].features.fits(sent):
        attempts = attempts[:_COMPARED]
    return _best(attempts, score)


_OF_HEAD = _constants, _required, _hinted
"""Those for which no more of a body counts than the name of its event."""

_STEPS: tuple[tuple[str, Callable[[_Attempts, SentRequest], _Attempts]], ...] = (
    ("constant parameters", _constants),
    ("required parameters", _required),
    (_HINT, _hinted),
    ("media type", _media_type),
    ("constant properties", _constant_properties),
    ("schema", _valid),
    (_HINT, _hinted_inside),
    ("schema", _errors),
)
