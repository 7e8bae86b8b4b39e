"""Values for the documented parameters of a request.

It decides the value of a parameter for which the user gives none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from cbmock.contract.bodies.event_mode import REQUIRED
from cbmock.contract.parameters import parameter_values, raw_parameters
from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.references import Description
from cbmock.errors import ReceiverError
from cbmock.firing import edges
from cbmock.http.messages import Headers, Request
from cbmock.mock.examples import ABSENT, examples
from cbmock.mock.generation import serialization
from cbmock.mock.generation.schema_samples import sample, samples
from cbmock.mock.routing.distinguishing import constant

_ATTRIBUTES = frozenset(f"ce-{name}" for name in REQUIRED)
_SEEDS = 12
ANY = "1"
"""The value if the document says nothing about it."""


def value_of(parameter: Parameter, description: Description) -> Any:
    """Return the first value that is valid after sending, if the parameter is sent.

    Attributes that every CloudEvent has are sent also where they are optional, because
    the operation takes other modes too: half an event is none.
    """
    is_needed = parameter.required or parameter.location == "path"
    is_needed = is_needed or (
        parameter.location == "header" and parameter.name.lower() in _ATTRIBUTES
    )
    if not (is_needed or constant(parameter)):
        return ABSENT
    first = ABSENT
    for value in _values(parameter, description):
        first = value if first is ABSENT else first
        if arrives(parameter, value):
            return value
    return first


def _values(parameter: Parameter, description: Description) -> Iterator[Any]:
    yield from examples(parameter.node, description).values()
    if parameter.schema is None:
        yield ANY
        return
    # What is the smallest may have no text, such as an empty array.
    yield from samples(parameter.schema, _SEEDS)


def only_by(one: Parameter, other: Parameter) -> Any:
    """Return a value that is valid for one parameter and not for another, or `ABSENT`."""
    schemas = [each.schema for each in (one, other) if each.schema is not None]
    tried = edges.candidates(*schemas)
    for schema in schemas:
        with contextlib.suppress(ReceiverError):
            tried += [sample(schema, examples=False, seed=at) for at in range(_SEEDS)]
    for value in tried:
        if (
            _is_one(one, value)
            and arrives(one, value)
            and not arrives(one, value, other)
        ):
            return value
    return ABSENT


def _is_one(parameter: Parameter, value: Any) -> bool:
    return parameter.schema is None or parameter.schema.is_valid(value)


def arrives(parameter: Parameter, value: Any, by: Parameter | None = None) -> bool:
    """Return whether a value is valid when it is read from the wire again, `by` another."""
    headers, query, path = [], "", {}
    if parameter.location in ("query", "cookie"):
        pairs = serialization.pairs(parameter, value)
        query = "&".join(pairs)
        headers = [("cookie", "; ".join(pairs))]
    else:
        text = serialization.text(parameter, value)
        headers, path = [(parameter.name, text)], {parameter.name: text}
    request = Request("", "/?" + query, Headers.of(headers))
    return not parameter_values.check(
        (by or parameter,), raw_parameters.split_request(request, path)
    )[1]
