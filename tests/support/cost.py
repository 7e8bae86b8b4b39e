"""What a piece of work costs for each unit of what arrives, as a ratio in one run."""

from __future__ import annotations

import time
from collections.abc import Callable


def growth(work: Callable[[int], object], size: int, factor: int = 10) -> float:
    """How many times dearer a unit is where there are `factor` times as many of them.

    About 1 for work that is linear, about `factor` for work that is quadratic. Each size
    is measured three times and the quickest counts, so that a busy machine says little.
    """

    def cost(units: int) -> float:
        begun = time.process_time()
        work(units)
        return time.process_time() - begun

    work(size)
    small, large = (
        min(cost(units) for _ in range(3)) for units in (size, size * factor)
    )
    return large / factor / max(small, 1e-4)
