"""Sections of a large text that is indented: where a member begins and ends, by its lines.

It decides how far pointers lead down without reading values. What is found of large sections is
kept: many pointers lead through them. It must not know YAML or JSON beyond the names of members.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from cbmock.description.json_pointer import Tokens

SMALL = 1 << 15
"""A text of up to this many characters is read at once."""

# The first line that is neither blank nor a comment, of YAML no `---` nor directive.
_FIRST = re.compile(r"\n([ \t]*)(?![\s#%]|---)")
# A name in quotes, or until a colon that ends it; none is looked at twice.
_NAME = r'("(?:[^"\\\n]|\\.)*+"[ \t]*+|[^\s"#](?:[^\n:]|:(?!\s))*+):(?=\s)'
_BLOCK = 1 << 16
"""Lines are counted once for each so many characters."""


@dataclass(frozen=True, slots=True)
class Section:
    """A member that `depth` tokens lead to, as indices into the text.

    Its `line` and its name `begin`, then its `value`; it ends before `end`.
    """

    depth: int
    line: int
    begin: int
    value: int
    end: int

    @property
    def is_small(self) -> bool:
        """Whether it is read at once."""
        return self.end - self.value < SMALL


@dataclass(frozen=True, slots=True)
class _SectionMembers:
    """Where the name of each member begins and ends, None if it is repeated."""

    indent: str
    places: dict[str, tuple[int, int] | None]


_NONE = _SectionMembers("", {})


class TextSections:
    """The sections of one text."""

    def __init__(self, text: str, *, is_json: bool) -> None:
        """Keep the text; nothing is read yet."""
        self._text = text
        self._start = text.find("{") + 1 if is_json else 0
        self._large: dict[Tokens, Section] = {}
        self._members: dict[Tokens, _SectionMembers] = {}
        self._breaks = [0]

    def line(self, index: int) -> int:
        """Return how many lines are before the one of an index."""
        known, block = self._breaks, index // _BLOCK
        while len(known) <= block:
            at = len(known) * _BLOCK
            known.append(known[-1] + self._text.count("\n", at - _BLOCK, at))
        return known[block] + self._text.count("\n", block * _BLOCK, index)

    def around(self, tokens: Tokens) -> Section:
        """Go down by indentation alone, as far as that is unambiguous."""
        part = Section(0, 0, 0, 0, len(self._text))
        for depth in range(1, len(tokens) + 1):
            if part.is_small:
                break
            prefix = tokens[:depth]
            found = self._large.get(prefix) or self._below(part, prefix)
            if found is None:
                break
            if not found.is_small:
                self._large[prefix] = found
            part = found
        return part

    def _below(self, part: Section, prefix: Tokens) -> Section | None:
        above, token = prefix[:-1], prefix[-1]
        members = self._members.get(above)
        if members is None:
            members = self._members[above] = self._read(part)
        written = {json.dumps(token), token} & members.places.keys()
        place = members.places[written.pop()] if len(written) == 1 else None
        if place is None:
            return None
        begin, value = place
        # A line of the same or less depth ends it, except comments and items of a sequence.
        after = re.compile(rf"\n[ \t]{{0,{len(members.indent)}}}[^\s#-]")
        ending = after.search(self._text, value, part.end)
        end = part.end if ending is None else ending.start()
        return Section(len(prefix), begin - len(members.indent), begin, value, end)

    def _read(self, part: Section) -> _SectionMembers:
        """Read the names of all members of a section."""
        text, start, shift = self._text, part.value or self._start, 0
        if not part.depth:  # so that each line, also the first, begins with a break
            text, shift = "\n" + text, 1
        indent = _FIRST.search(text, start, part.end + shift)
        if indent is None:
            return _NONE
        places: dict[str, tuple[int, int] | None] = {}
        lines = re.compile(rf"\n{indent[1]}{_NAME}")
        for found in lines.finditer(text, start, part.end + shift):
            name = found[1].rstrip(" \t")
            place = found.start(1) - shift, found.end() - shift
            places[name] = None if name in places else place
        return _SectionMembers(indent[1], places)
