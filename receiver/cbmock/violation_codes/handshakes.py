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
        "The sender asks to fetch a URL that is not on this machine; the mock fetches only URLs on this machine.",
        "not confirmed, since the URL is not on this machine: fetch 'https://sns.example/?Token=1' to confirm it",
        "Fetch the URL, or let the sender under test send a URL on loopback.",
    ),
    Code(
        "unverified-sender",
        "error",
        ("handshake",),
        "An event came although the handshake of its sender was refused.",
        "an event came, although the handshake of Slack is refused: the sender must not send to this URL",
        "Send events only to URLs that accepted the handshake.",
    ),
    Code(
        "verify-token",
        "error",
        ("handshake",),
        "The verify token of a handshake is missing or wrong.",
        "the verify token is missing: Meta sends back at query hub.verify_token what it was given",
        "Send the token that was set when the receiver was registered.",
    ),
)
