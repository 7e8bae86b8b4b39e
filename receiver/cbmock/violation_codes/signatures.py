"""Codes of signatures.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from typing import Literal

from cbmock.violation_codes.code import Code

SignatureCode = Literal[
    "signature-body-not-utf8",
    "signature-key",
    "signature-malformed",
    "signature-mismatch",
    "signature-missing",
    "signature-stale",
    "signature-unchecked",
    "signature-without-body",
]

CODES = (
    Code(
        "signature-body-not-utf8",
        "info",
        ("signature",),
        "The signature is right, but the body is not UTF-8, so the SDKs of the scheme refuse it.",
        "the body is not UTF-8: the signature is right, but Stripe's SDKs read the body as text and refuse it",
        "Send UTF-8.",
    ),
    Code(
        "signature-key",
        "info",
        ("signature",),
        "The request is signed, but no secret is known to check the signature with.",
        "signed as Stripe does, but no secret is known to check it with",
        "Configure the secret of the mock.",
    ),
    Code(
        "signature-malformed",
        "error",
        ("signature",),
        "A part of the signature cannot be read.",
        "Stripe-Signature has no v1=",
        "Write the header as the scheme describes it.",
    ),
    Code(
        "signature-mismatch",
        "error",
        ("signature",),
        "The signature is not that of this request.",
        "the signature in Stripe-Signature does not fit Stripe: another secret",
        "Sign the bytes that are sent, with the right secret.",
    ),
    Code(
        "signature-missing",
        "error",
        ("signature",),
        "The signature, or a part of it, is missing.",
        "Stripe-Signature is missing, which Stripe sends",
        "Sign the request.",
    ),
    Code(
        "signature-stale",
        "error",
        ("signature",),
        "The signed timestamp is too old, or in the future.",
        "the signed timestamp is 900 s old; 300 s are allowed",
        "Sign each attempt again, with a correct clock.",
    ),
    Code(
        "signature-unchecked",
        "info",
        ("signature",),
        "The request has a signature, but none is configured to check; reported once for each operation.",
        'it looks signed as Stripe does; configure `signature = "stripe"` and its secret to check it',
        "Configure the signature and its secret, or leave it unchecked.",
    ),
    Code(
        "signature-without-body",
        "warning",
        ("signature",),
        "The signature does not cover the body.",
        "the signature does not cover content-digest: the body is not signed",
        "Cover `content-digest`.",
    ),
)
