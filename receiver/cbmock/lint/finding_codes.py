"""What a finding's code is: short, stable, of one meaning, severity and advice.

It must not know which there are, nor how findings are made.
"""

from __future__ import annotations

from dataclasses import dataclass

from cbmock.violations import Severity


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One code: how grave it is, what it means, an example of its message, what to do."""

    code: str
    severity: Severity
    meaning: str
    example: str
    advice: str
