"""Findings about schemas: keywords that do not do what their author expects.

It checks every schema that a served operation refers to, in its request and its responses.
It must not know values.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import suppress
from typing import Any

from cbmock.contract.schemas import dialects
from cbmock.contract.schemas.few_ways import FewWays
from cbmock.contract.schemas.schema import Schema
from cbmock.description import json_pointer, schema_keywords, schema_resources
from cbmock.description.operations import Operation
from cbmock.description.references import LEADS_BACK, Description, Node, NodePlace
from cbmock.description.versions import V3_0
from cbmock.errors import UncheckableSchema, UnresolvableReference
from cbmock.lint import keywords
from cbmock.lint.contradictions import contradictions
from cbmock.lint.discriminators import discriminator_findings
from cbmock.lint.findings import Finding, broken_reference, finding
from cbmock.lint.message_contents import operation_contents
from cbmock.lint.schema_examples import SchemaExamples
from cbmock.lint.schema_types import SeenTypes, type_conflicts

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
    """Checks schemas, each only once for all operations of a document."""

    def __init__(self, description: Description) -> None:
        """Start without any schema seen."""
        self._description = description
        self._seen: set[NodePlace] = set()
        self._finite: set[NodePlace] = set()
        self._clean: set[Hashable] = set()
        self._types: SeenTypes = {}
        self._checkable: set[NodePlace] = set()
        self._few_ways = FewWays(description)
        self._examples = SchemaExamples(description)

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
                    yield from self._multiplying(root)

    def of_examples(self) -> Iterator[Finding]:
        """Yield the invalid examples in the schemas that have been seen."""
        yield from self._examples.findings(self._few_ways)

    def _multiplying(self, root: Node) -> Iterator[Finding]:
        """Look for a schema by which no value is checked, because it takes too long."""
        if root.place in self._checkable:
            return
        self._checkable.add(root.place)
        if self._few_ways.certainly(root):
            return
        try:
            _ = Schema(root, self._description).bundle
        except UncheckableSchema as error:
            yield finding(root, "schema-ways", error.message)
        except UnresolvableReference:
            return  # another finding names the reference

    def _below(self, root: Node) -> Iterator[Finding]:
        waiting = [root]
        while waiting:
            node = waiting.pop()
            if node.place in self._seen or not isinstance(node.value, dict):
                continue
            self._seen.add(node.place)
            content = schema_keywords.content(node)
            if content is not None:
                self._examples.take(node)
                yield from self._of_content(node, content)
                continue
            alone = isinstance(
                node.value.get("$ref"), str
            ) and schema_keywords.reference_alone(self._description, node)
            yield from (
                self._of_reference_alone(node) if alone else self._of_schema(node)
            )
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
            if not alone:
                self._examples.take(node)
                waiting += schema_keywords.subschemas(node)

    def _of_content(self, node: Node, content: Hashable) -> Iterator[Finding]:
        """Check a schema without others below it, unless one like it has no findings."""
        if content not in self._clean:
            found = [*self._of_schema(node)]
            yield from found
            if not found:
                self._clean.add(content)

    def _of_reference_alone(self, node: Node) -> Iterator[Finding]:
        """Check a reference whose siblings are all ignored, so that they need no check."""
        if not self._description.version_at(node.document).json_schema:
            yield from _of_30(node, self._description)
        yield from self._endless(node)

    def _of_reference(self, node: Node, reference: str) -> Iterator[Finding]:
        """Check a reference that has a target."""
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
            yield from _of_30(node, self._description)
        elif node.value.get("nullable") is True:
            detail = "OpenAPI 3.1 removed `nullable`; it has no effect"
            instead = 'type: [..., "null"]'
            yield finding(node, "nullable-3.1", detail, instead=instead)
        if version.json_schema:
            yield from dialect_findings(node.get("$schema"))
        yield from keywords.malformed(node)
        yield from keywords.unknown(node)
        yield from keywords.rewritten(node)
        yield from self._endless(node)
        yield from contradictions(node, self._description)
        yield from type_conflicts(node, self._description, self._types)
        yield from discriminator_findings(node, self._description)
        yield from self._closed(node)

    def _endless(self, node: Node) -> Iterator[Finding]:
        """Look for a schema that is applied to the same value again without an end."""
        if node.place in self._finite:
            return
        way: dict[NodePlace, Node] = {}
        waiting: list[tuple[Node, bool]] = [(node, False)]
        while waiting:
            each, done = waiting.pop()
            if done:
                del way[each.place]
                self._finite.add(each.place)
            elif each.place in way:
                if each.value.get("$ref") is None or len(way) > 1:
                    yield from _loop(each, way)
            elif each.place not in self._finite:
                way[each.place] = each
                waiting.append((each, True))
                waiting += [(below, False) for below in self._same_value(each)]

    def _same_value(self, node: Node) -> Iterator[Node]:
        """Yield the schemas that a schema applies to its own value."""
        if not isinstance(node.value, dict):
            return
        reference = node.value.get("$ref")
        if isinstance(reference, str):
            with suppress(UnresolvableReference):
                yield schema_resources.follow(self._description, node, reference)
            if schema_keywords.reference_alone(self._description, node):
                return
        for keyword in ("allOf", "anyOf", "oneOf"):
            listed = node.get(keyword)
            yield from () if listed is None else listed.items()
        for keyword in ("not", "if", "then", "else"):
            child = node.get(keyword)
            yield from () if child is None else (child,)

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
    """Return whether a reference only has a target outside the `$id` around it."""
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


def _of_30(node: Node, description: Description) -> Iterator[Finding]:
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
    if dialects.ineffective_nullable(value, V3_0) and not _accepts_null(
        node, description
    ):
        detail = "`nullable` only has an effect beside `type` in the same object"
        if "type" in value:
            detail = "`nullable` allows null only if `enum` lists it too"
        yield finding(node, "nullable-ineffective", detail)
    foreign = [*sorted(_NOT_IN_30 & value.keys()), *_forms_not_in_30(value)]
    if foreign:
        detail = f"OpenAPI 3.0 has no {', '.join(foreign)}; cbmock honours it"
        yield finding(node, "keyword-not-3.0", detail)


def _accepts_null(node: Node, description: Description) -> bool:
    """Return whether null is valid without `nullable`, which then needs no finding."""
    try:
        return Schema(node, description).is_valid(None)
    except UnresolvableReference:
        return False


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


def _loop(node: Node, way: Mapping[NodePlace, Node]) -> Iterator[Finding]:
    """Report a loop once, unless it is of references alone, which is reported as such."""
    places = list(way)
    loop = [way[place] for place in places[places.index(node.place) :]]
    if all(isinstance(each.value.get("$ref"), str) for each in loop):
        return
    first = min(loop, key=lambda each: each.place)
    detail = (
        "the schema applies itself to the same value again, by way of "
        f"{', '.join(each.pointer.partition('#')[2] for each in loop[:4])}: no value "
        "can be checked against it"
    )
    yield finding(first, "schema-loop", detail)
