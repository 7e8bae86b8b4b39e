"""Prefer: which documented answer a request asks for (RFC 7240, as Prism reads it).

It decides what `Prefer: code=404, example=key, dynamic=true, seed=7` and the query
`?__code=404&__example=key` mean. It must not know what is documented.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote_plus

from cbmock.http.messages import Request
from cbmock.mock.responses.documented import ANY, NotDocumented, ResponseSelection
from cbmock.violations import Violation, shortened, shown

_LONGEST = 2000
# preference = token [ BWS "=" BWS word ]                                  (RFC 7240 §2);
# `;` separates them too, because many write `code=404; example=key`.
_PREFERENCE = re.compile(
    r'[ \t]*([^\s=,;"]+)(?:[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^,;"]*))?[ \t]*(?:[,;]|$)'
)
_CODE = re.compile(r"[2-5][0-9][0-9]")
_FLAGS = {"true": True, "": True, "false": False}
_PREFIX = "__"


@dataclass(frozen=True, slots=True)
class Preference:
    """The answer that a request prefers, and the request without the preference.

    `violations` are those of preferences that cannot be read.
    """

    request: Request
    selection: ResponseSelection = ANY
    violations: tuple[Violation, ...] = ()


def read(request: Request) -> Preference:
    """Read the preferences of a request: its field `Prefer`, else its query."""
    field = request.headers.get("prefer")
    if field is not None:
        return _read(_of_field(field), request, "header")
    if _PREFIX not in request.query:
        return Preference(request)
    stated: dict[str, str] = {}
    others = []
    for pair in request.query.split("&"):
        name, _, value = pair.partition("=")
        known = name.removeprefix(_PREFIX)
        if name.startswith(_PREFIX) and known in _READ:
            stated.setdefault(known, unquote_plus(value))
        else:
            others.append(pair)
    target = "?".join([request.path, "&".join(others)]) if others else request.path
    return _read(stated, replace(request, target=target), "query")


def refused(error: NotDocumented, request: Request) -> Violation:
    """Return the violation of preferring an answer that is not documented."""
    header = "prefer" in request.headers
    return Violation(
        location="header" if header else "query",
        name="Prefer" if header else None,
        code="prefer",
        detail=error.message,
        expected=shortened(list(error.known)),
        received=shortened(error.selected),
    )


def _of_field(field: str) -> dict[str, str]:
    """Read the field; if a preference is repeated, the first one counts."""
    stated: dict[str, str] = {}
    for name, value in _PREFERENCE.findall(field[:_LONGEST]):
        quoted = value.startswith('"')
        word = re.sub(r"\\(.)", r"\1", value[1:-1]) if quoted else value.strip()
        stated.setdefault(name.lower(), word)
    return stated


def _read(stated: Mapping[str, str], request: Request, where: Any) -> Preference:
    wanted: dict[str, Any] = {}
    violations = []
    for name, reading in _READ.items():
        if name not in stated:
            continue  # unknown preferences are ignored (RFC 7240 §2)
        try:
            wanted |= reading(stated[name])
        except ValueError as error:
            violations.append(
                Violation(
                    location=where,
                    name="Prefer" if where == "header" else _PREFIX + name,
                    code="prefer",
                    detail=f"{name}={shown(stated[name])}: {error}",
                    received=shortened(stated[name]),
                )
            )
    return Preference(request, ResponseSelection(**wanted), tuple(violations))


def _code(text: str) -> dict[str, Any]:
    if _CODE.fullmatch(text) is None:
        raise ValueError("a status is a number from 200 to 599")
    return {"status": int(text)}


def _dynamic(text: str) -> dict[str, Any]:
    if text not in _FLAGS:
        raise ValueError("it is either true or false")
    return {"dynamic": _FLAGS[text]}


def _seed(text: str) -> dict[str, Any]:
    """Take any text as a seed; a seed also asks for a generated body."""
    return {"seed": zlib.crc32(text.encode("utf-8", "replace")), "dynamic": True}


def _example(text: str) -> dict[str, Any]:
    return {"example": text}


_READ: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "code": _code,
    "example": _example,
    "seed": _seed,
    "dynamic": _dynamic,
}
