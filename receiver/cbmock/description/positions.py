"""Positions: the line and column of a JSON Pointer in a document's text.

It decides where people find the subject of a message. It is used only if there is a
message, and reads no more of the text than it needs. It must not know OpenAPI.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache, partial
from json.decoder import scanstring  # type: ignore[attr-defined] # C, undocumented
from typing import TYPE_CHECKING

from cbmock.description.documents import Document, kept
from cbmock.description.json_pointer import Tokens
from cbmock.description.text_sections import SMALL, TextSections

if TYPE_CHECKING:
    import yaml

Position = tuple[int, int]
"""Line and column, both from 1."""

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@kept
def _positions(document: Document) -> Callable[[Tokens], Position | None]:
    return lru_cache(maxsize=1024)(partial(_position, document))


def position(document: Document, tokens: Tokens) -> Position | None:
    """Return where the value at `tokens` begins; for a member of an object, its name.

    None if the document has no text, for example if an app made it. For a pointer without a
    target, the position of the last part that exists.
    """
    return _positions(document)(tokens)


def _position(document: Document, tokens: Tokens) -> Position | None:
    text = document.text
    if text is None:
        return None
    if _is_one_line(document):
        return 1, _in_json(document, text, tokens, 0, 0) + 1
    part = _sections(document).around(tokens)
    rest = tokens[part.depth :]
    if document.is_json:
        index = _in_json(document, text, rest, part.value, part.begin)
        return _at(document, text, index)
    found = None
    if part.depth:
        inner = text[part.line : part.end], tokens[part.depth - 1 :]
        found = _in_yaml(*inner)
    if found is None:  # or an alias refers to another part of the text
        return _in_yaml(text, tokens)
    return found[0] + _sections(document).line(part.line), found[1]


@kept
def _is_one_line(document: Document) -> bool:
    text = document.text or ""
    return document.is_json and "\n" not in text.rstrip()


@kept
def _sections(document: Document) -> TextSections:
    return TextSections(document.text or "", is_json=document.is_json)


def _at(document: Document, text: str, index: int) -> Position:
    line_start = text.rfind("\n", 0, index) + 1
    return _sections(document).line(index) + 1, index - line_start + 1


def _skip(text: str, index: int) -> int:
    match = _SPACE.match(text, index)
    return index if match is None else match.end()


_Beginnings = dict[str, tuple[int, int]]
"""Where each member's name and value begin, or each item, by name or index."""


def _in_json(
    document: Document, text: str, tokens: Tokens, index: int, shown: int
) -> int:
    """Go down the text from a value; values in between are skipped by the C decoder."""
    index = _skip(text, index)
    shown = shown or index
    known = _of_large(document)
    for token in tokens:
        children = known.get(index)
        if children is None:
            children, end = _children(text, index)
            if end - index > SMALL:
                known[index] = children
        if token not in children:
            break
        shown, index = children[token]
    return shown


@kept
def _of_large(_: Document) -> dict[int, _Beginnings]:
    """Return the children of large objects and arrays, which many pointers lead through."""
    return {}


def _children(text: str, index: int) -> tuple[_Beginnings, int]:
    """Read where a value's children begin; of equal names, the last one counts."""
    is_object, found = text[index] == "{", _Beginnings()
    if text[index] not in "{[":
        return found, index
    index = _skip(text, index + 1)
    while text[index] not in "}]":
        begin, name = index, str(len(found))
        if is_object:
            name, index = scanstring(text, index + 1)
            index = _skip(text, _skip(text, index) + 1)
        found[name] = begin, index
        index = _skip(text, _DECODER.raw_decode(text, index)[1])
        if text[index] != ",":
            break
        index = _skip(text, index + 1)
    return found, index


# --- YAML: the text is composed -----------------------------------------------------------


@lru_cache(maxsize=8)
def _composed(text: str) -> yaml.Node | None:
    import yaml  # noqa: PLC0415 - 15 ms, only for YAML, and only when asked

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: yaml.Node | None = yaml.compose(text, Loader=loader)
    return found


def _in_yaml(text: str, tokens: Tokens) -> Position | None:
    """Return the line and column of the value at `tokens`; None if it is not YAML."""
    import yaml  # noqa: PLC0415 - (as above)

    try:
        node = _composed(text)
    except yaml.YAMLError:
        return None
    if node is None:
        return None
    mark = node.start_mark
    for token in tokens:
        found = _child(node, token)
        if found is None:
            break
        named, node = found
        mark = named.start_mark
    return mark.line + 1, mark.column + 1


def _child(node: yaml.Node, token: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the node to show and the node to go on from."""
    import yaml  # noqa: PLC0415 - (as above)

    if isinstance(node, yaml.SequenceNode):
        if token.isdecimal() and int(token) < len(node.value):
            item = node.value[int(token)]
            return item, item
        return None
    if not isinstance(node, yaml.MappingNode):
        return None
    merged = None
    for key, value in reversed(node.value):
        if key.value == token:
            return key, value
        if key.value == "<<" and merged is None:
            parts = value.value if isinstance(value, yaml.SequenceNode) else [value]
            merged = next(filter(None, (_child(part, token) for part in parts)), None)
    return merged
