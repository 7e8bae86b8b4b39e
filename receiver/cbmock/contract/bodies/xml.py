"""XML bodies: elements as the value that a schema's XML Objects describe.

It decides which element or attribute is which property (OAS 3.1.1 §4.8.26, 3.2.0
§4.8.26). Violations are warnings, because the mapping is not exact. It must not know how
XML is parsed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cbmock.contract.bodies.payload import ParsedBody, Payload, validate, violation
from cbmock.contract.schemas.subschemas import Shape
from cbmock.http import xml_text
from cbmock.http.xml_text import Element, NotXML


def read(payload: Payload) -> ParsedBody:
    """Read XML, with names and types by its schema."""
    try:
        root = xml_text.read(payload.data, payload.media_type.charset)
    except NotXML as error:
        return ParsedBody(None, (violation(error.code, str(error)),))
    if payload.shape is None:
        return ParsedBody(_untyped(root))
    value = _value(root, payload.shape)
    found = validate(payload.shape.schema, value)
    return ParsedBody(value, tuple(replace(each, severity="warning") for each in found))


def _value(element: Element, shape: Shape | None) -> Any:
    if element.nil:
        return None
    if shape is None:
        return _untyped(element)
    if shape.kind == "array":
        return _items(element.children, shape)
    if shape.kind == "object" or (shape.kind is None and shape.properties):
        return _object(element, shape)
    if shape.types is None and (element.children or element.attributes):
        return _untyped(element)
    text = element.text
    return shape.candidates(text)[0] if text.strip() else _blank(text, shape)


def _blank(text: str, shape: Shape) -> Any:
    """Read an element without text: null or empty where the schema allows no string."""
    return shape.candidates("" if "string" not in (shape.types or ()) else text)[0]


def _items(elements: list[Element], shape: Shape) -> list[Any]:
    return [_value(each, shape.item(index)) for index, each in enumerate(elements)]


def _object(element: Element, shape: Shape) -> dict[str, Any]:
    by_name: dict[str, list[Element]] = {}
    for child in element.children:
        by_name.setdefault(child.name, []).append(child)
    attributes = dict(element.attributes)
    found: dict[str, Any] = {}
    for name, below in shape.properties.items():
        xml = _xml(below)
        own = str(xml.get("name", name)).rpartition(":")[2]
        kind = xml.get("nodeType")
        if kind == "attribute" or xml.get("attribute") is True:
            if own in attributes:
                found[name] = below.candidates(attributes.pop(own))[0]
        elif kind in ("text", "cdata"):
            found |= _character_data(name, kind, element, shape)
        elif kind == "none" and below.properties:
            found |= _without_node(name, element, below, by_name, attributes)
        elif below.kind == "array":
            found |= _array(name, own, below, by_name)
        elif own in by_name:
            # The first of repeated elements counts: the schema has one.
            found[name] = _value(by_name.pop(own)[0], below)
    found = {**attributes, **found}
    for key, elements in by_name.items():
        found.setdefault(key, _others(elements, shape.additional))
    return found


def _character_data(
    name: str, kind: str, element: Element, shape: Shape
) -> dict[str, Any]:
    """Read the property for text or CDATA sections; where it is the only one, for both.

    Senders may write either for the other then, since both say the same.
    """
    kinds = {_xml(each).get("nodeType") for each in shape.properties.values()}
    text: str | None = element.text
    if {"text", "cdata"} <= kinds:
        rest = element.text if element.cdata is None else element.beside
        text = element.cdata if kind == "cdata" else rest if rest.strip() else None
    elif kind == "cdata" and element.cdata is not None:
        text = element.cdata
    return {} if text is None else {name: shape.properties[name].candidates(text)[0]}


def _without_node(
    name: str,
    element: Element,
    shape: Shape,
    by_name: dict[str, list[Element]],
    attributes: dict[str, str],
) -> dict[str, Any]:
    """Collect an object whose members are in the element of its parent."""
    names = {str(_xml(m).get("name", n)) for n, m in shape.properties.items()}
    items = (m.items for m in shape.properties.values() if m.items is not None)
    names |= {str(_xml(each).get("name")) for each in items}
    names = {each.rpartition(":")[2] for each in names}
    inner = replace(
        element,
        children=[c for each in by_name.keys() & names for c in by_name.pop(each)],
        attributes={n: attributes.pop(n) for n in attributes.keys() & names},
    )
    value = _object(inner, shape)
    return {name: value} if value else {}


def _array(
    name: str, own: str, shape: Shape, by_name: dict[str, list[Element]]
) -> dict[str, Any]:
    """Collect an array: its items are in an element of their own, or side by side."""
    xml = _xml(shape)
    if xml.get("wrapped") is True or xml.get("nodeType") == "element":
        wrapper = by_name.pop(own, None)
        if wrapper is None:
            return {}
        return {name: None if wrapper[0].nil else _items(wrapper[0].children, shape)}
    # Without a wrapper only the items' own name counts (OAS 3.1.1 §4.8.26.2).
    item = None if shape.items is None else _xml(shape.items).get("name")
    for key in (own if item is None else str(item).rpartition(":")[2], own):
        if key in by_name:
            return {name: _items(by_name.pop(key), shape)}
    return {}


def _others(elements: list[Element], shape: Shape | None) -> Any:
    values = [_value(each, shape) for each in elements]
    return values[0] if len(values) == 1 else values


def _untyped(element: Element) -> Any:
    """Read an element without a schema: an object if it has children, else its text."""
    if element.nil:
        return None
    if not element.children and not element.attributes:
        return element.text
    found: dict[str, Any] = dict(element.attributes)
    by_name: dict[str, list[Any]] = {}
    for child in element.children:
        by_name.setdefault(child.name, []).append(_untyped(child))
    for name, values in by_name.items():
        found[name] = values[0] if len(values) == 1 else values
    return found


def _xml(shape: Shape) -> Mapping[str, Any]:
    """Return the schema's XML Object."""
    return next((each for each in shape.says("xml") if isinstance(each, dict)), {})
