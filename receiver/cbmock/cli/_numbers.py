"""Options that take a number, which may have a fraction.

It decides which numbers are refused anywhere: those that no clock or timer can take. It
must not know what the numbers mean.
"""

from __future__ import annotations

import math
from typing import Any

import click


class Number(click.FloatRange):
    """A number in a range; infinity is one, `nan` is none."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read what was given; it is in no range, and beyond none, if it is `nan`."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number", param, ctx)
        return found


class Time(click.types.FloatParamType):
    """A time in seconds since 1970."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read what was given."""
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number", param, ctx)
        if math.isinf(found):
            self.fail(f"{value!r} is not a time", param, ctx)
        return found
