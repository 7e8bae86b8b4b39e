"""Findings about schemas: keywords that do not do what their author expects.

It decides over every schema that a served operation reaches. It must not know values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from receiver.contract import dialects
from receiver.contract.schemas import leaf
from receiver.description.operations import Operation
from receiver.description.references import Description, Node
from receiver.errors import UnresolvableReference
from receiver.lint.findings import Finding, finding

# JSON Schema keywords that OpenAPI 3.0 does not have; cbmock honours them.
_NOT_IN_30 = frozenset(
    {
        "const",
        "contains",
        "dependentRequired",
        "dependentSchemas",
        "else",
        "if",
        "patternProperties",
        "prefixItems",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)
# Keywords that it has, in forms of JSON Schema that it has not; honoured as well.
_FORMS_NOT_IN_30: Mapping[str, Callable[[Any], bool]] = {
    "exclusiveMaximum": lambda value: not isinstance(value, bool),
    "exclusiveMinimum": lambda value: not isinstance(value, bool),
    "items": lambda value: isinstance(value, list),
    "type": lambda value: isinstance(value, list) or value == "null",
}


class Schemas:
    """Goes through schemas, each only once for all operations of a document."""

    def __init__(self, description: Description) -> None:
        """Start with nothing seen."""
        self._description = description
        self._seen: set[tuple[str, tuple[str, ...]]] = set()

    def of_operation(self, operation: Operation) -> Iterator[Finding]:
        """Yield what is wrong with the schemas of what is received."""
        if operation.node is None or not operation.served:
            return
        body = operation.node.get("requestBody")
        for root in () if body is None else self._of_content(body):
            if isinstance(root, Finding):
                yield root
            else:
                yield from self._below(root)

    def _of_content(self, node: Node) -> Iterator[Node | Finding]:
        try:
            content = self._description.resolve(node).get("content")
        except UnresolvableReference as error:
            yield finding(node, "ref-unresolvable", "error", error.message)
            return
        for _, media_type in () if content is None else content.members():
            schema = media_type.get("schema")
            if schema is not None:
                yield schema

    def _below(self, root: Node) -> Iterator[Finding]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.place in self._seen or not isinstance(node.value, dict):
                continue
            self._seen.add(node.place)
            yield from self._of_schema(node)
            reference = node.value.get("$ref")
            if isinstance(reference, str):
                try:
                    waiting.append(self._description.follow(node, reference))
                except UnresolvableReference as error:
                    yield finding(node, "ref-unresolvable", "error", error.message)
            waiting += _subschemas(node)

    def _of_schema(self, node: Node) -> Iterator[Finding]:
        version = self._description.version_at(node.document)
        if version < (3, 1):
            yield from _of_30(node)
        elif node.value.get("nullable") is True:
            detail = "`nullable` is no keyword since OpenAPI 3.1 and has no effect"
            instead = 'type: [..., "null"]'
            yield finding(node, "nullable-3.1", "warning", detail, instead=instead)
        yield from _shapes(node)
        yield from self._closed(node)

    def _closed(self, node: Node) -> Iterator[Finding]:
        """Look for `additionalProperties: false` that shuts out what `allOf` brings."""
        parts = node.get("allOf")
        if parts is None or node.value.get("additionalProperties") is not False:
            return
        own = node.value.get("properties")
        known = own.keys() if isinstance(own, dict) else set()
        for part in parts.items():
            try:
                target = self._description.resolve(part).value
            except UnresolvableReference:
                continue
            named = target.get("properties") if isinstance(target, dict) else None
            shut_out = sorted(named.keys() - known) if isinstance(named, dict) else []
            if shut_out:
                detail = (
                    "`additionalProperties: false` does not see into allOf and shuts "
                    f"out {', '.join(shut_out[:5])}"
                )
                instead = "unevaluatedProperties: false (OpenAPI 3.1 and newer)"
                code = "additionalprops-allof"
                yield finding(node, code, "warning", detail, instead=instead)
                return


def _subschemas(node: Node) -> Iterator[Node]:
    for keyword, child in node.members():
        if keyword in dialects.ONE_SCHEMA:
            yield child
        elif keyword in dialects.SCHEMA_LIST:
            yield from child.items()
        elif keyword in dialects.SCHEMA_MAP:
            yield from (each for _, each in child.members())


def _of_30(node: Node) -> Iterator[Finding]:
    value = node.value
    if isinstance(value.get("$ref"), str):
        beside = sorted(
            dialects.SUBSCHEMAS.union(dialects.ASSERTIONS, ["nullable"]) & value.keys()
        )
        if beside:
            detail = f"beside a $ref, OpenAPI 3.0 ignores {', '.join(beside)}"
            instead = "allOf: [{$ref: ...}] with the keywords beside it"
            yield finding(node, "ref-siblings", "warning", detail, instead=instead)
        return
    if dialects.ineffective_nullable(value, (3, 0)):
        detail = "`nullable` only has an effect beside `type` in the same object"
        if "type" in value:
            detail = "`nullable` allows null only if `enum` lists it too"
        yield finding(node, "nullable-ineffective", "warning", detail)
    foreign = sorted(_NOT_IN_30 & value.keys())
    if foreign:
        detail = f"OpenAPI 3.0 has no {', '.join(foreign)}; cbmock honours it"
        yield finding(node, "keyword-not-3.0", "warning", detail)
    for keyword, is_foreign in _FORMS_NOT_IN_30.items():
        if keyword in value and is_foreign(value[keyword]):
            written = f"{keyword}: {str(value[keyword])[:60]}"
            detail = f"OpenAPI 3.0 has no `{written}`; cbmock honours it"
            yield finding(node, "keyword-not-3.0", "warning", detail)


def _shapes(node: Node) -> Iterator[Finding]:
    value = node.value
    if isinstance(value.get("required"), bool):
        detail = "`required` is a list of property names; a boolean has no effect"
        yield finding(node, "required-boolean", "warning", detail)
    for keyword, well_formed in dialects.ASSERTIONS.items():
        if keyword not in value or well_formed(value[keyword]):
            continue
        if keyword == "required" and isinstance(value[keyword], bool):
            continue
        if keyword.startswith("exclusive") and isinstance(value[keyword], bool):
            continue
        shown = repr(value[keyword])[:60]
        detail = f"`{keyword}: {shown}` has no meaning there and is ignored"
        yield finding(node, "keyword-malformed", "warning", detail)
    pattern = value.get("pattern")
    if isinstance(pattern, str) and leaf("pattern", pattern) is None:
        detail = f"the pattern {pattern[:60]!r} is no regular expression (ECMA-262)"
        yield finding(node, "pattern", "warning", detail)
    if value.get("type") == "array" and not {"items", "prefixItems"} & value.keys():
        detail = "an array without `items` says nothing about what it holds"
        yield finding(node, "array-items", "info", detail)
