"""Requests and responses as text, with each violation at its place in the body.

It decides how a body is laid out: JSON as a tree, forms as fields, bytes as base64. It
must not know where on the page a message is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, unquote

from cbmock.reports.html.markup import LONGEST_BODY, as_text

Record = Mapping[str, Any]
_Marks = Mapping[str, Sequence[Record]]

_DEEPEST = 100
_LONGEST_STRING = 2_000
_MOST_MEMBERS = 100
_MOST_LINES = 2_000
"""What is shown of a large value, besides all places where something is wrong."""


def request(message: Record, violations: Iterable[Record] = ()) -> str:
    """Write a recorded request: header fields, an empty line, the body."""
    return _pre(message["headers"], _body(message, violations))


def response(message: Record) -> str:
    """Write a recorded response as it was sent."""
    return _pre(message["headers"], as_text(message["body"][:LONGEST_BODY]))


def _pre(headers: Iterable[tuple[str, str]], body: str) -> str:
    fields = "\n".join(as_text(f"{name}: {value}") for name, value in headers)
    return f"<pre>{f'{fields}{chr(10) * 2}{body}'.rstrip()}</pre>"


def _body(message: Record, violations: Iterable[Record]) -> str:
    if message["body_base64"]:
        return as_text(f"(base64) {message['body_base64']}"[:LONGEST_BODY])
    text: str = message["body"] or ""
    marks: dict[str, list[Record]] = defaultdict(list)
    for each in violations:
        if each["location"] == "body" and each["pointer"] is not None:
            marks[unquote(each["pointer"])].append(each)
    try:
        tree = json.loads(text, parse_float=_Written, parse_int=_Written)
    except (ValueError, RecursionError):
        if _is_form(message) and len(text) <= LONGEST_BODY:
            return "".join(_fields(text, marks))
        rest = "" if len(text) <= LONGEST_BODY else "\n…"
        return f"{as_text(text[:LONGEST_BODY])}{rest}"
    return "".join(_JsonBody(marks).value(tree, "#", 0))


class _Written(str):
    """A number as it was written: 1.0 stays 1.0."""

    __slots__ = ()


class _JsonBody:
    """A JSON value on its way to the page: what is wrong in it, and how much may follow."""

    def __init__(self, marks: _Marks) -> None:
        self._marks = marks
        self._above = {above for pointer in marks for above in _above(pointer)}
        self._left = _MOST_LINES

    def value(self, tree: Any, pointer: str, depth: int) -> Iterator[str]:
        here = self._marks.get(pointer)
        if here:
            yield "<mark>"
        yield from self._laid_out(tree, pointer, depth)
        if here:
            yield f"</mark>{_sentences(here)}"

    def _laid_out(self, tree: Any, pointer: str, depth: int) -> Iterator[str]:
        if isinstance(tree, _Written):
            yield as_text(tree[:_LONGEST_STRING])
        elif isinstance(tree, str) and len(tree) > _LONGEST_STRING:
            begin = json.dumps(tree[:_LONGEST_STRING], ensure_ascii=False)
            yield as_text(f"{begin} … {len(tree) - _LONGEST_STRING} more characters")
        elif not isinstance(tree, dict | list) or not tree:
            yield as_text(json.dumps(tree, ensure_ascii=False))
        elif depth > _DEEPEST:
            yield "{…}" if isinstance(tree, dict) else "[…]"
        else:
            yield from self._container(tree, pointer, depth)

    def _container(
        self, tree: dict[str, Any] | list[Any], pointer: str, depth: int
    ) -> Iterator[str]:
        is_list = isinstance(tree, list)
        members = enumerate(tree) if isinstance(tree, list) else tree.items()
        indent = f"\n{'  ' * (depth + 1)}"
        yield "[" if is_list else "{"
        shown = 0
        for at, (key, each) in enumerate(members):
            token = str(key).replace("~", "~0").replace("/", "~1")
            place = f"{pointer}/{token}"
            if not (place in self._above or (at < _MOST_MEMBERS and self._left > 0)):
                continue
            self._left -= 1
            name = "" if is_list else f"{json.dumps(key, ensure_ascii=False)}: "
            yield f"{',' if shown else ''}{indent}{as_text(name)}"
            yield from self.value(each, place, depth + 1)
            shown += 1
        if shown < len(tree):
            yield f"{indent}… {len(tree) - shown} more"
        yield f"\n{'  ' * depth}{']' if is_list else '}'}"


def _above(pointer: str) -> Iterator[str]:
    """Yield a pointer and all those above it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _is_form(message: Record) -> bool:
    kinds = (
        value for name, value in message["headers"] if name.lower() == "content-type"
    )
    return next(kinds, "").startswith("application/x-www-form-urlencoded")


def _fields(text: str, marks: _Marks) -> Iterator[str]:
    for name, value in parse_qsl(text, keep_blank_values=True):
        here = [
            each
            for pointer, found in marks.items()
            if pointer == f"#/{name}" or pointer.startswith(f"#/{name}/")
            for each in found
        ]
        shown = f"<mark>{as_text(value)}</mark>" if here else as_text(value)
        yield f"{as_text(name)} = {shown}{_sentences(here)}\n"


def _sentences(found: Iterable[Record]) -> str:
    return "".join(
        f' <span class="bad">← {as_text(each["severity"])}: {as_text(each["detail"])}</span>'
        for each in found
    )
