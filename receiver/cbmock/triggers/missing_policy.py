"""The policy for missing callbacks: their severity, and how long to wait.

It decides the severity of a missing callback. It must not know triggers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from cbmock.errors import ReceiverError

Missing = Literal["auto", "error", "every", "warning", "off"]
"""The severity of a missing callback; see `Receiver.watch`."""


@dataclass(frozen=True, slots=True)
class MissingPolicy:
    """How severe a missing callback is, and how long it may still come.

    `missing` is the severity, `settle` the number of seconds after the exchange within
    which a callback may come.
    """

    missing: Missing = "auto"
    settle: float = 5.0

    def __post_init__(self) -> None:
        """Raise `ReceiverError` for values that are not allowed."""
        if self.missing not in get_args(Missing):
            allowed = ", ".join(get_args(Missing))
            message = f"missing={self.missing!r} is not one of {allowed}"
            raise ReceiverError(message)
        if not 0 <= self.settle <= _LONGEST_SETTLE:
            message = f"settle={self.settle!r} must be between 0 and 3600 seconds"
            raise ReceiverError(message)


_LONGEST_SETTLE = 3600
