"""Parameter values: what a request has outside its body, read and validated.

It decides which texts belong to a parameter, which of their possible values counts, and
what its violations are. It must not know bodies or which operation was matched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, unquote_plus

from cbmock.contract.parameters import styles
from cbmock.contract.parameters.parameter import Parameter, ParameterLocation
from cbmock.contract.parameters.styles import NotInStyle
from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.subschemas import Shape
from cbmock.errors import UnresolvableReference
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON
from cbmock.http.messages import Request
from cbmock.http.query import RawPairs, cookies, query_pairs
from cbmock.violations import Violation, errors


@dataclass(frozen=True, slots=True)
class RawParameters:
    """What a request has outside its body, split but not decoded.

    `query` are raw pairs in order, `path` the raw texts of the URL's variables.
    """

    request: Request
    path: Mapping[str, str]
    query: RawPairs

    @property
    def cookies(self) -> RawPairs:
        """The cookie pairs, as sent."""
        return cookies(self.request.headers)


def raw_parameters(request: Request, path: Mapping[str, str]) -> RawParameters:
    """Split a request's query; `path` are the raw texts of the URL's variables."""
    return RawParameters(request, path, query_pairs(request.query))


def _sent(parameter: Parameter, raw: RawParameters) -> tuple[str, ...]:
    """Return the raw texts sent under the parameter's own name."""
    name = parameter.name
    match parameter.location:
        case "header":
            joined = raw.request.headers.get(name)
            return () if joined is None else (joined,)
        case "path":
            return (raw.path[name],) if name in raw.path else ()
        case "cookie":
            return tuple(value for key, value in raw.cookies if key == name)
        case _:
            return tuple(value for key, value in raw.query if unquote_plus(key) == name)


# --- checking ---------------------------------------------------------------------------


def check(
    parameters: tuple[Parameter, ...], raw: RawParameters
) -> tuple[dict[tuple[str, str], Any], tuple[Violation, ...]]:
    """Read each parameter; return values by (location, name), and violations."""
    values: dict[tuple[str, str], Any] = {}
    violations: list[Violation] = []
    claimed = frozenset(parameter.name for parameter in parameters)
    for parameter in parameters:
        if parameter.location == "querystring":
            continue  # it is a body in all but its place
        try:
            value, found = _read(parameter, raw, claimed)
        except UnresolvableReference:
            continue  # its schema cannot be read: a finding, not a violation
        violations += found
        if value is not _ABSENT:
            values[parameter.location, parameter.name] = value
    return values, tuple(violations)


_ABSENT = object()
_MOST_REPEATED = 100


def _read(
    parameter: Parameter, raw: RawParameters, claimed: frozenset[str]
) -> tuple[Any, tuple[Violation, ...]]:
    if parameter.kind == "object" and parameter.spread:
        value = _spread(parameter, raw, claimed)
        if value:
            return _checked(parameter, (value,))
    texts = _sent(parameter, raw)
    if not texts:
        return _ABSENT, _missing(parameter)
    if parameter.allow_empty and texts == ("",):
        return "", ()
    if parameter.json:
        return _json(parameter, texts)
    read = {"array": _array, "object": _object, None: _scalar}[parameter.kind]
    try:
        found = read(parameter, texts)
    except NotInStyle as error:
        found = texts[0], (_violation(parameter, "syntax", str(error)),)
    if parameter.location in ("header", "cookie") and errors(found[1]):
        return _percent_decoded(parameter, texts, read) or found
    return found


def _percent_decoded(
    parameter: Parameter,
    texts: tuple[str, ...],
    read: Callable[[Parameter, tuple[str, ...]], tuple[Any, tuple[Violation, ...]]],
) -> tuple[Any, tuple[Violation, ...]] | None:
    """Read a percent-encoded value; None where decoding does not make it valid.

    3.0 and 3.1 leave it to RFC 6570, 3.2 says that headers are not encoded (Appendix D).
    """
    decoded = tuple(unquote(text) for text in texts)
    if decoded == texts:
        return None
    try:
        value, found = read(parameter, decoded)
    except NotInStyle:
        return None
    if errors(found):
        return None
    detail = f"{parameter.name!r} is percent-encoded, and only valid when decoded"
    encoded = _violation(parameter, "header-encoded", detail, severity="info")
    return value, (*found, encoded)


_MISSING: Mapping[ParameterLocation, str] = {
    "header": "missing-header",
    "query": "missing-parameter",
    "cookie": "missing-cookie",
}


def _missing(parameter: Parameter) -> tuple[Violation, ...]:
    if not parameter.required or parameter.location == "path":
        return ()  # a path variable that the URL does not have cannot be sent
    noun = (
        "header"
        if parameter.location == "header"
        else f"{parameter.location} parameter"
    )
    return (
        _violation(
            parameter,
            _MISSING[parameter.location],
            f"the required {noun} {parameter.name!r} is missing",
        ),
    )


def _violation(parameter: Parameter, code: str, detail: str, **more: Any) -> Violation:
    return Violation(
        location=parameter.where,
        name=parameter.name,
        code=code,
        detail=detail,
        schema=parameter.node.pointer,
        **more,
    )


def _repeated(parameter: Parameter, texts: tuple[str, ...]) -> tuple[Violation, ...]:
    if len(texts) == 1:
        return ()
    detail = f"{parameter.name!r} is sent {len(texts)} times"
    return (_violation(parameter, "duplicate", detail, severity="warning"),)


def _decoded(parameter: Parameter, text: str) -> str:
    """Decode a text that was split at its delimiters before.

    Headers and cookies are not percent-encoded (OAS 3.2.0 Appendix D).
    """
    if parameter.location == "query":
        return unquote_plus(text)
    return unquote(text) if parameter.location == "path" else text.strip(" \t")


def _json(
    parameter: Parameter, texts: tuple[str, ...]
) -> tuple[Any, tuple[Violation, ...]]:
    text = _decoded(parameter, texts[0])
    # Header bytes were decoded as Latin-1; a lone surrogate is not JSON.
    in_header = parameter.location in ("header", "cookie")
    data = text.encode("latin-1" if in_header else "utf-8", "surrogatepass")
    try:
        value, found = json_text.read(
            data, location=parameter.where, name=parameter.name
        )
    except NotJSON as error:
        return text, (replace(error.violation, schema=parameter.node.pointer),)
    found = tuple(replace(each, schema=parameter.node.pointer) for each in found)
    value, more = _checked(parameter, (value,))
    return value, found + more


def _scalar(
    parameter: Parameter, texts: tuple[str, ...]
) -> tuple[Any, tuple[Violation, ...]]:
    """Check every value that was sent; the first one is used."""
    values = []
    found = _repeated(parameter, texts)
    types = None if parameter.shape is None else parameter.shape.types
    for text in texts[:_MOST_REPEATED]:
        plain = _decoded(
            parameter, styles.scalar(parameter.style, parameter.name, text)
        )
        value, more = _checked(parameter, tuple(coercion.readings(plain, types)))
        values.append(value)
        found += more
    return values[0], found


def _valid(parameter: Parameter, value: Any) -> bool:
    return parameter.schema is None or parameter.schema.is_valid(value)


def _checked(
    parameter: Parameter, candidates: tuple[Any, ...]
) -> tuple[Any, tuple[Violation, ...]]:
    """Return the first valid candidate, else explain the likeliest one."""
    for candidate in candidates:
        if _valid(parameter, candidate):
            return candidate, ()
    assert parameter.schema is not None
    likeliest = next(
        (each for each in candidates if not isinstance(each, str)), candidates[0]
    )
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - loads jsonschema

    return likeliest, explanation.explain(
        parameter.schema, likeliest, location=parameter.where, name=parameter.name
    )


# --- arrays and objects -----------------------------------------------------------------


def _array(
    parameter: Parameter, texts: tuple[str, ...]
) -> tuple[Any, tuple[Violation, ...]]:
    found: tuple[Violation, ...] = ()
    if parameter.spread:
        raw = list(texts)
    else:
        found = _repeated(parameter, texts)
        raw = [item for text in texts for item in _items(parameter, text)]
    shape = parameter.shape
    value = [
        _typed(_decoded(parameter, item), None if shape is None else shape.item(index))
        for index, item in enumerate(raw)
    ]
    if texts == ("",) and not _valid(parameter, value):
        detail = f"{parameter.name!r} has no value; read as an empty array"
        found += (_violation(parameter, "empty", detail, severity="warning"),)
        value = []
    value, more = _checked(parameter, (value,))
    return value, found + more


def _items(parameter: Parameter, text: str) -> list[str]:
    return styles.items(
        parameter.style, parameter.name, text, explode=parameter.explode
    )


def _object(
    parameter: Parameter, texts: tuple[str, ...]
) -> tuple[Any, tuple[Violation, ...]]:
    pairs = styles.pairs(
        parameter.style,
        parameter.name,
        texts[0],
        # Exploded properties in a query or cookie have no parameter name.
        explode=parameter.explode and not parameter.spread,
    )
    found = _repeated(parameter, texts)
    named = ((_decoded(parameter, name), text) for name, text in pairs)
    value, more = _checked(parameter, (_properties(parameter, named),))
    return value, found + more


def _properties(
    parameter: Parameter, pairs: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """Read the values of an object; the names are decoded already."""
    shape = parameter.shape
    return {
        name: _typed(_decoded(parameter, text), shape and shape.below(name))
        for name, text in pairs
    }


def _typed(text: str, shape: Shape | None) -> Any:
    return text if shape is None else shape.candidates(text)[0]


def _spread(
    parameter: Parameter, raw: RawParameters, claimed: frozenset[str]
) -> dict[str, Any]:
    """Collect an object whose properties are pairs of their own."""
    sent = raw.query if parameter.location == "query" else raw.cookies
    named = ((_decoded(parameter, name), text) for name, text in sent)
    shape = parameter.shape
    if parameter.style == "deepObject":
        from cbmock.contract.parameters import nested_names  # noqa: PLC0415 - few need it

        entries = nested_names.entries(
            parameter.name, named, lambda text: _decoded(parameter, text)
        )
        value = nested_names.nested_value(shape, entries) if entries else {}
        return value if isinstance(value, dict) else {}
    assert shape is not None
    return _properties(
        parameter,
        (
            (name, text)
            for name, text in named
            if name in shape.properties
            or (shape.additional is not None and name not in claimed)
        ),
    )
