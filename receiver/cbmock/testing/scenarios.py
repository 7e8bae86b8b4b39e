"""Scenarios: answers to the attempts of a sender, whose delivery is then judged.

It decides which answers a scenario's steps and names stand for. It must not know how
answers are given or how a test waits.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cbmock.deliveries.settings import ConductGiven
from cbmock.errors import ReceiverError
from cbmock.mock.responses import scripted_reply
from cbmock.mock.responses.scripted_reply import Reply

Step = int | str | Mapping[str, Any]
"""A status, `"timeout"` or `"reset"`, or the parts of a reply."""

Steps = str | Sequence[Step]
"""Steps, or the name of a scenario."""

NAMED: Mapping[str, Sequence[Step]] = {
    "flaky": (503, 503, 200),
    "slow": ("timeout", 200),
    "gone": (410,),
    "rate-limited": ({"status": 429, "retry_after": 2}, 200),
    "redirect": (302, 200),
}
"""Scenarios by name; there is also `down-for(SECONDS)`."""

_FAULTS: Mapping[str, Mapping[str, Any]] = {
    "timeout": {"fault": "silence"},
    "reset": {"fault": "reset"},
    "half": {"fault": "half"},
}
_DOWN_FOR = re.compile(r"down-for\((\d+(?:\.\d+)?)\)")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Scenario:
    """Answers in order; `attempts` are required, None means until a success."""

    replies: tuple[Reply, ...]
    attempts: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """How a scenario is awaited and judged, in seconds; see `Receiver.scenario`."""

    attempts: int | None
    timeout: float
    settle: float
    conduct: ConductGiven | None
    scale: float | None


def scenario(steps: Steps, elsewhere: str) -> Scenario:
    """Read steps or a name; redirects lead to the URL `elsewhere`.

    Raises `ReceiverError` for anything else.
    """
    if isinstance(steps, str):
        down = _DOWN_FOR.fullmatch(steps)
        if down is not None:
            outage = Reply(status=503, lasts=float(down[1]))
            return Scenario((outage, Reply(status=200)), None)
        if steps not in NAMED:
            known = ", ".join((*NAMED, "down-for(SECONDS)"))
            raise ReceiverError(f"scenario {steps!r} is not one of {known}")
        steps = NAMED[steps]
    if not steps:
        raise ReceiverError("a scenario has at least one step: [503, 200]")
    replies = [_reply(each, elsewhere) for each in steps]
    # Attempts after the last step get the last answer.
    return Scenario(
        (*(replace(r, times=1) for r in replies[:-1]), replies[-1]), len(replies)
    )


def _reply(step: Step, elsewhere: str) -> Reply:
    if isinstance(step, str):
        if step not in _FAULTS:
            known = ", ".join(_FAULTS)
            raise ReceiverError(
                f"the step {step!r} is neither a status nor one of {known}"
            )
        return Reply(**_FAULTS[step])
    reply = scripted_reply.from_value(step)
    redirects = reply.status in _REDIRECTS
    if redirects and not any(name.lower() == "location" for name, _ in reply.pairs):
        return replace(reply, headers=(*reply.pairs, ("location", elsewhere)))
    return reply
