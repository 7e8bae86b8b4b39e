"""The whole table of violation codes, and the look-up of a code that a user wrote.

It must not know how violations are found.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

from cbmock.errors import ReceiverError
from cbmock.violation_codes import (
    answers,
    bodies,
    deliveries,
    handshakes,
    requests,
    schema_keywords,
    signatures,
)
from cbmock.violation_codes.code import Code
from cbmock.violations import Location

ViolationCode = Literal[
    answers.AnswerCode,
    bodies.BodyCode,
    deliveries.DeliveryCode,
    handshakes.HandshakeCode,
    requests.RequestCode,
    schema_keywords.KeywordCode,
    signatures.SignatureCode,
]
"""The code of any violation; each table of codes has a type of its own."""

CODES: Mapping[str, Code] = {
    each.code: each
    for each in (
        *requests.CODES,
        *bodies.CODES,
        *schema_keywords.CODES,
        *answers.CODES,
        *signatures.CODES,
        *deliveries.CODES,
        *handshakes.CODES,
    )
}
_LOCATIONS: frozenset[str] = frozenset(get_args(Location))


def check_codes(codes: Iterable[str]) -> None:
    """Raise `UnknownCode` for a text that is neither a code nor a location."""
    for code in codes:
        if code not in CODES and code not in _LOCATIONS:
            raise UnknownCode(code)


class UnknownCode(ReceiverError):
    """A violation code that does not exist."""

    def __init__(self, code: str) -> None:
        """Name the code as written, and the nearest known one."""
        near = difflib.get_close_matches(str(code), [*CODES, *_LOCATIONS], n=1)
        hint = f"did you mean {near[0]!r}?" if near else "docs/codes.md lists them"
        super().__init__(f"{code!r} is not the code or location of a violation; {hint}")
        self.code = code
