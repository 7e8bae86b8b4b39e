"""How many connections a process can have, while it can still open files and modules.

It decides how many descriptors are reserved. It must not know what is served.
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cbmock.server.limits import Limits

_KEPT_BACK = 256
"""Descriptors for files, modules, and connections that are refused after they are accepted."""


def within_descriptors(limits: Limits) -> Limits:
    """Return limits that this process can keep; its limit of open files is raised if needed."""
    try:
        resource: Any = importlib.import_module("resource")
    except ImportError:
        return limits  # Windows has no such limit
    kind = resource.RLIMIT_NOFILE
    wanted = limits.connections + _KEPT_BACK
    soft, hard = resource.getrlimit(kind)
    if _reaches(resource, soft, wanted):
        return limits
    raised = wanted if _reaches(resource, hard, wanted) else hard
    with suppress(ValueError, OSError):  # macOS has a further bound of its own
        resource.setrlimit(kind, (raised, hard))
    soft, _ = resource.getrlimit(kind)
    if _reaches(resource, soft, wanted):
        return limits
    return replace(limits, connections=max(1, soft - min(_KEPT_BACK, soft // 2)))


def _reaches(resource: Any, bound: int, wanted: int) -> bool:
    return bound == resource.RLIM_INFINITY or bound >= wanted
