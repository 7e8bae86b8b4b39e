"""Faults: the ways in which a scripted answer fails on purpose.

It decides what each means for a call. It must not know how an answer is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Fault = Literal["reset", "silence", "half", "slow"]
"""A TCP reset, no answer at all, the connection closed halfway through the body, or a
body that is sent slowly."""

Sent = Literal["whole", "part", "nothing"]
"""How much of an answer left the mock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultEffect:
    """`sent` is how much of the answer is sent; `needs_body` excludes an empty body."""

    sent: Sent
    needs_body: bool = False


FAULTS: Mapping[Fault, FaultEffect] = {
    "reset": FaultEffect(sent="nothing"),
    "silence": FaultEffect(sent="nothing"),
    "half": FaultEffect(sent="part", needs_body=True),
    "slow": FaultEffect(sent="whole", needs_body=True),
}
"""The effect of each `fault`."""


def sent_with(fault: Fault | None) -> Sent:
    """Return how much of an answer is sent, with `fault` or without one."""
    return "whole" if fault is None else FAULTS[fault].sent
