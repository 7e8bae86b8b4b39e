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
    if len(text) > LONGEST_BODY:
        return as_text(f"{text[:LONGEST_BODY]}\n…")
    marks: dict[str, list[Record]] = defaultdict(list)
    for each in violations:
        if each["location"] == "body" and each["pointer"] is not None:
            marks[unquote(each["pointer"])].append(each)
    try:
        tree = json.loads(text, parse_float=_Written, parse_int=_Written)
    except (ValueError, RecursionError):
        return "".join(_fields(text, marks)) if _is_form(message) else as_text(text)
    return "".join(_value(tree, "#", marks, 0))


class _Written(str):
    """A number as it was written: 1.0 stays 1.0."""

    __slots__ = ()


def _value(tree: Any, pointer: str, marks: _Marks, depth: int) -> Iterator[str]:
    here = marks.get(pointer)
    if here:
        yield "<mark>"
    yield from _laid_out(tree, pointer, marks, depth)
    if here:
        yield f"</mark>{_sentences(here)}"


def _laid_out(tree: Any, pointer: str, marks: _Marks, depth: int) -> Iterator[str]:
    if isinstance(tree, _Written):
        yield as_text(tree)
    elif not isinstance(tree, dict | list) or not tree or depth > _DEEPEST:
        yield as_text(json.dumps(tree, ensure_ascii=False))
    else:
        is_list = isinstance(tree, list)
        members = enumerate(tree) if isinstance(tree, list) else tree.items()
        yield "[" if is_list else "{"
        between = "\n"
        for key, each in members:
            name = "" if is_list else f"{json.dumps(key, ensure_ascii=False)}: "
            yield f"{between}{'  ' * (depth + 1)}{as_text(name)}"
            token = str(key).replace("~", "~0").replace("/", "~1")
            yield from _value(each, f"{pointer}/{token}", marks, depth + 1)
            between = ",\n"
        yield f"\n{'  ' * depth}{']' if is_list else '}'}"


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
