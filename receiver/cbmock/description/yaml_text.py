"""YAML 1.2 texts: characters to a tree.

It decides what scalars and keys mean, and the messages of syntax errors. It must not know
OpenAPI.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import yaml

from cbmock.description import limits
from cbmock.errors import DocumentError, line_of

try:
    from yaml import CSafeLoader as _Parser
except ImportError:  # pragma: no cover - PyYAML built without libyaml
    from yaml import SafeLoader as _Parser  # type: ignore[assignment]

Repeated = tuple[tuple[int, str], ...]
"""The (line, key) of every repeated mapping key."""


_TOO_DEEP = "exceeded maximum nesting depth"
"""The message of libyaml from 0.2.6 on, before Python's recursion limit is reached."""


_YamlContent = tuple[Any, Repeated, tuple[int, ...]]

_OF_TABS = ("cannot start any token", "a tab character that violates indentation")
"""What messages of libyaml on tabs contain, also on those that indent nothing."""
_MOST_MENDED = 100
_TABS = re.compile(r"[ \t]*\t[ \t]*(?=#|\r?$)")
_TABS_FIRST = re.compile(r"^\t[ \t]*(?=#|\r?$)", re.MULTILINE)


def tolerant(
    text: str, name: str, *, most_aliased: int = limits.DEFAULT.aliases
) -> tuple[str, _YamlContent]:
    """Read a text whose lines of tabs, or of tabs and a comment, libyaml would refuse.

    Returns the text with spaces for these tabs, as long as before, and what `read` does.
    """
    for _ in range(_MOST_MENDED):
        try:
            return text, read(text, name, most_aliased=most_aliased)
        except DocumentError as error:
            mended = _without_tabs(text, error.line)
            if mended == text or not any(map(error.message.__contains__, _OF_TABS)):
                raise
            text = mended
    return text, read(text, name, most_aliased=most_aliased)


def _without_tabs(text: str, number: int | None) -> str:
    """Replace the tabs of a line, and of lines that no text block can hold."""
    lines = text.split("\n")
    if number is None or number > len(lines) or not _TABS.match(lines[number - 1]):
        return text
    lines[number - 1] = _TABS.sub(_spaces, lines[number - 1], 1)
    return _TABS_FIRST.sub(_spaces, "\n".join(lines))


def _spaces(tabs: re.Match[str]) -> str:
    return " " * len(tabs[0])


def read(
    text: str, name: str, *, most_aliased: int = limits.DEFAULT.aliases
) -> _YamlContent:
    """Return the tree, the repeated keys, and the lines of merge keys.

    Aliases may add up to `most_aliased` values in all. Raises `DocumentError` with the line
    if it is not YAML, `RecursionError` if it is nested too deeply, `ValueError` if a number
    has too many digits.
    """
    try:
        construction = _Construction(_Parser(text), most_aliased)
        tree = construction.tree()
    except yaml.MarkedYAMLError as error:
        if error.problem == _TOO_DEEP:
            raise RecursionError from None
        raise _yaml_error(error, text, name) from None
    except yaml.reader.ReaderError as error:
        raise _character_error(error, text, name) from None
    return tree, tuple(construction.repeated), tuple(construction.merges)


# --- YAML 1.2 core schema (YAML 1.2.2 §10.3.2) -----------------------------------
# PyYAML implements YAML 1.1, so only its events are used: `on`, `no`, `2020-01-01`, `22:30`
# and `1_000` stay the strings they look like. Its own composer overflows the C stack
# where a document is nested deeply.


def _integer(text: str) -> int:
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def _number(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_TAG = "tag:yaml.org,2002:"
_CORE: dict[str, tuple[str, Callable[[str], Any]]] = {
    "null": (r"~|null|Null|NULL|", lambda _text: None),
    "bool": (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", _integer),
    "float": (
        (
            r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
        ),
        _number,
    ),
}
_PLAIN = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, (pattern, _) in _CORE.items())
)


def _scalar(event: yaml.ScalarEvent) -> Any:
    """Read a scalar: by its tag, else by its text if it is not quoted."""
    text: str = event.value
    if event.implicit[0]:
        found = _PLAIN.fullmatch(text)
        return text if found is None else _CORE[str(found.lastgroup)][1](text)
    kind = (event.tag or "").removeprefix(_TAG)
    if kind not in _CORE:
        return text
    pattern, read = _CORE[kind]
    if re.fullmatch(pattern, text) is None:
        raise _error(f"{text[:40]!r} is not a YAML {kind}", event)
    return read(text)


def _error(problem: str, event: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


class _NoJSONEquivalent(yaml.MarkedYAMLError):
    """Valid YAML that JSON cannot express, and what to do about it."""

    def __init__(self, problem: str, event: Any, advice: str) -> None:
        super().__init__(problem=problem, problem_mark=event.start_mark)
        self.advice = advice


class _Construction:
    """Turns the events of one YAML stream into a tree: anchors shared, merges applied."""

    def __init__(self, parser: _Parser, most_aliased: int) -> None:
        self._most_aliased = most_aliased
        self.repeated: list[tuple[int, str]] = []
        self.merges: list[int] = []
        self._next: Callable[[], Any] = parser.get_event
        # The anchored value and, if it is a scalar, its text; None while it is being read.
        self._anchors: dict[str, tuple[Any, str | None] | None] = {}
        # The number of values so far with those of aliases, the number of those of aliases
        # alone, and the number of values of each anchor.
        self._count = 0
        self._aliased = 0
        self._sizes: dict[str, int] = {}

    def tree(self) -> Any:
        self._next()
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        tree = self._build(self._next())
        self._next()
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise _NoJSONEquivalent(
                "a second document starts here",
                event,
                "Keep each OpenAPI document in a file of its own.",
            )
        return tree

    def _build(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            self._expand(event)
            return self._anchored(event)[0]
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        before = self._count
        self._count += 1
        text = None
        if isinstance(event, yaml.ScalarEvent):
            text = event.value
            value = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence()
        else:
            value = self._mapping()
        if event.anchor is not None:
            self._anchors[event.anchor] = value, text
            self._sizes[event.anchor] = self._count - before
        return value

    def _expand(self, alias: yaml.AliasEvent) -> None:
        """Count the values of an alias; the tree shares them, but a walk visits them again."""
        size = self._sizes.get(str(alias.anchor), 0)
        self._count += size
        self._aliased += size
        if self._aliased > self._most_aliased:
            raise _NoJSONEquivalent(
                f"its aliases stand for more than {self._most_aliased} values",
                alias,
                "Refer to schemas with `$ref` instead of aliases.",
            )

    def _anchored(self, alias: yaml.AliasEvent) -> tuple[Any, str | None]:
        if alias.anchor not in self._anchors:
            raise _error(f"there is no anchor {alias.anchor!r}", alias)
        found = self._anchors[alias.anchor]
        if found is None:
            raise _NoJSONEquivalent(
                f"the anchor {alias.anchor!r} contains itself",
                alias,
                "Keep the `$ref`s: bundle the document without dereferencing.",
            )
        return found

    def _sequence(self) -> list[Any]:
        items = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._build(event))
        return items

    def _mapping(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event)
            value = self._build(self._next())
            if _merges(event):
                self.merges.append(event.start_mark.line + 1)
                merged = {**_flattened(value), **merged}
                continue
            if key in own:
                self.repeated.append((event.start_mark.line + 1, key))
            own[key] = value
        return {**merged, **own} if merged else own

    def _key(self, event: Any) -> str:
        """Return the key's own text, so that `200:` and `on:` stay unchanged."""
        text: str | None = None
        if isinstance(event, yaml.AliasEvent):
            text = self._anchored(event)[1]
        elif isinstance(event, yaml.ScalarEvent):
            text = event.value
            if event.anchor is not None:
                self._build(event)
        if text is None:
            raise _NoJSONEquivalent(
                "a mapping key is not a scalar",
                event,
                "Write a key that starts with `{` or `[` in quotes.",
            )
        return text


def _merges(event: Any) -> bool:
    return (
        isinstance(event, yaml.ScalarEvent)
        and event.value == "<<"
        and event.implicit[0]
    )


def _flattened(value: Any) -> dict[str, Any]:
    """Return the members that `<<` adds; of several mappings, the first with a key counts."""
    merged: dict[str, Any] = {}
    for part in reversed(value if isinstance(value, list) else [value]):
        if isinstance(part, dict):
            merged.update(part)
    return merged


def _yaml_error(error: yaml.MarkedYAMLError, text: str, name: str) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    number = None if mark is None else mark.line + 1
    advice = error.advice if isinstance(error, _NoJSONEquivalent) else None
    verdict = "is not YAML" if advice is None else "is YAML that is not JSON"
    return DocumentError(
        f"{verdict}: {error.problem or error.context}",
        document=name,
        line=number,
        column=None if mark is None else mark.column + 1,
        excerpt=None if number is None else line_of(text, number),
        advice=advice,
    )


def _character_error(
    error: yaml.reader.ReaderError, text: str, name: str
) -> DocumentError:
    before, _, _ = text.partition(chr(error.character))
    number = before.count("\n") + 1
    return DocumentError(
        f"is not YAML: the character {error.character:#04x} is not allowed",
        document=name,
        line=number,
        column=len(before) - (before.rfind("\n") + 1) + 1,
        excerpt=line_of(text, number),
    )
