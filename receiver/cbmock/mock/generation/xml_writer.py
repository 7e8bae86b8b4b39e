"""XML writer: a value as an XML document, with names by the schema's XML Objects.

It decides which property is which element or attribute (OAS 3.1.1 §4.8.26, 3.2.0 §4.24):
the reverse of `contract.bodies.xml`. It must not know media types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from xml.etree import ElementTree as ET

from cbmock.contract.schemas.subschemas import Shape
from cbmock.errors import UnresolvableReference
from cbmock.mock.examples import as_text

# Characters not allowed in a name (ASCII is enough here) or a text (XML 1.0 §2.2, §2.3).
_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")
_NO_TEXT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DECLARED = re.compile(r"\s*<\?xml[^>]*\sencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_BEGIN, _END = "\x01", "\x02"
"""Around the text of a CDATA section; no other text has these characters."""
_SECTION = re.compile(f"{_BEGIN}(.*?){_END}", re.DOTALL)
_NIL = "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"


def write_xml(value: Any, shape: Shape | None) -> bytes:
    """Write a value as one element; a text that is XML already stays as it is."""
    if isinstance(value, str) and value.lstrip("\ufeff \t\r\n").startswith("<"):
        return _as_declared(value)
    try:
        element = _element(_root_name(shape), value, shape)
    except (UnresolvableReference, RecursionError):
        element = _element("value", value, None)
    text: str = ET.tostring(element, encoding="unicode")
    return _SECTION.sub(_as_section, text).encode("utf-8")


def _as_section(marked: re.Match[str]) -> str:
    """Write text as a CDATA section, which ElementTree does not know; `]]>` would end it."""
    text = unescape(marked[1]).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{text}]]>"


def _as_declared(text: str) -> bytes:
    """Encode a document as its XML declaration says, else in UTF-8."""
    declared = _DECLARED.match(text)
    try:
        return text.encode("utf-8" if declared is None else declared[1])
    except (LookupError, UnicodeEncodeError):
        return text.encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class _XMLObject:
    """An XML Object (OAS 3.1.1 §4.8.26), with 3.2's `nodeType` in the older terms."""

    stated: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_attribute(self) -> bool:
        node_type = self.stated.get("nodeType")
        return node_type == "attribute" or self.stated.get("attribute") is True

    @property
    def is_text(self) -> bool:
        return self.stated.get("nodeType") in ("text", "cdata")

    @property
    def is_cdata(self) -> bool:
        return self.stated.get("nodeType") == "cdata"

    @property
    def is_no_node(self) -> bool:
        return self.stated.get("nodeType") == "none"

    @property
    def is_wrapped(self) -> bool:
        return self.stated.get("wrapped") is True or (
            self.stated.get("nodeType") == "element"
        )

    def name(self, otherwise: str) -> str:
        stated = str(self.stated.get("name", otherwise))
        prefix = self.stated.get("prefix")
        qualified = f"{prefix}:{stated}" if isinstance(prefix, str) else stated
        return ":".join(map(_legal, qualified.split(":", 1)))


def _legal(name: str) -> str:
    legal = _NO_NAME.sub("_", name)
    return legal if legal[:1].isalpha() or legal[:1] == "_" else "_" + legal


def _xml_of(shape: Shape | None) -> _XMLObject:
    stated = () if shape is None else shape.says("xml")
    return _XMLObject(next((each for each in stated if isinstance(each, dict)), {}))


def _root_name(shape: Shape | None) -> str:
    """Return the schema's XML name, else that of its component, else `value`."""
    if shape is None:
        return "value"
    named = "value"
    for node, _ in shape.parts:
        place = node.tokens
        if len(place) == 3 and place[:2] == ("components", "schemas"):  # noqa: PLR2004 - components/schemas/NAME
            named = str(place[2])
            break
    return _xml_of(shape).name(named)


def _element(tag: str, value: Any, shape: Shape | None) -> ET.Element:
    element = ET.Element(tag)
    _declare(element, tag, _xml_of(shape))
    _fill(element, value, shape)
    return element


def _declare(element: ET.Element, tag: str, xml: _XMLObject) -> None:
    """Declare the namespace of an element, and any prefix that it has."""
    namespace = xml.stated.get("namespace")
    prefix = tag.partition(":")[0] if ":" in tag else ""
    if isinstance(namespace, str):
        element.set(f"xmlns:{prefix}" if prefix else "xmlns", namespace)
    elif prefix:
        element.set(f"xmlns:{prefix}", f"urn:{prefix}")


def _fill(element: ET.Element, value: Any, shape: Shape | None) -> None:
    if isinstance(value, dict):
        for name, member in value.items():
            _add(element, name, member, None if shape is None else shape.below(name))
    elif isinstance(value, list):
        element.extend(_items("item", value, shape))
    elif value is None:
        if shape is not None:
            element.set(*_NIL)
            element.set("xsi:nil", "true")
    else:
        element.text = _NO_TEXT.sub("", as_text(value))


def _add(element: ET.Element, name: str, value: Any, shape: Shape | None) -> None:
    """Add a property as attribute, text, element or repeated elements."""
    xml = _xml_of(shape)
    tag = xml.name(name)
    if xml.is_attribute and not isinstance(value, dict | list):
        prefix = tag.partition(":")[0] if ":" in tag else ""
        if prefix:
            namespace = xml.stated.get("namespace", f"urn:{prefix}")
            element.set(f"xmlns:{prefix}", str(namespace))
        element.set(tag, _NO_TEXT.sub("", as_text(value)))
    elif xml.is_text and not isinstance(value, dict | list):
        text = _NO_TEXT.sub("", as_text(value))
        if xml.is_cdata:
            text = f"{_BEGIN}{text}{_END}"
        element.text = (element.text or "") + text
    elif xml.is_no_node and isinstance(value, dict):
        _fill(element, value, shape)  # its members are those of the parent
    elif not isinstance(value, list):
        element.append(_element(tag, value, shape))
    elif xml.is_wrapped:
        wrapper = ET.SubElement(element, tag)
        _declare(wrapper, tag, xml)
        wrapper.extend(_items(name, value, shape))
    else:
        # Without a wrapper only the items' own name counts (OAS 3.1.1 §4.8.26.2).
        element.extend(_items(tag, value, shape))


def _items(tag: str, values: list[Any], shape: Shape | None) -> Iterator[ET.Element]:
    for index, each in enumerate(values):
        item = None if shape is None else shape.item(index)
        yield _element(_xml_of(item).name(tag), each, item)
