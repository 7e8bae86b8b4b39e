"""XML as an indented tree, each violation at the element or attribute it is about.

The text is cut into tags, not parsed: what arrived is shown, also where it is not
well-formed, in time linear in its length. It must not know schemas: an element or attribute
belongs to the member that has its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cbmock.reports.html.markup import (
    DEEPEST,
    MOST_LINES,
    MOST_MEMBERS,
    Children,
    h,
)
from cbmock.reports.html.places import BodyPlaces, Record, said_behind, sentences

_INDEX = re.compile("[0-9]{1,18}")
_CDATA = "<![CDATA["
_KINDS = (("<!--", "-->"), (_CDATA, "]]>"), ("<?", "?>"))
_TAG = re.compile(r"<(?:[^\"'>]|\"[^\"]*+\"|'[^']*+')*+>")
# A name begins after a blank or a value only, so that no text is looked at twice.
_ATTRIBUTE = re.compile(r"(?<![^\s\"'/])[^\s=/>\"']++\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+')")


@dataclass(slots=True, eq=False)
class _Tagged:
    """An element: its tag as written, what is in it, and what is wrong.

    `attributes` are violations by the name of an attribute; `leads` says whether something is
    wrong here or below.
    """

    tag: str = ""
    name: str = ""
    end: str = ""
    children: list[_Tagged | str] = field(default_factory=list)
    wrong: list[Record] = field(default_factory=list)
    attributes: dict[str, list[Record]] = field(default_factory=dict)
    leads: bool = False

    @property
    def elements(self) -> list[_Tagged]:
        return [each for each in self.children if isinstance(each, _Tagged)]

    def named(self, name: str) -> list[_Tagged]:
        return [each for each in self.elements if each.name == name]


def laid_out(text: str, places: BodyPlaces) -> Children:
    """Lay a text out, one element a line; text without elements stays as it is."""
    root = _read(text)
    tops = root.elements
    if not tops:
        return [(each, "\n") for each in sentences(places.all())], text
    _give([tops[0]], places, 0)
    layout = _XmlLayout()
    return ((layout.node(each, 0), "\n") for each in root.children)


# --- reading ---


def _pieces(text: str) -> Iterator[str]:
    """Cut a text into tags and what is between them."""
    at = 0
    while at < len(text):
        end = _text_end(text, at)
        if end == at:
            end = _end(text, at)
        yield text[at:end]
        at = end


def _text_end(text: str, at: int) -> int:
    """Return where text ends; CDATA sections are a part of it."""
    while True:
        at = text.find("<", at)
        if at < 0:
            return len(text)
        if not text.startswith(_CDATA, at):
            return at
        at = _end(text, at)


def _end(text: str, begin: int) -> int:
    """Return where a tag or the like ends: with the text, if nothing closes it."""
    for opens, closes in _KINDS:
        if text.startswith(opens, begin):
            end = text.find(closes, begin + len(opens))
            return len(text) if end < 0 else end + len(closes)
    tag = _TAG.match(text, begin)
    return len(text) if tag is None else tag.end()


def _read(text: str) -> _Tagged:
    root = _Tagged()
    above = [root]
    for piece in _pieces(text):
        parent = above[-1]
        if piece[:1] != "<" or piece[:2] in ("<!", "<?"):
            if piece.strip():
                parent.children.append(piece.strip())
        elif piece.startswith("</"):
            if len(above) > 1:
                above.pop().end = piece
            else:
                parent.children.append(piece)
        else:
            made = _Tagged(piece, _local(re.split(r"[\s/>]", piece[1:], maxsplit=1)[0]))
            parent.children.append(made)
            if not piece.endswith("/>"):
                above.append(made)
    return root


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _attribute_name(written: str) -> str:
    return _local(written.partition("=")[0].strip())


# --- what is wrong ---


def _give(found: Sequence[_Tagged], places: BodyPlaces, depth: int) -> None:
    """Give each violation to what it is about, or to the nearest element above."""
    first = found[0]
    first.wrong += places.here
    first.leads |= bool(places.here)
    for token, below in places.below.items():
        following = _following(found, token, below)
        first.leads |= not following or following[0] not in found
        if following and depth < DEEPEST:
            _give(following, below, depth + 1)
        elif any(
            _attribute_name(each) == token for each in _ATTRIBUTE.findall(first.tag)
        ):
            first.attributes.setdefault(token, []).extend(below.all())
        else:
            first.wrong += below.all()


def _following(
    found: Sequence[_Tagged], token: str, below: BodyPlaces
) -> list[_Tagged]:
    """Return the elements of a member, or an item."""
    if _INDEX.fullmatch(token):
        return _item(found, int(token), below)
    return found[0].named(token)


def _item(found: Sequence[_Tagged], index: int, below: BodyPlaces) -> list[_Tagged]:
    """Return an item of an array: of several elements of one name, or in one."""
    inner = found[0].elements[index : index + 1]
    side = list(found[index : index + 1])

    def fits(node: _Tagged) -> bool:
        return any(node.named(name) for name in below.below)

    if len(found) > 1 or any(map(fits, side)) or not inner:
        return side
    alike = len({each.name for each in found[0].elements}) == 1
    return inner if alike or fits(inner[0]) or not side else side


# --- showing ---


class _XmlLayout:
    """How much of a text may follow."""

    def __init__(self) -> None:
        self._left = MOST_LINES

    def node(self, node: _Tagged | str, depth: int) -> Iterator[Children]:
        indent = "  " * depth
        if isinstance(node, str):
            yield indent, node
            return
        texts = [each for each in node.children if isinstance(each, str)]
        wrong = [*node.wrong, *(v for each in node.attributes.values() for v in each)]
        if depth >= DEEPEST and node.children:
            yield (
                indent,
                _tag(node, is_marked=bool(node.wrong)),
                "…",
                node.end,
                said_behind(wrong),
            )
        elif len(texts) == len(node.children):
            text = " ".join(texts)
            shown = h("mark", text) if node.wrong and text else text
            tag = _tag(node, is_marked=bool(node.wrong) and not text)
            yield indent, tag, shown, node.end, said_behind(wrong)
        else:
            yield (
                indent,
                _tag(node, is_marked=bool(node.wrong)),
                said_behind(wrong),
                "\n",
            )
            yield from self._children(node, depth)
            yield indent, node.end

    def _children(self, node: _Tagged, depth: int) -> Iterator[Children]:
        hidden = 0
        for at, each in enumerate(node.children):
            leads = isinstance(each, _Tagged) and each.leads
            if not leads and (at >= MOST_MEMBERS or self._left <= 0):
                hidden += 1
                continue
            self._left -= 1
            yield from self.node(each, depth + 1)
            yield "\n"
        if hidden:
            yield "  " * (depth + 1), h("span", f"… {hidden} more", class_="dim"), "\n"


def _tag(node: _Tagged, *, is_marked: bool) -> Children:
    """Write a tag, marked as a whole, or at its attributes."""
    if is_marked:
        return h("mark", node.tag)
    shown: list[Children] = []
    at = 0
    for each in _ATTRIBUTE.finditer(node.tag):
        if _attribute_name(each[0]) in node.attributes:
            shown += [node.tag[at : each.start()], h("mark", each[0])]
            at = each.end()
    return [*shown, node.tag[at:]]
