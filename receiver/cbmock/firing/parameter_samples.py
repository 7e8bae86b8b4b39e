"""Values for the documented parameters of a request.

It decides the value of a parameter for which the user gives none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cbmock.contract.bodies.event_mode import REQUIRED
from cbmock.contract.parameters import parameter_values, raw_parameters
from cbmock.contract.parameters.parameter import Parameter
from cbmock.description.references import Description
from cbmock.errors import ReceiverError
from cbmock.http.messages import Headers, Request
from cbmock.mock.examples import ABSENT, examples
from cbmock.mock.generation import serialization
from cbmock.mock.generation.schema_samples import sample
from cbmock.mock.routing.distinguishing import constant

_ATTRIBUTES = frozenset(f"ce-{name}" for name in REQUIRED)

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
    values = list(_values(parameter, description))
    fitting = (value for value in values if _arrives(parameter, value))
    return next(fitting, values[0] if values else ABSENT)


def _values(parameter: Parameter, description: Description) -> Iterator[Any]:
    yield from examples(parameter.node, description).values()
    if parameter.schema is None:
        yield ANY
        return
    try:
        yield sample(parameter.schema)
    except ReceiverError:
        return


def _arrives(parameter: Parameter, value: Any) -> bool:
    """Return whether a value is valid when the receiver reads it."""
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
        (parameter,), raw_parameters.split_request(request, path)
    )[1]
