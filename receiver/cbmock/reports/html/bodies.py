"""Bodies by their media types, with each violation at its place.

It decides which view a body gets: a tree, named fields, parts, text, or bytes as hex. It
must not know where on the page the message is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import parse_qsl

from cbmock.http import media_types, multipart
from cbmock.http.media_types import MediaType
from cbmock.http.multipart import NotMultipart, Part
from cbmock.reports.html import json_tree, xml_tree
from cbmock.reports.html.markup import LONGEST_BODY, Children, Markup, h
from cbmock.reports.html.places import BodyPlaces, Record, marked, paragraphs

_HEX_BYTES = 4096
_LINE = 16
_MOST_FIELDS = 1_000
_DEEPEST = 3
"""In how many multipart bodies a part may be, to be shown as one."""


def body(
    data: bytes, content_type: str | None, violations: Iterable[Record] = ()
) -> Children:
    """Show a body, each violation at its place in it."""
    media_type = media_types.parse(content_type or "")
    return _shown(data, media_type, BodyPlaces(violations), 0)


def _shown(
    data: bytes, media_type: MediaType | None, places: BodyPlaces, depth: int
) -> Children:
    if media_type is not None and media_type.type == "multipart" and depth < _DEEPEST:
        parts = list(_parts(data, media_type))
        if parts:
            return _multipart(parts, places, depth)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [*paragraphs(places.all()), _hex(data)]
    if not text and not depth:
        return [h("p", "no body", class_="dim"), *paragraphs(places.all())]
    if media_type is not None and media_type.is_form and media_type.type != "multipart":
        return _form(parse_qsl(text, keep_blank_values=True), places)
    return _text(text, media_type, places, is_part=depth > 0)


def _text(
    text: str, media_type: MediaType | None, places: BodyPlaces, *, is_part: bool
) -> Children:
    essence = "text/plain" if media_type is None else media_type.essence
    # A field that is no JSON looks like JSON if it is a number: its type decides.
    if not (is_part and essence == "text/plain" and not places.below):
        try:
            tree = json_tree.read(text)
        except ValueError:
            pass
        else:
            return h("pre", json_tree.laid_out(tree, places))
    if re.search("[/+]xml$", essence):
        return h("pre", xml_tree.laid_out(text, places))
    rest = "" if len(text) <= LONGEST_BODY else "\n…"
    shown = text[:LONGEST_BODY] + rest
    if is_part:
        return h("pre", marked(shown, places.all()))
    whole = h("pre", h("mark", shown) if places else shown)
    return [*paragraphs(places.all()), whole]


def _hex(data: bytes) -> Markup:
    lines = [
        _hex_line(start, data[start : start + _LINE])
        for start in range(0, min(len(data), _HEX_BYTES), _LINE)
    ]
    if len(data) > _HEX_BYTES:
        lines.append(f"… {len(data) - _HEX_BYTES} more bytes")
    return h("pre", "\n".join(lines), class_="hex", tabindex="0")


def _hex_line(start: int, data: bytes) -> str:
    text = "".join(chr(each) if ord(" ") <= each <= ord("~") else "." for each in data)
    return f"{start:08x}  {data.hex(' '):<47}  {text}"


# --- fields by their names: forms, and parts with header fields of their own ---


def _placed(names: Sequence[str], places: BodyPlaces) -> Iterator[BodyPlaces]:
    """Yield what is wrong with each field; those of one name are numbered."""
    counts = Counter(names)
    numbers = Counter[str]()
    for name in names:
        found = places.at(name)
        numbered = counts[name] > 1 and all(map(str.isdecimal, found.below))
        yield found.at(numbers[name]) if numbered and found.below else found
        numbers[name] += 1


def _elsewhere(names: Sequence[str], places: BodyPlaces) -> Iterator[Markup]:
    """Say what is wrong with the whole, or with what is missing."""
    known = set(names)
    yield from paragraphs(places.here)
    for name, below in places.below.items():
        if name not in known:
            yield from paragraphs(below.all())


def _form(pairs: Sequence[tuple[str, str]], places: BodyPlaces) -> Children:
    names = [name for name, _ in pairs]
    rows = [
        h(
            "tr",
            h("th", name, scope="row"),
            h("td", marked(value[:LONGEST_BODY], found.all()), class_="url"),
        )
        for at, ((name, value), found) in enumerate(
            zip(pairs, _placed(names, places), strict=True)
        )
        if at < _MOST_FIELDS or found
    ]
    hidden = len(pairs) - len(rows)
    return [
        *_elsewhere(names, places),
        h("table", rows, class_="fields form"),
        h("p", f"… {hidden} more", class_="dim") if hidden else None,
    ]


def _parts(data: bytes, media_type: MediaType) -> Iterator[Part]:
    """Yield the parts, as far as they can be cut out."""
    boundary = dict(media_type.parameters).get("boundary")
    try:
        yield from multipart.each_part(data, boundary)
    except NotMultipart:
        return  # a violation says why


def _multipart(parts: Sequence[Part], places: BodyPlaces, depth: int) -> Children:
    names = [
        part.name or part.content_id or str(number) for number, part in enumerate(parts)
    ]
    found = _placed(names, places)
    return [
        *_elsewhere(names, places),
        [_part(*each, depth) for each in zip(parts, found, strict=True)],
    ]


def _part(part: Part, places: BodyPlaces, depth: int) -> Markup:
    # Names of fields and files are often UTF-8 (RFC 7578 §5.1).
    fields = b"\n".join(b": ".join(pair) for pair in part.headers.raw)
    head = h("pre", fields.decode("utf-8", "replace"), class_="dim")
    shown = _shown(part.data, part.media_type, places, depth + 1)
    return h("div", head, shown, class_="part")
