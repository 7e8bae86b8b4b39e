"""XML texts: bytes to elements, without document types, entities or deep nesting.

It decides what is well-formed (XML 1.0, Namespaces in XML 1.0). It must not know schemas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat  # nosec - doctypes, and with them entities, are refused

DEEPEST = 100
"""How many elements may be nested before a text is refused."""

_MOST_ELEMENTS = 200_000
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


class NotXML(ValueError):
    """The text cannot be read; `code` and the message say why."""

    def __init__(self, code: str, detail: str) -> None:
        """Keep the code of the violation."""
        super().__init__(detail)
        self.code = code


@dataclass(slots=True)
class Element:
    """An element; names are without their namespace.

    `text` is all text directly in it; `cdata` that of CDATA sections, None without any, and
    `beside` the rest, if there are some.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""
    nil: bool = False
    cdata: str | None = None
    beside: str = ""


def read(data: bytes, charset: str | None = None) -> Element:
    """Return the root element; raises `NotXML` if the text is not well-formed."""
    builder = _Builder()
    try:
        parser = expat.ParserCreate(charset, namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = builder.doctype
        parser.StartElementHandler = builder.start
        parser.EndElementHandler = builder.end
        parser.CharacterDataHandler = builder.data
        parser.StartCdataSectionHandler = builder.start_cdata
        parser.EndCdataSectionHandler = builder.end_cdata
        parser.Parse(data, True)  # noqa: FBT003 - the C function takes no keywords
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        where = f"line {error.lineno} column {error.offset + 1}"
        raise NotXML("syntax", f"not XML: {reason} at {where}") from None
    except (ValueError, LookupError) as error:
        if isinstance(error, NotXML):
            raise
        raise NotXML("encoding", "not XML: its encoding is unknown") from None
    assert builder.root is not None
    return builder.root


class _Builder:
    """The elements that are open, and the root."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.texts: list[list[tuple[bool, str]]] = []
        self.count = 0
        self.is_cdata = False

    def doctype(self, *_: object) -> NoReturn:
        raise NotXML("syntax", "XML with a document type is not accepted")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if len(self.open) == DEEPEST:
            raise NotXML("too-deep", f"nested more than {DEEPEST} levels deep")
        if self.count > _MOST_ELEMENTS:
            raise NotXML("too-large", f"has more than {_MOST_ELEMENTS} elements")
        own = {_local(key): text for key, text in attributes.items() if _XSI not in key}
        element = Element(_local(name), own)
        element.nil = attributes.get(f"{_XSI} nil", "").strip() in ("true", "1")
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)
        self.texts.append([])

    def start_cdata(self) -> None:
        self.is_cdata = True
        self.data("")  # a section may be empty

    def end_cdata(self) -> None:
        self.is_cdata = False

    def data(self, text: str) -> None:
        self.texts[-1].append((self.is_cdata, text))

    def end(self, _: str) -> None:
        element, parts = self.open.pop(), self.texts.pop()
        element.text = "".join([text for _, text in parts])
        if any(is_cdata for is_cdata, _ in parts):
            element.cdata = "".join([text for is_cdata, text in parts if is_cdata])
            element.beside = "".join([text for is_cdata, text in parts if not is_cdata])


def _local(name: str) -> str:
    """Return a name without the namespace in front of it."""
    return name.rpartition(" ")[2].rpartition(":")[2]
