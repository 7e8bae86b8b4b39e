r"""Patterns: texts that match a regular expression of ECMA-262.

It decides what a pattern's plainest matches look like; each is checked by the engine that
also checks requests. It must not know schemas.

    pattern     = sequence *( "|" sequence )
    sequence    = *( atom [ quantifier ] )
    atom        = "^" / "$" / "." / class / group / "\\" escape / CHAR
    group       = "(" [ "?:" / "?=" / "?!" / "?<=" / "?<!" / "?<" NAME ">" ] pattern ")"
    class       = "[" [ "^" ] *( member [ "-" member ] ) "]"
    quantifier  = ( "*" / "+" / "?" / "{" 1*DIGIT [ "," *DIGIT ] "}" ) [ "?" ]
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from cbmock.contract.schemas.engine import keyword_validator

_LARGEST = 20_000
_TURNS = 12
_MOST_NUMBERS = 20_000
_POOL = string.ascii_lowercase + string.digits + string.ascii_uppercase
_POOL += "-_ ./:,;!?'\"()[]{}<>@#$%&*+=^|~`\\\t\néЖ中"
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_QUANTIFIER = re.compile(r"(?:([*+?])|\{(\d+)(,(\d*))?\})\??")
_GROUP = re.compile(r"\(\?(?:<?[=!]|:|<\w+>)")
_CODE = re.compile(r"x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PROPERTY = re.compile(r"[pP]\{(?:[^}=]*=)?([^}]*)\}")


def strings(pattern: str, least: int = 0, most: float = math.inf) -> Iterator[str]:
    """Yield different matches of a length within the limits, plainest first.

    Nothing where the pattern is not understood.
    """
    engine = keyword_validator("pattern", pattern)
    try:
        node = _PatternReader(pattern).whole()
    except (ValueError, IndexError, RecursionError):
        return
    seen = set()
    for text in chain(_texts_of(node, least), _continued(node)):
        padded = text.ljust(least, text[-1:] or "a")
        for each in dict.fromkeys((text, padded, padded[::-1])):
            if least <= len(each) <= most and each not in seen:
                seen.add(each)
                if _encodable(each) and (engine is None or engine.is_valid(each)):
                    yield each


def _continued(node: _Writer) -> Iterator[str]:
    """Yield the plainest match followed by numbers: most patterns are not anchored."""
    try:
        text = node(_TextChoices(0, 0, None))
    except _UnwritableError:
        return
    yield from (f"{text}{number}" for number in range(1, _MOST_NUMBERS))


def _encodable(text: str) -> bool:
    return text.isascii() or _SURROGATE.search(text) is None


# --- writing: a node and what to choose → a text ----------------------------------------


class _UnwritableError(Exception):
    """An empty character class, or too many repetitions."""


@dataclass(slots=True)
class _TextChoices:
    """The choices that make one text.

    `turn` picks alternatives and characters. `extra` is how many repetitions to add to the
    minimum, in all places or in the place `only`. `last` is added to the turn of the last
    repetition, because patterns often restrict the last character.
    """

    turn: int
    extra: int
    only: int | None
    last: int = 0
    repetitions: int = 0
    work: int = 0
    groups: dict[int, str] = field(default_factory=dict)


_Writer = Callable[[_TextChoices], str]


def _texts_of(node: _Writer, least: int) -> Iterator[str]:
    for choices in _choices(node, least):
        try:
            text = node(choices)
        except _UnwritableError:
            continue
        yield text


def _choices(node: _Writer, least: int) -> Iterator[_TextChoices]:
    for turn in range(_TURNS):
        try:
            shortest = len(node(_TextChoices(turn, 0, None)))
        except _UnwritableError:
            continue
        yield _TextChoices(turn, 0, None)
        gap = max(0, least - shortest)
        extras = {1, 2, 3, *(-(-gap // unit) for unit in range(1, 6))} - {0}
        for extra in sorted(extras):
            for only in (None, 1, 2, 3):
                yield _TextChoices(turn, extra, only)
    for turn in range(_TURNS):
        for last in (1, 2):
            yield _TextChoices(turn, 0, None, last)


def _sequence(nodes: list[_Writer]) -> _Writer:
    return lambda writing: "".join([node(writing) for node in nodes])


def _alternatives(nodes: list[_Writer]) -> _Writer:
    if len(nodes) == 1:
        return nodes[0]
    return lambda writing: nodes[writing.turn % len(nodes)](writing)


def _one_of(characters: str) -> _Writer:
    def write(writing: _TextChoices) -> str:
        if not characters:
            raise _UnwritableError
        return characters[writing.turn % len(characters)]

    return write


def _repeated(node: _Writer, low: int, high: float) -> _Writer:
    def write(writing: _TextChoices) -> str:
        writing.repetitions += 1
        chosen = writing.only in (None, writing.repetitions)
        times = min(low + (writing.extra if chosen else 0), high)
        found = []
        for index in range(int(times)):
            writing.work += 1
            if writing.work > _LARGEST:
                raise _UnwritableError
            at_end = writing.last * (index == int(times) - 1)
            writing.turn += at_end
            found.append(node(writing))
            writing.turn -= at_end
        return "".join(found)

    return write


def _looked_ahead(node: _Writer) -> _Writer:
    """Write the text of a lookahead in every other turn, where it may be all that matches."""
    return lambda writing: node(writing) if writing.turn % 2 else ""


def _captured(node: _Writer, number: int) -> _Writer:
    def write(writing: _TextChoices) -> str:
        writing.groups[number] = text = node(writing)
        return text

    return write


# --- reading ----------------------------------------------------------------------------


class _PatternReader:
    """Recursive descent over one pattern; `ValueError` if it is not understood."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.at = 0
        self.groups = 0

    def whole(self) -> _Writer:
        node = self.alternatives()
        if self.at < len(self.text):
            raise ValueError
        return node

    def alternatives(self) -> _Writer:
        nodes = [self.sequence()]
        while self.skips("|"):
            nodes.append(self.sequence())
        return _alternatives(nodes)

    def sequence(self) -> _Writer:
        nodes = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            nodes.append(self.quantified(self.atom()))
        return _sequence(nodes)

    def quantified(self, node: _Writer) -> _Writer:
        match = _QUANTIFIER.match(self.text, self.at)
        if match is None:
            return node
        self.at = match.end()
        if match[1]:
            low, high = {"*": (0, math.inf), "+": (1, math.inf), "?": (0, 1)}[match[1]]
            return _repeated(node, low, high)
        low = int(match[2])
        return _repeated(
            node, low, (float(match[4] or "inf")) if match[3] is not None else low
        )

    def atom(self) -> _Writer:
        if self.text[self.at] == "(":
            return self.group()
        character = self.character()
        if character in "^$":
            return _sequence([])
        if character == ".":
            return _one_of(_POOL.replace("\n", ""))
        if character == "[":
            return _one_of(self.members())
        return self.escaped() if character == "\\" else _one_of(character)

    def group(self) -> _Writer:
        match = _GROUP.match(self.text, self.at)
        kind = match[0] if match else "("
        self.at += len(kind)
        number = None
        if kind == "(" or kind.endswith(">"):
            self.groups += 1
            number = self.groups
        node = self.alternatives()
        if not self.skips(")"):
            raise ValueError
        if number is not None:
            return _captured(node, number)
        if kind in ("(?:", "(?<="):
            return node
        return _looked_ahead(node) if kind == "(?=" else _sequence([])

    def escaped(self) -> _Writer:
        following = self.text[self.at]
        if following in "bB":
            self.at += 1
            return _sequence([])
        if following in string.digits[1:]:
            number = int(self.character())
            return lambda writing: writing.groups.get(number, "")
        return _one_of(self.escape())

    def members(self) -> str:
        """Read a class and return the characters that stand for it."""
        negated = self.skips("^")
        found = ""
        while not self.skips("]"):
            first = self.member()
            if self.text[self.at] == "-" and self.text[self.at + 1] != "]":
                self.at += 1
                last = self.member()
                first = _range(first, last)
            found += first
        if negated:
            return "".join(each for each in _POOL if each not in found)
        chosen = "".join(each for each in _POOL if each in found)
        return chosen + "".join(each for each in found if each not in chosen)

    def member(self) -> str:
        character = self.character()
        if character != "\\":
            return character
        return "\b" if self.skips("b") else self.escape()

    def escape(self) -> str:
        """Read what follows a backslash and return the characters that it means."""
        for known in (_CODE, _PROPERTY):
            match = known.match(self.text, self.at)
            if match is not None:
                self.at = match.end()
                if known is _CODE:
                    return chr(int(match[1] or match[2] or match[3], 16))
                return _of_category(match[1], negated=match[0][0] == "P")
        character = self.character()
        if character in "dDwWsS":
            matches = re.compile(f"\\{character}", re.ASCII).match
            return "".join(each for each in _POOL if matches(each))
        if character == "c":
            return chr(ord(self.character()) % 32)
        return _CONTROLS.get(character, character)

    def character(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def skips(self, text: str) -> bool:
        found = self.text.startswith(text, self.at)
        self.at += len(text) * found
        return found


def _range(first: str, last: str) -> str:
    """Return the characters of a range; of a large one, the common characters."""
    if len(first) != 1 or len(last) != 1:
        return f"{first}-{last}"  # no range at all: `[\w-.]`
    low, high = ord(first), ord(last)
    if high - low > len(_POOL):
        return "".join(each for each in _POOL if first <= each <= last) + first + last
    return "".join(map(chr, range(low, high + 1)))


def _of_category(name: str, *, negated: bool) -> str:
    """Return the characters of a category: `Lu`, or `Letter` by its initial."""
    short = name if len(name) <= 2 else name[0]  # noqa: PLR2004 - two letters name one
    return "".join(
        each
        for each in _POOL
        if unicodedata.category(each).startswith(short) is not negated
    )
