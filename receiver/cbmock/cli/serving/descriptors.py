"""How many connections a process can hold, so that files and modules can be opened too.

It decides how many descriptors are kept back. It must not know what is served.
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import replace
from typing import Any

from cbmock.server.limits import Limits

_KEPT_BACK = 256
"""Descriptors for files, modules, and connections that are accepted only to be
refused."""


def within_descriptors(limits: Limits) -> Limits:
    """Return limits that this process can hold; it is let open more files, if need be."""
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
