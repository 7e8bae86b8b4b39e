"""Findings about schemas: keywords that do not do what their author expects.

It decides over every schema that a served operation reaches, in what is received and in
what is answered. It must not know values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cbmock.contract.schemas import dialects
from cbmock.contract.schemas.schema import leaf
from cbmock.description import json_pointer, schema_keywords, schema_resources
from cbmock.description.operations import Operation
from cbmock.description.references import LEADS_BACK, Description, Node
from cbmock.description.versions import V3_0
from cbmock.errors import UnresolvableReference
from cbmock.lint.findings import Finding, broken_reference, finding
from cbmock.lint.message_contents import operation_contents

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


class SchemaFindings:
    """Goes through schemas, each only once for all operations of a document."""

    def __init__(self, description: Description) -> None:
        """Start without any schema seen."""
        self._description = description
        self._seen: set[tuple[str, tuple[str, ...]]] = set()

    def below(self, operation: Operation) -> Iterator[Finding]:
        """Yield what is wrong with the schemas of an operation."""
        if operation.node is None or not operation.served:
            return
        body = operation.node.get("requestBody")
        if body is not None:
            try:
                self._description.resolve(body)
            except UnresolvableReference as error:
                yield broken_reference(body, error)
        for content in operation_contents(operation, self._description):
            for name in ("schema", "itemSchema"):
                root = content.node.get(name)
                if root is not None:
                    yield from self._below(root)

    def _below(self, root: Node) -> Iterator[Finding]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.place in self._seen or not isinstance(node.value, dict):
                continue
            self._seen.add(node.place)
            yield from self._of_schema(node)
            for keyword in ("$ref", "$dynamicRef"):
                reference = node.value.get(keyword)
                if not isinstance(reference, str):
                    continue
                try:
                    waiting.append(
                        schema_resources.follow(self._description, node, reference)
                    )
                except UnresolvableReference as error:
                    yield broken_reference(node, error)
                    continue
                yield from self._of_reference(node, reference)
            waiting += schema_keywords.subschemas(node)

    def _of_reference(self, node: Node, reference: str) -> Iterator[Finding]:
        """Look at a reference that has a target."""
        if _crosses(node, reference) and self._has_ids(node):
            detail = (
                f"inside a schema with an `$id`, {reference[:120]!r} points into that "
                "schema, which has no such place; the document's is used"
            )
            instead = f"{node.document.base.rpartition('/')[2]}{reference}"
            yield finding(node, "ref-crosses-id", detail, instead=instead)
        try:
            schema_resources.resolve(self._description, node)
        except UnresolvableReference as error:
            if error.reason == LEADS_BACK:
                yield broken_reference(node, error)

    def _has_ids(self, node: Node) -> bool:
        return self._description.version_at(node.document).json_schema

    def _of_schema(self, node: Node) -> Iterator[Finding]:
        version = self._description.version_at(node.document)
        if not version.json_schema:
            yield from _of_30(node)
        elif node.value.get("nullable") is True:
            detail = "OpenAPI 3.1 removed `nullable`; it has no effect"
            instead = 'type: [..., "null"]'
            yield finding(node, "nullable-3.1", detail, instead=instead)
        if version.json_schema:
            yield from dialect_findings(node.get("$schema"))
        yield from _malformed(node)
        yield from self._closed(node)

    def _closed(self, node: Node) -> Iterator[Finding]:
        """Look for `additionalProperties: false` that excludes what `allOf` adds."""
        parts = node.get("allOf")
        if parts is None or node.value.get("additionalProperties") is not False:
            return
        own = node.value.get("properties")
        known = own.keys() if isinstance(own, dict) else set()
        for part in parts.items():
            try:
                target = schema_resources.resolve(self._description, part).value
            except UnresolvableReference:
                continue
            named = target.get("properties") if isinstance(target, dict) else None
            excluded = sorted(named.keys() - known) if isinstance(named, dict) else []
            if excluded:
                detail = (
                    "`additionalProperties: false` does not see into allOf and "
                    f"excludes {', '.join(excluded[:5])}"
                )
                instead = "unevaluatedProperties: false (OpenAPI 3.1 and newer)"
                yield finding(node, "additionalprops-allof", detail, instead=instead)
                return


# The dialects of JSON Schema and of OpenAPI that are spoken (OAS 3.1.1 §4.8.24.5).
_DIALECT = re.compile(
    r"https?://json-schema\.org/(?:draft-0[467]|draft/20(?:19-09|20-12))/schema#?"
    r"|https://spec\.openapis\.org/oas/3\.[0-9]+/dialect/.+"
)


def dialect_findings(stated: Node | None) -> Iterator[Finding]:
    """Report a `$schema` or `jsonSchemaDialect` that is not known."""
    if stated is None or _DIALECT.fullmatch(str(stated.value)):
        return
    detail = (
        f"{str(stated.value)[:120]!r} is not a known dialect; it is read as "
        "JSON Schema 2020-12"
    )
    yield finding(stated, "dialect", detail)


def _crosses(node: Node, reference: str) -> bool:
    """Tell whether a reference only has a target outside the `$id` it stands in."""
    here = schema_resources.around(node)
    if not here.node.tokens or not reference.startswith("#"):
        return False
    try:
        here.node.child(*json_pointer.parse_fragment(reference[1:]))
    except LookupError:
        return True
    except ValueError:  # an anchor
        return reference[1:] not in here.anchors
    return False


def _of_30(node: Node) -> Iterator[Finding]:
    value = node.value
    if isinstance(value.get("$ref"), str):
        beside = sorted(
            schema_keywords.SUBSCHEMAS.union(dialects.ASSERTIONS, ["nullable"])
            & value.keys()
        )
        if beside:
            detail = f"beside a $ref, OpenAPI 3.0 ignores {', '.join(beside)}"
            instead = "allOf: [{$ref: ...}] with the keywords beside it"
            yield finding(node, "ref-siblings", detail, instead=instead)
        return
    if dialects.ineffective_nullable(value, V3_0):
        detail = "`nullable` only has an effect beside `type` in the same object"
        if "type" in value:
            detail = "`nullable` allows null only if `enum` lists it too"
        yield finding(node, "nullable-ineffective", detail)
    foreign = [*sorted(_NOT_IN_30 & value.keys()), *_forms_not_in_30(value)]
    if foreign:
        detail = f"OpenAPI 3.0 has no {', '.join(foreign)}; cbmock honours it"
        yield finding(node, "keyword-not-3.0", detail)


def _forms_not_in_30(schema: dict[str, Any]) -> Iterator[str]:
    """Name the keywords that 3.0 has in another form only."""
    for name in ("exclusiveMaximum", "exclusiveMinimum"):
        if type(schema.get(name)) in (int, float):
            yield f"number as `{name}`"
    if isinstance(schema.get("type"), list):
        yield "list as `type`"
    if schema.get("type") == "null":
        yield "type `null`"
    if isinstance(schema.get("items"), list):
        yield "list as `items`"


def _malformed(node: Node) -> Iterator[Finding]:
    value = node.value
    if isinstance(value.get("required"), bool):
        detail = "`required` is a list of property names; a boolean has no effect"
        yield finding(node, "required-boolean", detail)
    for keyword, well_formed in dialects.ASSERTIONS.items():
        if keyword not in value or well_formed(value[keyword]):
            continue
        if keyword == "required" and isinstance(value[keyword], bool):
            continue
        if keyword.startswith("exclusive") and isinstance(value[keyword], bool):
            continue
        shown = repr(value[keyword])[:60]
        detail = f"`{keyword}: {shown}` has no meaning there and is ignored"
        yield finding(node, "keyword-malformed", detail)
    pattern = value.get("pattern")
    if isinstance(pattern, str) and leaf("pattern", pattern) is None:
        detail = f"the pattern {pattern[:60]!r} is not a regular expression (ECMA-262)"
        yield finding(node, "pattern", detail)
    if value.get("type") == "array" and not {"items", "prefixItems"} & value.keys():
        detail = "an array without `items` says nothing about what it holds"
        yield finding(node, "array-items", detail)
