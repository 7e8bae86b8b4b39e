"""Form writer: an object as a form, each property by its Encoding Object.

It decides where the styles put names and delimiters (OAS 3.1.1 §4.8.15.1, 3.2.0 Appendix C
to E). It must not know how values are made, or parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote_plus

from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.parameters.styles import DELIMITERS
from cbmock.mock.examples import as_text
from cbmock.mock.generation.nested_writer import nested_texts

_PLAIN = Encoding()


def write_form(value: Mapping[str, Any], encoding: Mapping[str, Encoding]) -> bytes:
    """Write a form; `encoding` is by the name of a property."""
    pairs = [
        f"{_encoded(key)}={text}"
        for name, member in value.items()
        for key, text in _pairs(name, member, encoding.get(name, _PLAIN))
    ]
    return "&".join(pairs).encode()


def _pairs(name: str, value: Any, encoding: Encoding) -> Iterator[tuple[str, str]]:
    """Yield the names and encoded texts that one property is sent by."""
    if isinstance(value, dict) and encoding.style == "deepObject":
        yield from ((key, _encoded(each)) for key, each in nested_texts(name, value))
    elif isinstance(value, dict) and encoding.style == "form" and encoding.explode:
        yield from ((key, _encoded(each)) for key, each in value.items())
    elif isinstance(value, dict) and encoding.style is not None:
        flat = [part for member in value.items() for part in member]
        yield name, _delimited(flat, encoding.style)
    elif not isinstance(value, list):
        yield name, _encoded(value)
    elif encoding.style is not None and not encoding.explode:
        yield name, _delimited(value, encoding.style)
    else:
        yield from ((name, _encoded(each)) for each in value)


def _delimited(values: list[Any], style: str) -> str:
    delimiter = DELIMITERS[style].written if style in DELIMITERS else ","
    return delimiter.join(map(_encoded, values))


def _encoded(value: Any) -> str:
    return quote_plus(as_text(value), errors="replace")
