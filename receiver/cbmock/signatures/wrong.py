"""What is wrong with a signature, as violations; they never contain secrets."""

from __future__ import annotations

from cbmock.signatures.scheme import Scheme
from cbmock.violations import Violation


def missing(scheme: Scheme, place: str, other: Scheme | None = None) -> Violation:
    """Report that a part is absent or empty, and that another scheme's header was sent."""
    detail = f"{_where(place)} is missing, which {scheme.title} sends"
    if other is not None and other.header != scheme.header:
        detail += f"; {_where(other.header[0])} is there: this is signed as {other.title} does"
    return _violation("signature-missing", place, detail)


def malformed(place: str, detail: str) -> Violation:
    """Report which part cannot be read, and what was expected."""
    return _violation("signature-malformed", place, detail)


def mismatch(scheme: Scheme, place: str, cause: str) -> Violation:
    """Report that the signature is not that of this request, with the cause if known."""
    detail = f"the signature in {_where(place)} does not fit {scheme.title}: {cause}"
    return _violation("signature-mismatch", place, detail)


def key_unknown(scheme: Scheme, place: str) -> Violation:
    """Report that no secret was given to check with."""
    return Violation(
        location="signature",
        code="signature-key",
        severity="info",
        name=_name(place),
        pointer=_pointer(place),
        detail=f"signed as {scheme.title} does, but no secret is known to check it with",
    )


def age(scheme: Scheme, moment: float | None, now: float | None) -> Violation | None:
    """Report by how much a timestamp is out of the tolerance; None if it is not."""
    if moment is None or now is None:
        return None
    old = now - moment
    if _is_good(scheme, old):
        return None
    for factor, unit, wanted in _UNITS.get(scheme.unit, ()):
        if abs(now - moment * factor) <= _DAY:
            return _stale(scheme, f"in {unit}; {wanted} are expected")
    if old > 0:
        past = _number(scheme.past or 0)
        return _stale(scheme, f"{_number(old)} s old; {past} s are allowed")
    allowed = _number(scheme.future or 0)
    return _stale(scheme, f"{_number(-old)} s in the future; {allowed} s are allowed")


_DAY = 86400
_UNITS = {
    "s": (
        (1e-3, "milliseconds", "seconds"),
        (1e-6, "microseconds", "seconds"),
        (1e-9, "nanoseconds", "seconds"),
    ),
    "ms": ((1e3, "seconds", "milliseconds"), (1e-3, "microseconds", "milliseconds")),
}
"""The factor of a moment if its timestamp is in another unit, and that unit."""


def _is_good(scheme: Scheme, old: float) -> bool:
    return (scheme.past is None or old <= scheme.past) and (
        scheme.future is None or -old <= scheme.future
    )


def _stale(scheme: Scheme, how: str) -> Violation:
    place = scheme.timestamp or scheme.header[0]
    if not place.startswith(("header ", "body ")):
        place = scheme.header[0]
    return _violation("signature-stale", place, f"the signed timestamp is {how}")


def _violation(code: str, place: str, detail: str) -> Violation:
    return Violation(
        location="signature",
        code=code,
        name=_name(place),
        pointer=_pointer(place),
        detail=detail,
    )


def _name(place: str) -> str | None:
    kind, _, name = place.partition(" ")
    return None if kind == "body" else name


def _pointer(place: str) -> str | None:
    kind, _, name = place.partition(" ")
    return f"#{name}" if kind == "body" else None


def _where(place: str) -> str:
    return _name(place) or f"the body's {_pointer(place)}"


def _number(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")
