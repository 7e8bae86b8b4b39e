"""Parameter variants: a documented request with another value of one parameter.

It decides which values are tried, and which parameters are left as they are. It must not
know whether a value is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.operations import Operation
from cbmock.firing import edges
from cbmock.firing.documented_request import (
    AS_DOCUMENTED,
    Choices,
    ChosenBody,
    DocumentedRequest,
    body_of,
    documented_request,
)
from cbmock.firing.walks import in_turn
from cbmock.mock.examples import ABSENT, as_text
from cbmock.mock.generation.schema_samples import samples
from cbmock.mock.mock import Mock

_FRAMING = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "expect", "te"}
)
"""Header fields that HTTP itself reads."""
_ASCII = re.compile(r"[ -~]*", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)
_SEEDS = 4


@dataclass(frozen=True, slots=True)
class ParameterVariant:
    """A request in which one parameter has another value; `ABSENT` is none at all."""

    parameter: Parameter
    value: Any
    whole: DocumentedRequest


def parameter_variants(
    mock: Mock,
    operation: Operation,
    *,
    choices: Choices = AS_DOCUMENTED,
    fixed: frozenset[str] = frozenset(),
) -> Iterator[ParameterVariant]:
    """Yield requests in which one parameter differs, valid or not.

    The header fields `fixed` (in lower case) are left as they are.
    """
    contract = mock.contract_of(operation)
    body: ChosenBody | None = None
    ways = (
        zip(repeat(parameter), _values(parameter))
        for parameter in contract.parameters
        if parameter.location != "header"
        or parameter.name.lower() not in fixed | _FRAMING
    )
    for parameter, value in in_turn(ways):
        chosen = {**choices.parameters, parameter.name: value}
        other = replace(choices, parameters=chosen)
        body = body or body_of(contract, choices)
        whole = documented_request(mock, operation, other, body)
        yield ParameterVariant(parameter, value, whole)


def _values(parameter: Parameter) -> Iterator[Any]:
    if parameter.location != "path":
        yield ABSENT
    schemas = [] if parameter.schema is None else [parameter.schema]
    for schema in schemas:
        yield from samples(schema, _SEEDS)
    for value in edges.candidates(*schemas):
        if _can_be_written(parameter, value):
            yield value


def _can_be_written(parameter: Parameter, value: Any) -> bool:
    """Return whether every receiver reads the value as it was written."""
    text = "" if value is None else as_text(value)
    if parameter.location in ("path", "cookie"):
        return _PLAIN.fullmatch(text) is not None
    if parameter.location == "header":
        return _ASCII.fullmatch(text) is not None and text == text.strip()
    return True
