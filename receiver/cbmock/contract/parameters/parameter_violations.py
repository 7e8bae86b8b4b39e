"""Violations of parameters that do not depend on how their values are read.

It decides how a missing, repeated or undecodable parameter is reported. It must not know
schemas.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from cbmock.contract.parameters.parameter import Parameter, ParameterLocation
from cbmock.contract.parameters.raw_parameters import RawParameters
from cbmock.http import percent_encoding
from cbmock.violations import Violation, shortened, shown


def violation(parameter: Parameter, code: str, detail: str, **more: Any) -> Violation:
    """Return a violation of a parameter."""
    return Violation(
        location=parameter.where,
        name=parameter.name,
        code=code,
        detail=detail,
        schema=parameter.node.pointer,
        **more,
    )


_MISSING: Mapping[ParameterLocation, str] = {
    "header": "missing-header",
    "query": "missing-parameter",
    "cookie": "missing-cookie",
}


def missing(
    parameter: Parameter, raw: RawParameters, documented: tuple[Parameter, ...]
) -> tuple[Violation, ...]:
    """Report a required parameter that was not sent, and what was sent instead."""
    if not parameter.required or parameter.location == "path":
        return ()  # a path variable that the URL does not have cannot be sent
    noun = (
        "header"
        if parameter.location == "header"
        else f"{parameter.location} parameter"
    )
    from cbmock.contract.parameters import near_misses  # noqa: PLC0415 - 4 ms (difflib)

    detail = f"the required {noun} {parameter.name!r} is missing"
    detail += near_misses.sent_instead(parameter, raw, documented)
    return (violation(parameter, _MISSING[parameter.location], detail),)


def repeated(parameter: Parameter, texts: tuple[str, ...]) -> tuple[Violation, ...]:
    """Warn of a parameter that was sent several times."""
    if len(texts) == 1:
        return ()
    detail = f"{parameter.name!r} is sent {len(texts)} times"
    return (violation(parameter, "duplicate", detail, severity="warning"),)


def repeated_member(
    parameter: Parameter, names: Iterable[str]
) -> tuple[Violation, ...]:
    """Warn of the first member of an object that was sent several times."""
    counts = Counter(names)
    name, count = next(iter(counts.most_common(1)), ("", 0))
    if count <= 1:
        return ()
    detail = f"{parameter.name!r} has the member {shown(name)} {count} times"
    return (violation(parameter, "duplicate", detail, severity="warning"),)


def corrected(parameter: Parameter, texts: Iterable[str]) -> tuple[Violation, ...]:
    """Warn of percent-encodings that cannot be decoded and were read as something else."""
    for text in texts:
        wrong = percent_encoding.first_wrong(text)
        if wrong is not None:
            return (
                violation(
                    parameter,
                    "percent-encoding",
                    f"{parameter.name!r} has {wrong}",
                    severity="warning",
                    received=shortened(text),
                ),
            )
    return ()
