"""Ranking: which of several operations a request was meant for.

It decides between candidates that its URL alone cannot tell apart, by what the request
carries, step by step until one is left. It must not know how URLs are matched or what is
answered.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from receiver.contract import json_text, media_types
from receiver.contract.bodies import RequestBody
from receiver.contract.contract import Contract, Verdict
from receiver.contract.json_text import NotJSON
from receiver.contract.parameters import Parameter
from receiver.contract.violations import errors
from receiver.description.operations import Operation
from receiver.errors import UnresolvableReference
from receiver.http import Request
from receiver.mock.routes import Candidate

ContractOf = Callable[[Operation], Contract]


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate that was chosen, and how.

    `others` are the candidates that are just as good; `decided_by` names the step that
    left one, `url` where there was only one from the start.
    """

    candidate: Candidate
    verdict: Verdict
    others: tuple[Candidate, ...] = ()
    decided_by: str = "url"


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One candidate with all that the steps look at."""

    candidate: Candidate
    contract: Contract
    verdict: Verdict


def choose(
    candidates: Sequence[Candidate], request: Request, contract_of: ContractOf
) -> Choice:
    """Choose among candidates (at least one) for one request."""
    if len(candidates) == 1:
        only = candidates[0]
        return Choice(only, contract_of(only.operation).check(request, only.path))
    hints = _hints(request)
    hinted = _hinted(candidates, hints)
    attempts = [
        _Attempt(each, contract, contract.check(request, each.path))
        for each in hinted
        for contract in (contract_of(each.operation),)
    ]
    return _step_by_step(attempts, request, by_hint=len(hinted) < len(candidates))


def _step_by_step(
    attempts: list[_Attempt], request: Request, *, by_hint: bool
) -> Choice:
    steps: tuple[tuple[str, Callable[[_Attempt], int]], ...] = (
        ("constant parameters", _constants),
        ("required parameters", _required_present),
        ("constant properties", _constant_properties),
        ("media type", lambda attempt: _media_type(attempt, request)),
        ("schema", lambda attempt: -len(_errors(attempt))),
    )
    decided_by = "event hint" if by_hint else "url"
    for name, score in steps:
        if len(attempts) == 1:
            break
        scores = [score(attempt) for attempt in attempts]
        best = max(scores)
        kept = [a for a, value in zip(attempts, scores, strict=True) if value == best]
        if len(kept) < len(attempts):
            attempts, decided_by = kept, name
    first, *rest = attempts
    place = first.candidate.operation.pointer
    others = tuple(
        each.candidate for each in rest if each.candidate.operation.pointer != place
    )
    return Choice(first.candidate, first.verdict, others, decided_by)


# --- the steps --------------------------------------------------------------------------


def _constants(attempt: _Attempt) -> int:
    """Count the parameters with one allowed value that the request has."""
    fixed = {
        parameter.identity: _only_value(parameter)
        for parameter in attempt.contract.parameters
    }
    sent = {
        (location, name.lower() if location == "header" else name): value
        for (location, name), value in attempt.verdict.parameters.items()
    }
    return sum(
        1
        for identity, only in fixed.items()
        if only is not None and identity in sent and [sent[identity]] == only
    )


def _required_present(attempt: _Attempt) -> int:
    sent = attempt.verdict.parameters
    return sum(
        1
        for parameter in attempt.contract.parameters
        if parameter.required and (parameter.location, parameter.name) in sent
    )


def _constant_properties(attempt: _Attempt) -> int:
    """Reward constant properties of the body that match, punish those that do not."""
    return -sum(
        1
        for each in _errors(attempt)
        if each.location == "body"
        and (each.code == "const" or (each.code == "enum" and _single(each.expected)))
    )


def _single(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1


def _media_type(attempt: _Attempt, request: Request) -> int:
    body = attempt.contract.body
    sent = media_types.parse(request.headers.get("content-type") or "")
    if not isinstance(body, RequestBody) or sent is None:
        return 0
    return max((media_types.specificity(key, sent) for key in body.content), default=0)


def _errors(attempt: _Attempt) -> tuple[Any, ...]:
    return errors((*attempt.candidate.violations, *attempt.verdict.violations))


def _only_value(parameter: Parameter) -> list[Any] | None:
    """Return the one value that a parameter may have, or has in the only example."""
    schema = parameter.schema
    try:
        stated = schema and schema.description.resolve(schema.node).value
    except UnresolvableReference:
        return None
    if isinstance(stated, Mapping):
        if "const" in stated:
            return [stated["const"]]
        if _single(stated.get("enum")):
            return list(stated["enum"])
    example = parameter.node.value.get("example")
    return None if example is None else [example]


# --- event hints ------------------------------------------------------------------------

_HINT_HEADERS = (
    "ce-type",
    "x-github-event",
    "x-shopify-topic",
    "x-event-type",
    "x-event-key",
)
_LONGEST_HINT = 200
_HINT_PROPERTIES = ("type", "event", "event_type", "eventType", "topic", "name")


def _hints(request: Request) -> tuple[str, ...]:
    """Collect what a request says about its event, most specific first."""
    body = _body(request)
    found = []
    for header in _HINT_HEADERS:
        value = request.headers.get(header)
        if value:
            if header == "x-github-event" and isinstance(body.get("action"), str):
                found.append(f"{value} {body['action']}")
            found.append(value)
    found += [
        body[name] for name in _HINT_PROPERTIES if isinstance(body.get(name), str)
    ]
    return tuple(dict.fromkeys(found))


def _body(request: Request) -> Mapping[str, Any]:
    try:
        value = json_text.read(request.body)[0] if request.body else None
    except NotJSON:
        return {}
    return value if isinstance(value, dict) else {}


def _hinted(
    candidates: Sequence[Candidate], hints: tuple[str, ...]
) -> Sequence[Candidate]:
    """Keep the candidates that are called like the event: equal, else by suffix."""
    called = [
        (each, _called(each.operation.name, each.operation.operation_id))
        for each in candidates
    ]
    for alike in (_equal, _ending_alike):
        for hint in map(_words, hints):
            scores = [max(alike(hint, name) for name in names) for _, names in called]
            best = max(scores)
            if best:
                return [
                    each
                    for (each, _), score in zip(called, scores, strict=True)
                    if score == best
                ]
    return candidates


@functools.lru_cache(maxsize=4096)
def _called(name: str, operation_id: str | None) -> tuple[tuple[str, ...], ...]:
    return _words(name), _words(operation_id or "")


_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")


def _words(text: str) -> tuple[str, ...]:
    """Read `balancePlatform.transfer_created` as its four words."""
    return tuple(word.lower() for word in _HUMP.split(text[:_LONGEST_HINT]) if word)


def _equal(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    return bool(one) and "".join(one) == "".join(other)


def _ending_alike(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Return how much of both is the same, where one ends with all of the other."""
    for whole, words in (("".join(one), other), ("".join(other), one)):
        if whole and whole in {"".join(words[start:]) for start in range(len(words))}:
            return len(whole)
    return 0
