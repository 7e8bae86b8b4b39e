"""Codes of handshakes: requests by which senders ask whether a URL wants their events.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from typing import Literal

from cbmock.violation_codes.code import Code

HandshakeCode = Literal[
    "handshake-unconfirmed",
    "unverified-sender",
    "verify-token",
]

CODES = (
    Code(
        "handshake-unconfirmed",
        "info",
        ("handshake",),
        "The sender wants a URL to be fetched that is not on this machine; the mock fetches no other.",
        "not confirmed, since the URL is not on this machine: fetch 'https://sns.example/?Token=1' to confirm it",
        "Fetch the URL, or let the sender under test hand out a URL on loopback.",
    ),
    Code(
        "unverified-sender",
        "error",
        ("handshake",),
        "An event came, although the handshake of its sender is refused.",
        "an event came, although the handshake of Slack is refused: the sender must not send to this URL",
        "Send events only to URLs that have answered the handshake with yes.",
    ),
    Code(
        "verify-token",
        "error",
        ("handshake",),
        "The verify token of a handshake is missing, or not the one that was handed out.",
        "the verify token is missing: Meta sends back at query hub.verify_token what it was given",
        "Send back the token that the receiver was registered with.",
    ),
)
