"""What the code of a violation is: short and stable, with one meaning.

It decides what a table says about each code. It must not know which codes there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from cbmock.violations import Location, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its usual severity, its location, and what to do about it.

    Where rules only warn (XML, the body of a GET below 3.1), each code is a warning.
    """

    code: str
    severity: Severity
    locations: tuple[Location, ...]
    meaning: str
    example: str
    advice: str
