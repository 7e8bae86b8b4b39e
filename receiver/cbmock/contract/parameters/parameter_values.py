"""Parameter values: the parameters of a request, read and validated.

It decides which texts belong to a parameter, which of their possible values counts, and
what its violations are. It must not know bodies or which operation was matched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, unquote_plus

from cbmock.contract.parameters import styles
from cbmock.contract.parameters.parameter import Parameter
from cbmock.contract.parameters.parameter_violations import (
    corrected,
    missing,
    repeated,
    repeated_member,
    violation,
)
from cbmock.contract.parameters.raw_parameters import RawParameters, sent_values
from cbmock.contract.parameters.styles import NotInStyle
from cbmock.contract.schemas import coercion
from cbmock.contract.schemas.subschemas import Shape
from cbmock.errors import UnresolvableReference
from cbmock.http import json_text
from cbmock.http.json_text import NotJSON
from cbmock.http.messages import unquoted
from cbmock.http.query import RawPairs
from cbmock.violations import Violation, errors, shortened, shown

# --- checking ---------------------------------------------------------------------------


def check(
    parameters: tuple[Parameter, ...], raw: RawParameters
) -> tuple[dict[tuple[str, str], Any], tuple[Violation, ...]]:
    """Read each parameter; return values by (location, name), and violations."""
    values: dict[tuple[str, str], Any] = {}
    violations: list[Violation] = []
    for parameter in parameters:
        if parameter.location == "querystring":
            continue  # read like a body, by `bodies.querystring`
        try:
            value, found = _read(parameter, raw, parameters)
        except UnresolvableReference:
            continue  # its schema cannot be read: a finding, not a violation
        violations += found
        if value is not _ABSENT:
            values[parameter.location, parameter.name] = value
    return values, tuple(violations)


_ABSENT = object()
_MOST_REPEATED = 100


Read = tuple[Any, tuple[Violation, ...]]


def _read(
    parameter: Parameter, raw: RawParameters, documented: tuple[Parameter, ...]
) -> Read:
    if parameter.kind == "object" and parameter.spread:
        value, found = _spread(parameter, raw, documented)
        if value:
            checked, more = _checked(parameter, (value,))
            return checked, found + more
    texts = sent_values(parameter, raw)
    if not texts:
        return _ABSENT, missing(parameter, raw, documented)
    if parameter.allow_empty and texts == ("",):
        return "", ()
    value, found = _texts(parameter, texts)
    if errors(found):
        if parameter.location in ("header", "cookie"):
            decoded = _percent_decoded(parameter, texts)
            if decoded is not None:
                return decoded
        found = _with_hint(parameter, texts, found)
    if _is_encoded(parameter):
        found += corrected(parameter, texts)
    return value, found


def _is_encoded(parameter: Parameter) -> bool:
    """Return whether the sender has to percent-encode the value (OAS 3.2.0 Appendix D)."""
    if parameter.location == "cookie":
        return parameter.style == "form"
    return parameter.location in ("query", "path")


def _texts(parameter: Parameter, texts: tuple[str, ...]) -> Read:
    """Read the texts that were sent under the parameter's name."""
    if parameter.json:
        return _json(parameter, texts)
    read = _READERS[parameter.kind]
    try:
        return read(parameter, texts)
    except NotInStyle as error:
        detail, received = str(error), shortened(texts[0])
        return texts[0], (violation(parameter, "syntax", detail, received=received),)


def _with_hint(
    parameter: Parameter, texts: tuple[str, ...], found: tuple[Violation, ...]
) -> tuple[Violation, ...]:
    """Add the hint how the value would have been valid to the errors."""
    from cbmock.contract.parameters import near_misses  # noqa: PLC0415 - 4 ms (difflib)

    def is_valid(changed: tuple[str, ...]) -> bool:
        return not errors(_texts(parameter, changed)[1])

    hint = near_misses.encoding_hint(parameter, texts, is_valid)
    if not hint:
        return found
    return tuple(
        replace(each, detail=each.detail + hint) if each.severity == "error" else each
        for each in found
    )


def _percent_decoded(parameter: Parameter, texts: tuple[str, ...]) -> Read | None:
    """Read a percent-encoded value; None if decoding does not make it valid.

    3.0 and 3.1 leave it to RFC 6570, 3.2 says that headers are not encoded (Appendix D);
    the style `form` of cookies always is.
    """
    plain = texts
    if parameter.name.lower().startswith("ce-"):  # CloudEvents, HTTP binding 3.1.3.2
        plain = tuple(unquoted(text.strip(" \t")) for text in texts)
    decoded = tuple(unquote(text) for text in plain)
    if decoded == texts:
        return None
    value, found = _texts(parameter, decoded)
    if errors(found):
        return None
    if parameter.location == "cookie" and parameter.style == "form":
        return value, (*found, *corrected(parameter, texts))
    detail = f"{parameter.name!r} is percent-encoded, and only valid when decoded"
    encoded = violation(parameter, "header-encoded", detail, severity="info")
    return value, (*found, encoded, *corrected(parameter, texts))


def _decoded(parameter: Parameter, text: str) -> str:
    """Decode a text that has already been split at its delimiters.

    Headers and cookies are not percent-encoded (OAS 3.2.0 Appendix D).
    """
    if parameter.location == "query":
        return unquote_plus(text)
    return unquote(text) if parameter.location == "path" else text.strip(" \t")


def _json(parameter: Parameter, texts: tuple[str, ...]) -> Read:
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


def _scalar(parameter: Parameter, texts: tuple[str, ...]) -> Read:
    """Check every value that was sent; the first one is used."""
    values = []
    found = repeated(parameter, texts)
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


def _checked(parameter: Parameter, candidates: tuple[Any, ...]) -> Read:
    """Return the first valid candidate, else explain the likeliest one."""
    for candidate in candidates:
        if _valid(parameter, candidate):
            return candidate, ()
    assert parameter.schema is not None
    likeliest = next(
        (each for each in candidates if not isinstance(each, str)), candidates[0]
    )
    from cbmock.contract.explain import explanation  # noqa: PLC0415 - 30 ms, loads jsonschema

    return likeliest, explanation.explain(
        parameter.schema, likeliest, location=parameter.where, name=parameter.name
    )


# --- arrays and objects -----------------------------------------------------------------


def _array(parameter: Parameter, texts: tuple[str, ...]) -> Read:
    found: tuple[Violation, ...] = ()
    if parameter.spread:
        raw = list(texts)
    else:
        found = repeated(parameter, texts)
        raw = [item for text in texts for item in _items(parameter, text)]
    shape = parameter.shape
    value = [
        _typed(_decoded(parameter, item), None if shape is None else shape.item(index))
        for index, item in enumerate(raw)
    ]
    if texts == ("",) and not _valid(parameter, value):
        detail = f"{parameter.name!r} has no value; read as an empty array"
        found += (violation(parameter, "empty", detail, severity="warning"),)
        value = []
    value, more = _checked(parameter, (value,))
    return value, found + more


def _items(parameter: Parameter, text: str) -> list[str]:
    return styles.items(
        parameter.style, parameter.name, text, explode=parameter.explode
    )


def _object(parameter: Parameter, texts: tuple[str, ...]) -> Read:
    if parameter.style == "deepObject":
        example = f"{parameter.name}[name]=value"
        raise NotInStyle(f"{shown(texts[0])} is not a deepObject, written as {example}")
    pairs = styles.pairs(
        parameter.style,
        parameter.name,
        texts[0],
        # Exploded properties in a query or cookie have no parameter name.
        explode=parameter.explode and not parameter.spread,
    )
    named = [(_decoded(parameter, name), text) for name, text in pairs]
    found = repeated(parameter, texts)
    if parameter.spread:
        detail = (
            f"{parameter.name!r} is sent as one value; its properties are exploded: send "
            "name=value for each"
        )
        found += (violation(parameter, "not-exploded", detail, severity="warning"),)
    found += repeated_member(parameter, (name for name, _ in named))
    value, more = _checked(parameter, (_properties(parameter, named),))
    return value, found + more


def _properties(
    parameter: Parameter, pairs: Iterable[tuple[str, str]]
) -> dict[str, Any]:
    """Read the values of an object; the names are decoded already."""
    shape = parameter.shape
    values: dict[str, Any] = {}
    for name, text in pairs:
        if name not in values:
            below = shape and shape.below(name)
            values[name] = _typed(_decoded(parameter, text), below)
    return values


def _typed(text: str, shape: Shape | None) -> Any:
    return text if shape is None else shape.candidates(text)[0]


def _spread(
    parameter: Parameter, raw: RawParameters, documented: Iterable[Parameter]
) -> tuple[dict[str, Any], tuple[Violation, ...]]:
    """Collect an object whose properties are pairs of their own."""
    sent = raw.query if parameter.location == "query" else raw.cookies
    named = [(_decoded(parameter, name), text) for name, text in sent]
    shape = parameter.shape
    if parameter.style == "deepObject":
        return _nested(parameter, sent, named)
    assert shape is not None
    claimed = {each.name for each in documented}
    own = [
        (name, text)
        for name, text in named
        if name in shape.properties
        or (shape.additional is not None and name not in claimed)
    ]
    names = [name for name, _ in own]
    violations = repeated_member(parameter, names)
    if _is_encoded(parameter):
        violations += corrected(parameter, _as_sent(parameter, sent, names))
    return _properties(parameter, own), violations


def _as_sent(
    parameter: Parameter, sent: RawPairs, names: Iterable[str]
) -> Iterator[str]:
    """Yield the raw names and texts of the pairs with these names."""
    wanted = set(names)
    for name, text in sent:
        if "%" in name + text and _decoded(parameter, name) in wanted:
            yield from (name, text)


def _nested(
    parameter: Parameter, sent: RawPairs, named: Iterable[tuple[str, str]]
) -> tuple[dict[str, Any], tuple[Violation, ...]]:
    from cbmock.contract.parameters import nested_names  # noqa: PLC0415 - 1 ms, few need it

    found = nested_names.entries(parameter.name, named)
    if not found:
        return {}, ()
    value = nested_names.nested_value(parameter.shape, found)
    names = (each.name for each in found)
    violations = corrected(parameter, _as_sent(parameter, sent, names))
    unread = nested_names.first_unread(parameter.shape, found)
    if unread is not None:
        detail = f"{shown(unread)} is not used: its place has another value"
        violations += (violation(parameter, "duplicate", detail, severity="warning"),)
    unnamed = nested_names.without_name(parameter.shape, found)
    if unnamed is not None:
        detail = f"{shown(unnamed)} names no member; read as the member ''"
        violations += (
            violation(parameter, "empty-member-name", detail, severity="warning"),
        )
    return value if isinstance(value, dict) else {}, violations


_READERS: Mapping[str | None, Callable[[Parameter, tuple[str, ...]], Read]] = {
    "array": _array,
    "object": _object,
    None: _scalar,
}
