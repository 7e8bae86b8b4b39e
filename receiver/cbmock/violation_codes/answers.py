"""Codes of a receiver's responses to fired deliveries.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from typing import Literal

from cbmock.violation_codes.code import Code

AnswerCode = Literal[
    "broken-accepted",
    "broken-failed",
    "late-response",
    "no-response",
    "undocumented-response",
]

CODES = (
    Code(
        "broken-accepted",
        "error",
        ("url",),
        "A delivery that breaks the contract was not refused.",
        "wrong-type (body #/paid) was answered 200; a 4xx is expected",
        "Check deliveries before they are acted on, and refuse what the document excludes.",
    ),
    Code(
        "broken-failed",
        "error",
        ("url",),
        "The receiver failed at a delivery that breaks the contract.",
        "malformed (body #) was answered 500; a 4xx is expected",
        "Answer a 4xx to invalid deliveries.",
    ),
    Code(
        "late-response",
        "error",
        ("delivery",),
        "The response took longer than allowed.",
        "the response took 2.104 s; 1 s are allowed",
        "Answer first, and do the work afterwards.",
    ),
    Code(
        "no-response",
        "error",
        ("url",),
        "The receiver gave no response.",
        "no response from http://127.0.0.1:8000/hooks: All connection attempts failed",
        "Start the receiver, and look at its URL.",
    ),
    Code(
        "undocumented-response",
        "error",
        ("url",),
        "The receiver answered with a status that is not documented.",
        "the response 404 is not documented; documented: 200, 422",
        "Answer as documented, or document the status.",
    ),
)
