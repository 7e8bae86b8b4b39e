"""Examples: the values that a document itself shows for a media type, header or parameter.

It decides what each form of an Example Object stands for (OAS 3.1.1 §4.8.19, 3.2.0
§4.19). It must not know which example is selected or how it is sent.
"""

from __future__ import annotations

from json import JSONDecoder, JSONEncoder
from typing import Any

from cbmock.contract.schemas.schema import Schema
from cbmock.description.references import Description, Node
from cbmock.errors import ReceiverError, UnresolvableReference

ABSENT: Any = object()
"""What stands for a value that is not there, where None is a value."""


def examples(node: Node, description: Description) -> dict[str, Any]:
    """Return the examples of a Media Type, Header or Parameter Object by name.

    The one in `example` has the empty name. Examples as bytes (`externalValue`, and
    `serializedValue` since OAS 3.2) are sent unchanged.
    """
    stated = node.get("examples")
    found = {}
    for name, referenced in () if stated is None else stated.members():
        try:
            found[name] = _value(description.resolve(referenced), description)
        except UnresolvableReference:
            continue
    if isinstance(node.value, dict) and "example" in node.value:
        found.setdefault("", node.value["example"])
    return {name: each for name, each in found.items() if each is not ABSENT}


def _value(example: Node, description: Description) -> Any:
    stated = example.value if isinstance(example.value, dict) else {}
    if isinstance(stated.get("serializedValue"), str):
        return stated["serializedValue"].encode("utf-8", "replace")
    for name in ("dataValue", "value"):
        if name in stated:
            return stated[name]
    if isinstance(stated.get("externalValue"), str):
        return description.literal(example, stated["externalValue"])
    return ABSENT


def unquoted(example: Any, schema: Schema | None) -> Any:
    """Read an example whose object is written as JSON text, as many documents do."""
    if not isinstance(example, str) or schema is None:
        return example
    try:
        inner = JSONDecoder().decode(example)
        if not schema.is_valid(example) and schema.is_valid(inner):
            return inner
    except (ValueError, RecursionError, ReceiverError):
        return example
    return example


def as_text(value: Any) -> str:
    """Write a value where only text may stand: a string stays as it is."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str) else as_json(value)


def as_json(value: Any) -> str:
    """Write a value as JSON, what JSON does not have (dates of YAML) as strings."""
    return JSONEncoder(ensure_ascii=False, default=str).encode(value)
