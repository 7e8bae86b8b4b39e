"""Folding: many findings of one cause become the first one and a number.

It decides which findings have one cause. It must not know how they are shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cbmock.lint.findings import SEVERITIES, Finding

# What differs between findings of one cause: the names, values and places of a document.
# Keywords and fields, between backticks, are the cause itself.
_PARTICULAR = re.compile(
    r"'[^']*'|\"[^\"]*\"|\{[^{}]*\}|\S+#/\S*|\b\d+\b|\S+(?= (?:has no|declares no|documents no))"
)


@dataclass(frozen=True, slots=True)
class Folded:
    """One finding to show, and the number of similar findings that are not shown."""

    finding: Finding
    more: int = 0


def fold(findings: Iterable[Finding]) -> tuple[Folded, ...]:
    """Put errors first, and keep only the first finding of each cause.

    Findings of one code have the same cause if they differ only in names and places.
    """
    causes: dict[tuple[str, str], list[Finding]] = {}
    for each in findings:
        cause = each.code, _PARTICULAR.sub("…", each.detail)
        causes.setdefault(cause, []).append(each)
    folded = [Folded(first, len(others)) for first, *others in causes.values()]
    return tuple(
        sorted(folded, key=lambda each: SEVERITIES.index(each.finding.severity))
    )
