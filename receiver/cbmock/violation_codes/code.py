"""What the code of a violation is: short, stable, of one meaning.

It decides what is known of each. It must not know which there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from cbmock.violations import Location, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its usual severity, where it occurs, and what to do about it.

    A rule that only warns (XML, the body of a GET below 3.1) makes a warning of each.
    """

    code: str
    severity: Severity
    locations: tuple[Location, ...]
    meaning: str
    example: str
    advice: str
