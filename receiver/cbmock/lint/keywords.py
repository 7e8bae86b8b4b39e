"""Findings about single keywords: malformed values, and names that no dialect has.

It decides which keywords of one Schema Object are ignored or read differently than they
are written. It must not know other schemas.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cbmock.contract.schemas import dialects
from cbmock.contract.schemas.engine import keyword_validator
from cbmock.description import schema_keywords
from cbmock.description.references import Node
from cbmock.lint.findings import Finding, finding
from cbmock.lint.rewritten import is_rewritten, rewritten_name, rewritten_text
from cbmock.violations import shown


def _is(*types: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, types)


def _schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


# Each keyword that is not an assertion, with the type that its value must have.
_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    **dict.fromkeys(schema_keywords.ONE_SCHEMA, _is(dict, bool)),
    **dict.fromkeys(schema_keywords.SCHEMA_LIST, _schemas),
    **dict.fromkeys(schema_keywords.SCHEMA_MAP, _is(dict)),
    **dict.fromkeys(
        ("nullable", "readOnly", "writeOnly", "deprecated", "$recursiveAnchor"),
        _is(bool),
    ),
    **dict.fromkeys(
        ("format", "contentEncoding", "contentMediaType", "$ref", "$dynamicRef"),
        _is(str),
    ),
    **dict.fromkeys(("$id", "$anchor", "$dynamicAnchor", "$schema"), _is(str)),
    **dict.fromkeys(("$defs", "definitions", "dependencies"), _is(dict)),
    "discriminator": lambda value: (
        isinstance(value, dict)
        and isinstance(value.get("propertyName"), str)
        and isinstance(value.get("mapping", {}), dict)
    ),
    "items": _is(dict, bool, list),  # a list before 2020-12
    "xml": _is(dict),
}
# Keywords that allow any value, or that no version reads.
_OTHERS = frozenset(
    {
        *("title", "description", "default", "example", "examples", "externalDocs"),
        *("$comment", "$vocabulary", "$recursiveRef", "id", "contentSchema"),
        *("additionalItems",),
    }
)
KNOWN = _OTHERS.union(_SHAPES, dialects.ASSERTIONS)
_PLAIN = {each.lower(): each for each in KNOWN}
_USUAL = {"min": "minimum", "max": "maximum", "regex": "pattern", "values": "enum"}
_CLOSE = 0.8
_SHORT = 3


def malformed(node: Node) -> Iterator[Finding]:
    """Yield findings for keywords with a value of a wrong type."""
    value = node.value
    if isinstance(value.get("required"), bool):
        detail = "`required` is a list of property names; a boolean has no effect"
        yield finding(node, "required-boolean", detail)
    for keyword, well_formed in {**_SHAPES, **dialects.ASSERTIONS}.items():
        if keyword not in value or well_formed(value[keyword]):
            continue
        if _has_its_own_finding(keyword, value[keyword]):
            continue
        stated = shown(value[keyword])
        detail = f"`{keyword}: {stated}` has no meaning there and is ignored"
        yield finding(node, "keyword-malformed", detail)
    if isinstance(value.get("contentSchema"), dict | bool):
        detail = "`contentSchema` is not checked: the content of the text is not read"
        yield finding(node, "content-schema", detail)
    pattern = value.get("pattern")
    if isinstance(pattern, str) and keyword_validator("pattern", pattern) is None:
        detail = f"the pattern {shown(pattern)} is not a regular expression (ECMA-262)"
        yield finding(node, "pattern", detail)
    if value.get("type") == "array" and not {"items", "prefixItems"} & value.keys():
        detail = "an array without `items` says nothing about what it holds"
        yield finding(node, "array-items", detail)


def _has_its_own_finding(keyword: str, value: Any) -> bool:
    """Return whether a boolean is an older form of the keyword, or reported as such."""
    exclusive = keyword.startswith("exclusive")
    return isinstance(value, bool) and (keyword == "required" or exclusive)


def unknown(node: Node) -> Iterator[Finding]:
    """Yield findings for unknown keywords; only one if the schema has no known keyword."""
    names = [
        name
        for name in node.value
        if name not in KNOWN and not name.startswith(("x-", "X-"))
    ]
    if names and len(names) == len(node.value):
        listed = ", ".join(f"`{name[:40]}`" for name in names[:5])
        detail = f"no keyword of the schema is known ({listed}): it accepts every value"
        if not _SERIALISED.isdisjoint(names):
            detail += _AS_IT_IS
        elif "schema" in names and _looks_like_a_schema(node.value["schema"]):
            detail += _HOLDER
        yield finding(node, "schema-without-keywords", detail)
        return
    for name in names:
        child = node.child(name)
        near, hint = _hints(name, child.value)
        detail = f"`{name[:40]}` is not a keyword of any dialect and is ignored{hint}"
        yield finding(child, "keyword-unknown", detail, instead=near)


def _hints(name: str, value: Any) -> tuple[str | None, str]:
    """Return the keyword that was probably intended, and what an unknown one may be."""
    is_schema = _looks_like_a_schema(value)
    if name == "schema" and is_schema:
        return None, _HOLDER
    near = _near(name)
    if near is not None:
        return near, f"; did you mean `{near}`?"
    if name in _SERIALISED:
        return None, _AS_IT_IS
    return None, "; does it belong under `properties`?" if is_schema else ""


# Members of the objects of zod and other libraries that follow Standard Schema.
_SERIALISED = frozenset({"def", "_def", "vendor", "~standard"})
_HOLDER = (
    "; a Header, Parameter or Media Type Object is no schema, refer to its `schema`"
)
_AS_IT_IS = "; it looks like an object of zod or the like, written without conversion"


def _near(name: str) -> str | None:
    """Return the keyword that was probably intended, whatever the case of its letters."""
    if _OF_A_TOOL.match(name):
        return None
    plain = re.sub(r"[^a-z$]", "", name.lower())
    near = [each for each in _PLAIN if sorted(each) == sorted(plain)]
    near += difflib.get_close_matches(plain, _PLAIN, n=1, cutoff=_CLOSE)
    found = _PLAIN[near[0]] if near else _USUAL.get(plain)
    # Nobody who writes `note` wants `not`.
    if found is not None and len(found) <= _SHORT and sorted(found) != sorted(plain):
        return None
    return found


# Generators write their own keywords so: `tsType`, `javaType`, `goAdditionalProperties`.
_OF_A_TOOL = re.compile(r"(?!is|has|on?Of)(?:[a-z]{2}|java|rust|kotlin|swift|php)[A-Z]")


def _looks_like_a_schema(value: Any) -> bool:
    return isinstance(value, dict) and bool(
        {"type", "$ref", "properties"} & value.keys()
    )


def rewritten(node: Node) -> Iterator[Finding]:
    """Yield findings for names and texts that a YAML 1.1 tool has probably changed."""
    properties = node.value.get("properties")
    for name in properties if isinstance(properties, dict) else ():
        if is_rewritten(name):
            yield from rewritten_name(node.child("properties", name), name)
    for at, each in enumerate(_listed(node, "required")):
        if not isinstance(each, str):
            yield from rewritten_text(node.child("required", at), each)
    constants = _listed(node, "enum")
    texts = sum(isinstance(each, str) for each in constants)
    booleans = [at for at, each in enumerate(constants) if isinstance(each, bool)]
    if texts and len(booleans) == 1 and texts + 1 == len(constants):
        at = booleans[0]
        yield from rewritten_text(node.child("enum", at), constants[at])


def _listed(node: Node, keyword: str) -> list[Any]:
    value = node.value.get(keyword)
    return value if isinstance(value, list) else []
