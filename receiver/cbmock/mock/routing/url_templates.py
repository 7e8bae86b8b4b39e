"""URL templates: the path of a key, and which raw paths match it.

It decides how literals and expressions match texts (raw, percent-encoded paths; captures
are decoded by those who read them). It must not know operations or HTTP methods.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, unquote

from cbmock.description.callback_keys import KeyPart, KeyParts
from cbmock.description.runtime_expressions import Expression

T = TypeVar("T")

Captures = tuple[str, ...]
"""The raw text of each expression, in the order of the key."""


def segments(parts: KeyParts) -> tuple[KeyParts, ...]:
    """Cut the parts of a path at each `/`; the first segment continues the base."""
    found: list[list[KeyPart]] = [[]]
    for part in parts:
        if isinstance(part, Expression):
            found[-1].append(part)
            continue
        first, *others = part.split("/")
        found[-1] += [first] if first else []
        found += [[other] if other else [] for other in others]
    return tuple(tuple(segment) for segment in found)


_UNRESERVED = string.ascii_letters + string.digits + "-._~"
_ENCODED = re.compile("%([0-9A-Fa-f]{2})")
_WIRE = "%/:@!$&'()*+,;=" + _UNRESERVED


def normal(path: str) -> str:
    """Decode characters that need no encoding (RFC 3986 §6.2.2), for an equivalent URL."""

    def decoded(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return _ENCODED.sub(decoded, path) if "%" in path else path


def wire(parts: KeyParts) -> KeyParts:
    """Percent-encode the literals: `/größe` becomes `/gr%C3%B6%C3%9Fe`."""
    return tuple(
        part
        if isinstance(part, Expression)
        else normal(quote(part, _WIRE, errors="replace"))
        for part in parts
    )


def match(
    parts: KeyParts, text: str, *, least: int = 1, anchored: bool = True
) -> Captures | None:
    """Return the text of each expression in percent-encoded parts; None without a match.

    Each has `least` characters or more, and the first ones as many as possible. Unless
    `anchored`, anything may come before. Literals are searched from the end, so that the
    time grows with the length of the text alone.
    """
    if anchored and parts and isinstance(parts[0], str):
        if not text.startswith(parts[0]):
            return None
        return match(parts[1:], text[len(parts[0]) :], least=least)
    captures: list[str] = []
    end = len(text)
    waiting = 0  # expressions behind the literal that is looked for
    for part in reversed(parts):
        if isinstance(part, Expression):
            waiting += 1
            continue
        if waiting:
            start = text.rfind(part, 0, max(end - waiting * least, 0))
            captures[:0] = _shared(text[start + len(part) : end], waiting, least)
        else:
            start = end - len(part) if text.endswith(part, 0, end) else -1
        if start < 0:
            return None
        end, waiting = start, 0
    if waiting:
        if end < waiting * least:
            return None
        captures[:0] = _shared(text[:end], waiting, least)
        end = 0
    return tuple(captures) if end == 0 or not anchored else None


def _shared(text: str, expressions: int, least: int) -> list[str]:
    """Divide a text between adjacent expressions; the first gets as much as possible."""
    others = (expressions - 1) * least
    cut = len(text) - others
    return [text[:cut], *(text[cut:] if least else [""] * (expressions - 1))]


_SegmentForm = tuple[str | None, ...]
"""A segment's literals; templates are the same if only names of expressions differ."""


@dataclass(slots=True)
class _TrieNode(Generic[T]):
    """The segments that may come before the segments that led here.

    Segments with expressions are found by the literals at their two ends, of which
    `lengths` are all that occur. `ends` are found by what the base's own last segment
    must end with.
    """

    literal: dict[str, _TrieNode[T]] = field(default_factory=dict)
    variable: dict[
        tuple[str, str], dict[_SegmentForm, tuple[KeyParts, _TrieNode[T]]]
    ] = field(default_factory=dict)
    lengths: set[tuple[int, int]] = field(default_factory=set)
    ends: dict[str, list[tuple[KeyParts, T]]] = field(default_factory=dict)
    end_lengths: set[int] = field(default_factory=set)

    def end(self, head: KeyParts, value: T) -> None:
        """Record that a template begins here."""
        last = _literal(head[-1:])
        self.end_lengths.add(len(last))
        self.ends.setdefault(last, []).append((head, value))

    def ending(self, text: str) -> Iterator[tuple[KeyParts, T]]:
        """Yield the templates that may begin with a text."""
        for length in self.end_lengths:
            if length <= len(text):
                yield from self.ends.get(text[len(text) - length :], ())

    def next(self, segment: KeyParts) -> _TrieNode[T]:
        """Return the branch behind a segment."""
        if not any(isinstance(part, Expression) for part in segment):
            return self.literal.setdefault(unquote(_literal(segment)), _TrieNode())
        form = tuple(part if isinstance(part, str) else None for part in segment)
        outer = _literal(segment[:1]), _literal(segment[-1:])
        self.lengths.add((len(outer[0]), len(outer[1])))
        forms = self.variable.setdefault(outer, {})
        return forms.setdefault(form, (segment, _TrieNode()))[1]

    def variables(self, text: str) -> Iterator[tuple[KeyParts, _TrieNode[T]]]:
        """Yield the segments with expressions that may fit a text, and their branches."""
        for before, after in self.lengths:
            if before + after <= len(text):
                outer = text[:before], text[len(text) - after :]
                yield from self.variable.get(outer, {}).values()


def _literal(parts: KeyParts) -> str:
    return "".join(part for part in parts if isinstance(part, str))


class TemplateTrie(Generic[T]):
    """Templates found by the end of a path, in a time that does not grow with their number.

    With `anchored`, a template must match the whole path; otherwise everything before it is the
    client's own base URL.
    """

    def __init__(self, *, anchored: bool) -> None:
        """Start empty."""
        self._root: _TrieNode[T] = _TrieNode()
        self._anchored = anchored
        self._longest = 0

    def add(self, parts: KeyParts, value: T) -> None:
        """Add a template for the path that follows the base."""
        head, *rest = segments(wire(parts))
        branch = self._root
        for segment in reversed(rest):
            branch = branch.next(segment)
            self._longest = max(self._longest, len(_literal(segment)))
        branch.end(head, value)

    @property
    def last_segments(self) -> Collection[str] | None:
        """The literal last segments of templates; all others are single expressions.

        None if the last segment of one is neither.
        """
        root = self._root
        partly = any(
            len(segment) > 1
            for forms in root.variable.values()
            for segment, _ in forms.values()
        )
        if not self._anchored:
            heads = (head for each in root.ends.values() for head, _ in each)
            partly = partly or any(heads)
        return None if partly else root.literal.keys()

    def find(self, path: str) -> Iterator[tuple[T, Captures]]:
        """Yield every value whose template fits the end of the path."""
        texts = path.split("/")
        yield from self._walk(self._root, texts, len(texts) - 1, ())

    def _walk(
        self, branch: _TrieNode[T], texts: list[str], at: int, captures: Captures
    ) -> Iterator[tuple[T, Captures]]:
        text = texts[at]
        if at == 0 or not self._anchored:
            for head, value in branch.ending(text):
                found = match(head, text, anchored=self._anchored)
                if found is not None:
                    yield value, found + captures
        if at == 0:
            return
        # Decoding is slow, so a text that is too long for a literal is not decoded.
        encoded = "%" in text and len(text) <= 3 * self._longest
        literal = branch.literal.get(unquote(text) if encoded else text)
        if literal is not None:
            yield from self._walk(literal, texts, at - 1, captures)
        for segment, following in branch.variables(text):
            found = match(segment, text)
            if found is not None:
                yield from self._walk(following, texts, at - 1, found + captures)


class LenientTemplates(Generic[T]):
    """Templates that match a path only if a value may be empty or contain a slash.

    They are found by their literal segments, in a time that does not grow with their number.
    With `anchored`, a template must match the whole path.
    """

    def __init__(self, *, anchored: bool) -> None:
        """Start empty."""
        self._anchored = anchored
        self._by_segment: dict[str, list[tuple[int, KeyParts, T]]] = {}
        self._others: list[tuple[int, KeyParts, T]] = []
        self._count = 0

    def add(self, parts: KeyParts, value: T) -> None:
        """Add a percent-encoded template; one without expressions never matches."""
        if not any(isinstance(part, Expression) for part in parts):
            return
        entry = self._count, parts, value
        self._count += 1
        longest = max(_whole(parts), key=len, default="")
        if longest:
            self._by_segment.setdefault(longest, []).append(entry)
        else:
            self._others.append(entry)

    def find(self, path: str) -> Iterator[tuple[T, Captures]]:
        """Yield every value whose template fits, in the order they were added."""
        known = self._by_segment.keys() & set(path.split("/"))
        tried: Iterable[tuple[int, KeyParts, T]] = self._others
        if known:
            more = (entry for segment in known for entry in self._by_segment[segment])
            tried = sorted((*self._others, *more), key=lambda entry: entry[0])
        for _, parts, value in tried:
            found = match(parts, path, least=0, anchored=self._anchored)
            if found is not None:
                yield value, found


def _whole(parts: KeyParts) -> Iterator[str]:
    """Yield the segments that a template has from slash to slash, or to its end."""
    last = len(parts) - 1
    for position, part in enumerate(parts):
        if isinstance(part, str):
            pieces = part.split("/")
            yield from pieces[1:] if position == last else pieces[1:-1]
