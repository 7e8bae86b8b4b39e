"""Terms: how strictly a trigger is held to its callbacks.

They decide what it is that none came. They must not know triggers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from cbmock.errors import ReceiverError

Missing = Literal["auto", "error", "every", "warning", "off"]
"""What a trigger without a callback is; see `Receiver.watch`."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How strictly a trigger is held to its callbacks.

    `missing` says what it is that none came, `settle` how many seconds after the
    exchange one may still come.
    """

    missing: Missing = "auto"
    settle: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what is no way to judge; `ReceiverError` says which there are."""
        if self.missing not in get_args(Missing):
            allowed = ", ".join(get_args(Missing))
            message = f"missing={self.missing!r} is none of {allowed}"
            raise ReceiverError(message)
        if not 0 <= self.settle <= _LONGEST_SETTLE:
            message = f"settle={self.settle!r} is no number of seconds up to 3600"
            raise ReceiverError(message)


_LONGEST_SETTLE = 3600
