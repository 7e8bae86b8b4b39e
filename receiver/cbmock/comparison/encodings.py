"""Whether the parts of a body are written in the same way in two versions.

It decides which fields of an Encoding Object say so. It must not know operations.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest

from cbmock.comparison.parameters import same_values
from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.parameters.parameter import Parameter


def same_way(one: Encoding | None, other: Encoding | None) -> bool:
    """Return whether parts are written in the same way, with the same headers."""
    if one is None or other is None:
        return one is other
    names = {*one.encoding, *other.encoding}
    return (
        _alone(one) == _alone(other)
        and _same_headers(one.headers, other.headers)
        and same_way(one.others, other.others)
        and all(same_way(*each) for each in zip_longest(one.positions, other.positions))
        and all(same_way(one.encoding.get(n), other.encoding.get(n)) for n in names)
    )


def _alone(encoding: Encoding) -> Encoding:
    """Return what an encoding says itself; objects inside belong to their document."""
    return replace(encoding, headers=(), encoding={}, positions=(), others=None)


def _same_headers(these: tuple[Parameter, ...], those: tuple[Parameter, ...]) -> bool:
    had = {each.identity: each for each in these}
    has = {each.identity: each for each in those}
    return had.keys() == has.keys() and all(
        had[each].required == has[each].required and same_values(had[each], has[each])
        for each in had
    )
