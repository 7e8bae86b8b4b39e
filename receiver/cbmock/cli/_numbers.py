"""Options that take a number, which may have a fraction.

It decides which numbers are refused anywhere: those that no clock or timer can take. It
must not know what the numbers mean.
"""

from __future__ import annotations

import math
from typing import Any

import click


class _Numeric(click.types.FloatParamType):
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found: float = super().convert(value, param, ctx)
        if math.isnan(found):  # in no range, and beyond none
            self.fail(f"{value!r} is not a number", param, ctx)
        return found


class Number(click.FloatRange, _Numeric):
    """A number in a range; infinity is one, `nan` is none."""


class Time(_Numeric):
    """A time in seconds since 1970."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read what was given."""
        found = super().convert(value, param, ctx)
        if math.isinf(found):
            self.fail(f"{value!r} is not a time", param, ctx)
        return found
