"""Scalars: strings, numbers and booleans that keywords allow, plainest first.

It must not know schemas beyond one flat set of keywords.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain, count, islice
from typing import Any

from cbmock.contract.schemas import formats
from cbmock.contract.schemas.engine import keyword_validator
from cbmock.mock.generation.merged_schema import Keywords
from cbmock.mock.generation.streams import Remembered, in_turn

_OF_TEXTS = ("pattern", "format", "contentEncoding", "minLength", "maxLength")
"""The keywords that decide which texts are tried."""
_MOST_PATTERNS = 64
"""For how many sets of these keywords texts are kept: a document repeats some patterns."""

_LONGEST = 1_000_000
_MOST = 1000
_MOST_TEXTS = 20_000
_FEW_TEXTS = 100
_USUAL = 16
"""How many usual texts come before odd ones."""
_ODD = (" ", "-", "0", "é")
"""Texts that match hardly any format."""


def _texts(keywords: Keywords) -> Iterator[str]:
    """Yield texts; those of patterns, which may be hard to find, are looked for only once."""
    if "pattern" not in keywords:
        return _strings(keywords)
    stated = {name: keywords[name] for name in _OF_TEXTS if name in keywords}
    return iter(_of_patterns(json.dumps(stated)))


@functools.lru_cache(_MOST_PATTERNS)
def _of_patterns(stated: str) -> Remembered[str]:
    return Remembered(lambda: _strings(json.loads(stated)))


def _strings(keywords: Keywords) -> Iterator[str]:
    least = int(keywords.get("minLength", 0))
    most = keywords.get("maxLength", math.inf)
    if least > _LONGEST:
        return
    patterns = _read(keywords)
    texts: list[Iterator[str]] = []
    if patterns:
        from cbmock.mock.generation import regex  # noqa: PLC0415 - 10 ms, few need it

        texts = [regex.strings(each, least, most) for each in patterns]
    stated = formats.text_format(keywords)
    if stated is not None:
        texts.insert(0, _formatted(stated.samples, least))
    elif not patterns:
        texts.append(_plain(least, most))
    engines = [
        engine for each in patterns if (engine := keyword_validator("pattern", each))
    ]
    # A pattern may be one that only the engine reads.
    texts.append(islice(_plain(least, most), _FEW_TEXTS))
    for text in islice(chain(*texts), _MOST_TEXTS):
        if least <= len(text) <= most and all(each.is_valid(text) for each in engines):
            yield text


def _read(keywords: Keywords) -> list[str]:
    """Return the patterns that the engine can read; others do not restrict values."""
    stated = keywords.get("pattern", [])
    return [each for each in stated if keyword_validator("pattern", each) is not None]


def is_unsure(keywords: Keywords) -> bool:
    """Return whether a valid text may exist although none was found."""
    if keywords.get("minLength", 0) > _LONGEST:
        return True
    return any(map(_HARD.search, _read(keywords)))


_HARD = re.compile(r"\(\?(?![:<]|<\w)|\(\?<[=!]|\\[1-9bBAzZkpP]|&&|\[\[")
"""Constructs in a pattern that make its matches hard to find."""


def why_none(kind: str, keywords: Keywords) -> str:
    """Return which keywords exclude each other, for a type without any value."""
    if kind == "string":
        limits = [("minLength", "maxLength")]
    else:
        lower, upper = ("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")
        limits = [(low, high) for low in lower for high in upper]
    for low, high in limits:
        if low in keywords and high in keywords and keywords[low] >= keywords[high]:
            return f"`{low}` is {keywords[low]}, `{high}` is {keywords[high]}"
    if kind == "string" and keywords.get("minLength", 0) > _LONGEST:
        return f"{keywords['minLength']} characters are too many to generate"
    if kind == "string" and _read(keywords):
        listed = " and ".join(_read(keywords))
        return f"no text was found that matches the pattern {listed}"
    shown = [f"`{name}`" for name in _LIMITING[kind] if name in keywords]
    return f"{' and '.join(shown) or 'its keywords'} leave none"


_NUMERIC = (
    *("multipleOf", "minimum", "exclusiveMinimum"),
    *("maximum", "exclusiveMaximum"),
)
_LIMITING = {
    "string": ("format", "minLength", "maxLength"),
    "integer": _NUMERIC,
    "number": _NUMERIC,
    "boolean": (),
    "null": (),
}


def _formatted(templates: tuple[str, ...], least: int) -> Iterator[str]:
    fixed = [text for text in templates if "{n" not in text]
    yield from fixed
    yield from (text.ljust(least, "a") for text in fixed if len(text) < least)
    for number in range(1, 100):
        for text in templates:
            if "{n" in text:
                yield text.format(n=number)


def _plain(least: int, most: float) -> Iterator[str]:
    yield from (_sized("string", least, most), _sized("s", least, most))
    for number in range(1, _MOST_TEXTS):
        yield _sized("string", least, most, end=str(number))
        if number == _USUAL:
            yield from (_sized(text, least, most) for text in _ODD)
    yield _sized("string" * 50, least, most)


def _sized(text: str, least: int, most: float, *, end: str = "") -> str:
    size = int(min(max(len(text) + len(end), least), most))
    start = text * (size // len(text) + 1)
    return start[: max(0, size - len(end))] + end


def _numbers(keywords: Keywords, *, integral: bool) -> Iterator[float]:
    """Go through multiples of a step that lie within the bounds."""
    low, high = _bounds(keywords)
    steps = _steps(keywords, low, high, integral=integral)
    within = _within(keywords)
    for multiple in in_turn(_multiples(low, high, step) for step in steps):
        value = multiple.numerator if multiple.denominator == 1 else float(multiple)
        if within(value):
            yield value


def _steps(
    keywords: Keywords, low: Fraction | None, high: Fraction | None, *, integral: bool
) -> Iterator[Fraction]:
    stated = keywords.get("multipleOf")
    step = Fraction(1) if stated is None else _exact(stated)
    # An integer that is a multiple of a/b is a multiple of a.
    yield Fraction(step.numerator) if integral else step
    if stated is not None or integral:
        return
    if low is None or high is None:
        yield from (Fraction(1, 2), Fraction(1, 1000))
    else:
        # If no integer is within the bounds: quarters of the range, or its only number.
        yield (high - low) / 4 or abs(low) or step


def _multiples(
    low: Fraction | None, high: Fraction | None, step: Fraction
) -> Iterator[Fraction]:
    """Begin at zero if it lies within the bounds, else at the bound nearest to it."""
    first, direction = 0, 1
    if low is not None and low > 0:
        first = math.ceil(low / step)
    elif high is not None and high <= 0:
        first, direction = math.floor(high / step), -1
    for number in islice(count(first, direction), _MOST):
        value = number * step
        if (high is not None and value > high) or (low is not None and value < low):
            return
        yield value


def _bounds(keywords: Keywords) -> tuple[Fraction | None, Fraction | None]:
    lower = [keywords[n] for n in ("minimum", "exclusiveMinimum") if n in keywords]
    upper = [keywords[n] for n in ("maximum", "exclusiveMaximum") if n in keywords]
    return (
        _exact(max(lower)) if lower else None,
        _exact(min(upper)) if upper else None,
    )


def _exact(number: float) -> Fraction:
    """Read 0.1 as a tenth, not as the binary fraction nearest to it."""
    return Fraction(str(number))


def _within(keywords: Keywords) -> Callable[[float], bool]:
    low = keywords.get("minimum", -math.inf)
    high = keywords.get("maximum", math.inf)
    above = keywords.get("exclusiveMinimum", -math.inf)
    below = keywords.get("exclusiveMaximum", math.inf)
    return lambda value: low <= value <= high and above < value < below


SCALARS: dict[str, Callable[[Keywords], Iterator[Any]]] = {
    "boolean": lambda _: iter((True, False)),
    "integer": lambda keywords: _numbers(keywords, integral=True),
    "null": lambda _: iter((None,)),
    "number": lambda keywords: _numbers(keywords, integral=False),
    "string": _texts,
}
"""The generator of values for each type; it yields nothing if the keywords allow none."""
