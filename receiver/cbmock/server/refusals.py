"""Refusals: the violations of bytes that are not a valid request.

It decides what the bytes probably are, and the message about them. It must not know
sockets, or how calls are recorded.
"""

from __future__ import annotations

import re
import ssl

from cbmock.http.framing import LACKS_HOST
from cbmock.http.messages import Headers, Request
from cbmock.server.limits import Limits
from cbmock.violations import Violation

PREFACE = b"PRI * HTTP/2"
"""The first bytes of a client with prior knowledge of HTTP/2 (RFC 9113 §3.4)."""

# RFC 9110 §5.6.2, followed by the space after a method.
_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_METHOD = re.compile(rb"(%b+) " % _TOKEN)
_CUT_METHOD = re.compile(rb"%b+\Z" % _TOKEN)
_LONGEST_METHOD = 100
_LONGEST_TARGET = 500
_TLS_HANDSHAKE = b"\x16\x03"
_DISTRUST = ("UNKNOWN_CA", "CERTIFICATE")
_VERSION = re.compile(rb" HTTP/(\d\.\d)\r?\n")


class Refused(Exception):
    """A request that is refused before it is complete."""

    def __init__(self, violation: Violation) -> None:
        """Refuse it for this reason."""
        super().__init__(violation.detail)
        self.violation = violation


def malformed(detail: str, code: str = "malformed-http") -> Violation:
    """Return the violation for malformed bytes."""
    return Violation(location="delivery", code=code, detail=detail)


INCOMPLETE = malformed(
    "the sender closed the connection before the body was complete", code="incomplete"
)
INCOMPLETE_HEAD = malformed(
    "the sender closed the connection before the head was complete", code="incomplete"
)
NOT_ENCRYPTED = malformed(
    "a connection without TLS: the sender used http://, this mock speaks https"
)


def cut_short(head: object | None) -> Violation:
    """Return the violation for a request that was not sent whole; `head` if that was."""
    return INCOMPLETE_HEAD if head is None else INCOMPLETE


def head_too_large(limits: Limits) -> Violation:
    """Return the violation for a head that is too large."""
    detail = f"the request's head is larger than {limits.head} bytes"
    return malformed(detail, code="head-too-large")


def trailers_too_large(limits: Limits) -> Violation:
    """Return the violation for trailers or chunk extensions that are too large."""
    detail = f"trailers or chunk extensions are larger than {limits.head} bytes"
    return malformed(detail, code="head-too-large")


def target_too_long(limits: Limits) -> Violation:
    """Return the violation for a URL that is too long."""
    detail = f"the request's target is longer than {limits.target} bytes"
    return malformed(detail, code="target-too-long")


def oversized(
    url: bytes, headers: Headers, limits: Limits, of_a_field: int
) -> Violation | None:
    """Return why a head is too large; None if it is not.

    `of_a_field` is how many bytes each field counts for besides its name and value.
    """
    if len(url) > limits.target:
        return target_too_long(limits)
    size = sum(len(name) + len(value) + of_a_field for name, value in headers.raw)
    return head_too_large(limits) if size + len(url) > limits.head else None


def ill_framed(headers: Headers, version: str) -> Violation | None:
    """Return what is wrong with the fields that frame a request; None if nothing is."""
    framing = headers.framing
    if framing.lacks_host and version == "1.1":
        return malformed(LACKS_HOST)
    if framing.error is not None and framing.code is not None:
        return malformed(framing.error, code=framing.code)
    return None


def longer_than_stated(stated: int) -> Violation:
    """Return the violation for a body that has more bytes than its head states."""
    return malformed(
        f"the body is longer than the {stated} bytes that content-length states"
    )


def shorter_than_stated(size: int, stated: int) -> Violation:
    """Return the violation for a body that has fewer bytes than its head states."""
    detail = f"the body has {size} bytes, content-length states {stated}"
    return malformed(detail, code="incomplete")


def no_memory() -> Violation:
    """Return the violation for a request that does not fit into memory."""
    return malformed("this machine has no memory left for the request", "too-large")


def too_slow(limits: Limits) -> Violation:
    """Return the violation for a request whose rest did not arrive."""
    detail = f"the rest of the request did not arrive within {limits.half_sent:g} s"
    return malformed(detail, code="request-timeout")


def too_many_connections(limits: Limits) -> Violation:
    """Return the violation for one connection too many."""
    detail = f"{limits.connections} connections are open; the mock accepts no more"
    return malformed(detail, code="too-many-connections")


def not_supported(version: str) -> Violation:
    """Return the violation for an unsupported version of HTTP."""
    detail = f"HTTP/{version} is not supported; this mock speaks HTTP/1.1"
    if version == "0.9":
        detail = "HTTP/0.9 is not supported: the request line names no version"
    return malformed(detail, code="http-version")


def method_of(raw: bytes) -> bytes | None:
    """Return the method at the start of bytes; None if there is none."""
    match = _METHOD.match(raw, 0, _LONGEST_METHOD + 1)
    return None if match is None else match[1]


def is_cut_method(raw: bytes) -> bool:
    """Return whether bytes may be an incomplete method."""
    return len(raw) < _LONGEST_METHOD and _CUT_METHOD.match(raw) is not None


def not_connected(error: OSError) -> Violation:
    """Say why no encrypted connection came about."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = "the sender's certificate is not by the authority that the mock asks for"
        return malformed(f"{why}: {error.verify_message}")
    reason = getattr(error, "reason", None) or ""
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return malformed("the sender showed no certificate, which the mock asks for")
    if "ALERT" in reason and any(each in reason for each in _DISTRUST):
        return malformed(
            "the sender does not trust the mock's certificate, and ended the connection"
        )
    if reason:
        words = reason.replace("_", " ").lower()
        return malformed(f"the TLS handshake failed: {words}")
    return malformed(
        "the sender ended the connection during the TLS handshake, as one may that does "
        "not trust the mock's certificate",
        code="incomplete",
    )


def explained(raw: bytes, reason: str) -> Violation:
    """Return the violation for a head that cannot be read.

    `reason` is the parser's.
    """
    if raw.startswith(_TLS_HANDSHAKE):
        return malformed(
            "a TLS handshake: the sender used https://, but this mock speaks http"
        )
    if raw.startswith(PREFACE):
        return malformed("HTTP/2 with prior knowledge: this mock speaks HTTP/1.1 only")
    version = _VERSION.search(raw, 0, raw.find(b"\n") + 1)
    if version is not None and version[1] not in (b"1.0", b"1.1"):
        return not_supported(version[1].decode())
    reason = reason.strip().rstrip(".")
    return malformed(f"what arrived is not an HTTP/1.1 request: {reason}")


def as_request(raw: bytes) -> Request:
    """Return bytes as a request: method and target if readable, everything as body."""
    line = raw.partition(b"\n")[0].rstrip(b"\r")
    method = method_of(line)
    if method is None:
        return Request("", "", Headers(), raw)
    rest = line[len(method) + 1 :]
    target = rest.rpartition(b" ")[0] if b" HTTP/" in rest else rest
    shown = target[:_LONGEST_TARGET].decode("latin-1")
    return Request(method.decode("ascii"), shown, Headers(), raw)
