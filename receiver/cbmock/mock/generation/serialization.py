"""Serialization: the value of a parameter as the texts that are sent.

It decides how each style writes a value (OAS 3.1.1 §4.8.12.2, 3.2.0 Appendix C to E): the
reverse of `contract.styles`. It must not know requests or how values are made.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, quote_from_bytes

from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.parameters.styles import DELIMITERS
from cbmock.mock.examples import as_text
from cbmock.mock.generation.content_writer import FORM, write_content
from cbmock.mock.generation.nested_writer import nested_texts

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
# (the prefix, the delimiter, the delimiter with `explode`)
_DELIMITERS = {
    "label": (".", ",", "."),
    "matrix": (";", ",", ";"),
    **{name: ("", each.written, each.written) for name, each in DELIMITERS.items()},
}


def pairs(parameter: Parameter, value: Any) -> list[str]:
    """Write a query parameter or cookie: `name=value`, both encoded."""
    name = _encoded(parameter, parameter.name)
    if not parameter.json and parameter.spread:
        if isinstance(value, dict):
            is_deep = parameter.style == "deepObject"
            named = nested_texts(parameter.name, value) if is_deep else value.items()
            return [
                f"{_encoded(parameter, key)}={_scalar(parameter, each)}"
                for key, each in named
            ]
        if isinstance(value, list):
            return [f"{name}={_scalar(parameter, each)}" for each in value]
    return [f"{name}={text(parameter, value)}"]


def whole(parameter: Parameter, value: Any) -> str:
    """Write a query that is one content (`in: querystring`, OAS 3.2.0 §4.12.1)."""
    media_type = parameter.media_type
    if media_type is None or media_type.essence == FORM:
        return write_content(FORM, value)[1].decode()
    return quote_from_bytes(write_content(media_type.essence, value)[1], safe="")


def text(parameter: Parameter, value: Any) -> str:
    """Write the value in one piece: a header's field, a variable of a path.

    An empty value is written as empty even in styles with a prefix (OAS 3.2.1 §4.12.6).
    """
    if parameter.style in ("label", "matrix") and value in (None, "", [], {}):
        return ""
    if parameter.json or not isinstance(value, dict | list):
        front = {"label": ".", "matrix": f";{parameter.name}="}
        prefix = "" if parameter.json else front.get(parameter.style, "")
        return prefix + _scalar(parameter, value)
    front_, between, exploded = _DELIMITERS.get(parameter.style, ("", ",", ","))
    if parameter.style == "matrix" and not (parameter.explode and value):
        front_ += f"{parameter.name}="
    pieces = _pieces(parameter, value)
    return front_ + (exploded if parameter.explode else between).join(pieces)


def _pieces(parameter: Parameter, value: dict[str, Any] | list[Any]) -> list[str]:
    if isinstance(value, list):
        named = parameter.style == "matrix" and parameter.explode
        prefix = f"{parameter.name}=" if named else ""
        return [prefix + _scalar(parameter, each) for each in value]
    members = [
        (_encoded(parameter, key), _scalar(parameter, each))
        for key, each in value.items()
    ]
    if parameter.explode:
        return [f"{key}={each}" for key, each in members]
    return [piece for member in members for piece in member]


def _scalar(parameter: Parameter, value: Any) -> str:
    return _encoded(parameter, "" if value is None else as_text(value))


def _encoded(parameter: Parameter, text: str) -> str:
    """Encode what a URL may not hold; headers and cookies are not encoded."""
    if parameter.location in ("query", "path"):
        return quote(text, safe="", errors="replace")
    return _CONTROL.sub(" ", text).strip()
