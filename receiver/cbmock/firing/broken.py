"""Broken requests: a documented request changed in one way that violates the contract.

It decides which ways there are, and checks each against the contract: only requests
with a violation count. It must not know how requests are sent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice, repeat
from typing import Any, Literal, get_args

from cbmock.contract.schemas.schema_error import ValuePath
from cbmock.description.operations import Operation
from cbmock.firing import variants
from cbmock.firing.documented_request import (
    AS_DOCUMENTED,
    Choices,
    DocumentedRequest,
)
from cbmock.firing.parameter_variants import parameter_variants
from cbmock.firing.walks import in_turn, member_at, places, with_member
from cbmock.http.messages import Headers, Request
from cbmock.mock.examples import ABSENT
from cbmock.mock.mock import Mock
from cbmock.violations import Violation, errors

InvalidKind = Literal[
    "dropped",
    "wrong-type",
    "wrong-format",
    "unknown-enum",
    "out-of-range",
    "extra",
    "wrong-media-type",
    "malformed",
    "wrong-signature",
    "stale",
    "tampered",
]
KINDS: tuple[InvalidKind, ...] = get_args(InvalidKind)
SIGNED: frozenset[InvalidKind] = frozenset({"wrong-signature", "stale", "tampered"})
"""Kinds that break the signature, and so need one."""

_MOST_CHANGES = 1500
"""How many changes of one body are tried; each is a check."""

_LONG = "x" * 4096
_BY_CODE: dict[str, InvalidKind] = {
    "required": "dropped",
    "missing-header": "dropped",
    "missing-parameter": "dropped",
    "missing-cookie": "dropped",
    "missing-body": "dropped",
    "dependentRequired": "dropped",
    "minProperties": "dropped",
    "type": "wrong-type",
    "format": "wrong-format",
    "pattern": "wrong-format",
    "enum": "unknown-enum",
    "const": "unknown-enum",
    "additionalProperties": "extra",
    "unevaluatedProperties": "extra",
    "unevaluatedItems": "extra",
    "false": "extra",
    **dict.fromkeys(
        (
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "minLength",
            "maxLength",
            "minItems",
            "maxItems",
            "uniqueItems",
            "maxProperties",
            "contains",
            "minContains",
            "maxContains",
        ),
        "out-of-range",
    ),
}
_VALUES: tuple[Any, ...] = (
    None,
    True,
    "no such value",
    "",
    _LONG,
    -(10**12),
    10**12,
    0.5,
    0,
    [],
    {},
)


@dataclass(frozen=True, slots=True)
class BrokenRequest:
    """A request that breaks the contract in one way, and its violations.

    `tail` is the rest of its URL after the one that the receiver registered.
    """

    kind: InvalidKind
    request: Request
    tail: str
    violations: tuple[Violation, ...]

    @property
    def place(self) -> str:
        """Where it is broken, for people."""
        return _place(self.violations[0])


def broken(
    mock: Mock,
    operation: Operation,
    whole: DocumentedRequest,
    *,
    choices: Choices = AS_DOCUMENTED,
    fixed: frozenset[str] = frozenset(),
) -> Iterator[BrokenRequest]:
    """Yield the broken requests: each place and kind once.

    Optional members are broken too, in a body that has all of them. The header fields
    `fixed` (in lower case) are left as they are: who signs writes them again. Signatures
    are not checked: the caller makes the `SIGNED` kinds. `choices` made the `whole`.
    """
    seen: set[tuple[InvalidKind, str, type]] = set()
    full = variants.fullest(mock, operation, whole)
    changed = chain(
        _changed_parameters(mock, operation, choices, fixed),
        _changed_bodies(whole),
        _changed_bodies(full) if full.content != whole.content else (),
    )
    for request, tail, value in changed:
        found = errors(variants.faults(mock, operation, request) or ())
        kinds = {_BY_CODE.get(each.code) for each in found}
        if len(kinds) != 1 or (kind := kinds.pop()) is None:
            continue
        place = _place(found[0])
        way = kind, place, type(value)
        if way not in seen:
            seen.add(way)
            yield BrokenRequest(kind, request, tail, found)
    for kind, request in _whole(whole):
        found = errors(variants.faults(mock, operation, request) or ())
        if found:
            yield BrokenRequest(kind, request, whole.tail, found)


def _place(violation: Violation) -> str:
    """Name the place; for a missing member, the object and the member."""
    if violation.code != "required":
        return violation.where
    return f"{violation.where} without {violation.name}"


_Changed = tuple[Request, str, Any]
"""A changed request, the rest of its URL, and the value that replaces another."""


def _changed_parameters(
    mock: Mock, operation: Operation, choices: Choices, fixed: frozenset[str]
) -> Iterator[_Changed]:
    for each in parameter_variants(mock, operation, choices=choices, fixed=fixed):
        yield each.whole.request, each.whole.tail, each.value


def _changed_bodies(whole: DocumentedRequest) -> Iterator[_Changed]:
    if whole.content is ABSENT or isinstance(whole.content, bytes):
        return
    ways = (
        zip(repeat(at), _others(member_at(whole.content, at), at))
        for at in places(whole.content)
    )
    for at, value in islice(in_turn(ways), _MOST_CHANGES):
        changed = with_member(whole.content, at, value)
        yield whole.with_content(changed).request, whole.tail, value


def _whole(whole: DocumentedRequest) -> Iterator[tuple[InvalidKind, Request]]:
    request = whole.request
    if not request.body:
        return
    fields = [pair for pair in request.headers if pair[0].lower() != "content-type"]
    other = Headers.of([*fields, ("content-type", "application/x-unknown")])
    yield "wrong-media-type", replace(request, headers=other)
    yield "malformed", replace(request, body=request.body[: len(request.body) // 2])
    yield "malformed", replace(request, body=b"\xff\xfe{" + request.body)
    yield "dropped", replace(request, headers=Headers.of(fields), body=b"")


def _others(here: Any, at: ValuePath) -> Iterator[Any]:
    """Yield replacements of a value; `ABSENT` leaves it out."""
    if at and isinstance(at[-1], str):
        yield ABSENT
    if isinstance(here, dict):
        yield {**here, "undocumentedMember": 1}
    if isinstance(here, list) and here:
        yield here * 2
        yield (here * 1000)[:1000]
    if isinstance(here, bool | int | float):
        yield json.dumps(here)  # values that careless receivers convert
    for other in _VALUES:
        if other != here or type(other) is not type(here):
            yield other
