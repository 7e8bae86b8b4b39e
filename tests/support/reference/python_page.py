"""The page on the Python API, made from the public names and their docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cbmock
from cbmock.testing.deliveries import ReceivedDelivery
from cbmock.testing.expectation import Expectation
from cbmock.testing.response_script import ResponseScript

from tests.support.reference.markdown import code

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "python.md"

HEAD = """\
# Python API

`from cbmock import …` gives the names on this page, and they are all that is public. Written from the
docstrings. `cbmock.aio` of a [Receiver](#receiver) has the awaitable twins of what waits.

"""
HANDED_OUT = (Expectation, ResponseScript, ReceivedDelivery)
"""Classes that nobody imports, but that a test holds in its hands."""


class _Bare:
    """An annotation, written without quotation marks."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def page() -> str:
    """Return the whole page."""
    lines = [HEAD.rstrip("\n"), ""]
    for name in cbmock.__all__:
        if not name.startswith("_"):
            lines += _name(name, getattr(cbmock, name))
    lines += ["## What these hand out", ""]
    for each in HANDED_OUT:
        lines += _name(each.__name__, each)
    return "\n".join(lines).rstrip("\n") + "\n"


def _name(name: str, value: Any) -> Iterator[str]:
    level = "###" if value in HANDED_OUT else "##"
    yield f"{level} {name}\n"
    if inspect.isclass(value):
        if value not in HANDED_OUT and not issubclass(value, Exception):
            yield from _signature(name, value)
        yield f"{_doc(value)}\n"
        for member in _members(value):
            yield from _member(member, inspect.getattr_static(value, member))
        return
    if callable(value):
        yield from _signature(name, value)
    yield f"{_doc(value)}\n"


def _members(value: type) -> list[str]:
    """Return the public members of a class that have a docstring, in order."""
    found: dict[str, None] = {}
    for each in reversed(value.__mro__):
        if each.__module__.startswith("cbmock."):
            found |= dict.fromkeys(
                name
                for name, member in vars(each).items()
                if not name.startswith("_") and _documented(member)
            )
    return list(found)


def _documented(member: Any) -> bool:
    function = member.fget if isinstance(member, property) else member
    function = getattr(function, "__func__", function)
    function = getattr(function, "func", function)
    return inspect.isfunction(function) and bool(function.__doc__)


def _member(name: str, member: Any) -> Iterator[str]:
    if isinstance(member, property) or hasattr(member, "func"):
        getter = member.fget if isinstance(member, property) else member.func
        kind = inspect.signature(getter).return_annotation
        yield f"`.{name}`: {code(str(kind))}\n"
        yield f": {_indented(_doc(getter))}\n"
        return
    function = getattr(member, "__func__", member)
    yield f"`.{name}{_text(function)}`\n"
    yield f": {_indented(_doc(function))}\n"


def _signature(name: str, value: Callable[..., Any]) -> Iterator[str]:
    parameters = _parameters(value)
    lines = "".join(f"    {each},\n" for each in parameters)
    whole = f"{name}({', '.join(parameters)})"
    yield "```python"
    yield whole if len(whole) < 80 else f"{name}(\n{lines})"
    yield "```\n"


def _parameters(function: Callable[..., Any]) -> list[str]:
    found = inspect.signature(function)
    shown = found.replace(
        parameters=[
            each.replace(annotation=_annotation(each.annotation))
            for each in found.parameters.values()
            if each.name not in ("self", "cls")
        ],
        return_annotation=inspect.Signature.empty,
    )
    text = re.sub(
        r"<(?:function )?[\w.]+(?: object)? at 0x\w+>|mappingproxy\(\{\}\)",
        "…",
        str(shown),
    )
    return _split(text[1:-1])


def _split(text: str) -> list[str]:
    """Split at commas that stand in no brackets."""
    parts, depth, start = [], 0, 0
    for position, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append(text[start:position].strip())
            start = position + 1
    return [*parts, text[start:].strip()] if text else []


def _text(function: Callable[..., Any]) -> str:
    given = inspect.signature(function).return_annotation
    returned = f" -> {given}" if given is not inspect.Signature.empty else ""
    return f"({', '.join(_parameters(function))}){returned}"


def _annotation(given: Any) -> Any:
    return _Bare(given) if isinstance(given, str) else given


def _doc(value: Any) -> str:
    return re.sub(r"  +", " ", inspect.cleandoc(value.__doc__ or ""))


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")
