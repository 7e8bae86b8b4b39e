"""Undocumented events: requests whose event none of the operations at their URL is for.

It decides what in a request says which event it carries, and whether any operation
documents that event. It must not know how the nearest operation is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from cbmock.description import json_pointer
from cbmock.description.operations import Operation
from cbmock.mock.examples import as_text
from cbmock.mock.routing import event_names
from cbmock.mock.routing.distinguishing import OperationFeatures, SentRequest
from cbmock.mock.routing.member_rules import ABSENT
from cbmock.violations import Violation, shown

_NAMING = re.compile(r"event|topic|type|action|kind", re.IGNORECASE)
_MOST_NEAREST = 3
_LONGEST = 200


class Event(NamedTuple):
    """The name of an event, and its place in the request: `header X-Event`.

    `among` are the operations that match the rest of the request.
    """

    name: str
    place: str
    among: tuple[Operation, ...] = ()


def undocumented(
    features: Sequence[OperationFeatures], chosen: OperationFeatures, sent: SentRequest
) -> Event | None:
    """Return the event that a request names, if no operation is for it.

    `features` are those of all operations at the URL, `chosen` those of the nearest.
    Parameters are compared first, then members, then names; the first that names an event
    decides. Where there is one operation, its constants may be anything: only those whose
    name says so are of an event.
    """
    named, event = _by_parameters(features, chosen, sent)
    if event is not None:
        return event
    # Events of one header may differ by a member: `issues`, `opened`.
    is_stated, event = _by_members(named or features, chosen, sent)
    if is_stated or named:
        among = tuple(each.contract.operation for each in named)
        return None if event is None else event._replace(among=among)
    return _by_names(features, sent) if len(features) > 1 else None


_Found = tuple[bool, Event | None]
"""Whether the request names its event, and that event if it is not documented."""


def _by_parameters(
    features: Sequence[OperationFeatures], chosen: OperationFeatures, sent: SentRequest
) -> tuple[list[OperationFeatures], Event | None]:
    """Return the operations that a parameter names, or the event that none is for."""
    for identity in chosen.listed:
        location, name = identity
        value = sent.texts.get(identity)
        stated = [each.listed[identity] for each in features if identity in each.listed]
        shown_only = any(identity in each.shown_only for each in features)
        naming = _NAMING.search(name) is not None
        alone = len(features) == 1
        tells = naming and not shown_only if alone else len(set(stated)) > 1
        constant = all(
            identity in each.constants for each in features if identity in each.listed
        )
        weak = shown_only or not (constant or _are_apart(stated, len(features)))
        if value is None or not tells or (weak and not naming):
            continue
        named = [each for each in features if value in each.listed.get(identity, ())]
        if named:
            return named, None
        return [], Event(value, f"{location} {chosen.spelling(identity)}")
    return [], None


def _by_members(
    features: Sequence[OperationFeatures], chosen: OperationFeatures, sent: SentRequest
) -> _Found:
    rules = [each.properties(sent) for each in features]
    for path, allowed in chosen.properties(sent).allowed.items():
        value = sent.members.at(path)
        stated = [each.allowed[path] for each in rules if path in each.allowed]
        different = any(each != allowed for each in stated)
        different |= len(features) == 1 and _is_of_an_event(path)
        kinds = {type(listed) for each in stated for listed in each} - {dict, list}
        if (
            value is ABSENT
            or not different
            or (type(value) not in kinds and not sent.members.are_texts)
        ):
            continue
        if any(sent.members.is_one_of(value, each) for each in stated):
            return True, None
        tells = path[-1] in _EVENT_MEMBERS or _are_apart(stated, len(rules))
        if tells or all(len(each) == 1 for each in stated):
            place = f"body {json_pointer.fragment(path)}"
            return True, Event(as_text(value), place)
    return False, None


def _is_of_an_event(path: tuple[str, ...]) -> bool:
    nested = path[-1] in {"event", *event_names.UNMISTAKABLE}
    return nested or (len(path) == 1 and path[-1] in _EVENT_MEMBERS)


def _are_apart(stated: Sequence[Iterable[Any]], operations: int) -> bool:
    """Return whether every operation lists values, none of them in two lists."""
    values = [value for each in {*map(_texts, stated)} for value in each]
    return len(stated) == operations and len({*values}) == len(values)


def _texts(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(map(as_text, values))


_EVENT_MEMBERS = frozenset(
    {*event_names.PROPERTIES, *event_names.UNMISTAKABLE, "action"}
)


def _by_names(features: Sequence[OperationFeatures], sent: SentRequest) -> Event | None:
    named = [(each, each.contract.operation) for each in features]
    body = sent.members.value
    texts = event_names.hints(sent.request, body) + event_names.hints_inside(body)
    if event_names.called(texts, named) is not None:
        return None
    stated = event_names.stated_events(sent.request, body)
    return next((Event(name, place) for place, name in stated), None)


def violation(event: Event, nearest: Sequence[Operation]) -> Violation:
    """Return the violation of a request whose event is not documented."""
    kinds = sorted({each.kind for each in nearest}) or ["webhook"]
    detail = (
        f"no {' or '.join(kinds)} is documented for {shown(event.name)} ({event.place})"
    )
    if nearest:
        detail += f"; nearest: {', '.join(each.name for each in nearest)}"
    return Violation(
        location="url",
        code="undocumented-event",
        detail=detail,
        received=event.name[:_LONGEST],
    )


def nearest_named(
    event: Event, operations: Iterable[Operation]
) -> tuple[Operation, ...]:
    """Return the operations whose names are most like an event's."""
    import difflib  # noqa: PLC0415 - 3 ms, few need it

    matcher = difflib.SequenceMatcher(b=event.name[:_LONGEST].lower())

    def likeness(operation: Operation) -> float:
        matcher.set_seq1(operation.name[:_LONGEST].lower())
        return matcher.quick_ratio()

    by_name = {each.name: each for each in operations}
    return tuple(sorted(by_name.values(), key=likeness, reverse=True)[:_MOST_NEAREST])
