"""What a finding's code is: short and stable, with one meaning, severity and advice.

It must not know which there are or how findings are made.
"""

from __future__ import annotations

from dataclasses import dataclass

from cbmock.violations import Severity


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One code: its severity, its meaning, an example of its message, and what to do."""

    code: str
    severity: Severity
    meaning: str
    example: str
    advice: str
