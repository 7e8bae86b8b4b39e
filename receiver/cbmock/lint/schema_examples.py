"""Findings about the examples in Schema Objects: those that their own schema refuses.

It decides how all schemas that have examples are compiled together, since most of them refer
to the same others. It must not know which messages have the schemas.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cbmock.contract.schemas.few_ways import FewWays
from cbmock.contract.schemas.schema import Schema
from cbmock.description import json_pointer
from cbmock.description.documents import Document
from cbmock.description.references import Description, Node
from cbmock.errors import UncheckableSchema, UnresolvableReference
from cbmock.lint.examples import example_findings
from cbmock.lint.findings import Finding

_KINDS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}
_ASIDE = frozenset(
    {"default", "deprecated", "description", "example", "nullable", "title"}
)
"""Keywords by which no value is invalid."""
_MOST_ALONE = 100
"""How many schemas are checked one by one, if they cannot be compiled together."""


class SchemaExamples:
    """The schemas with examples, until all are known."""

    def __init__(self, description: Description) -> None:
        """Start without any."""
        self._description = description
        self._found: list[Node] = []

    def take(self, node: Node) -> None:
        """Note a schema, if it has examples that may be invalid."""
        schema = node.value
        if "examples" in schema or ("example" in schema and not _is_plain(schema)):
            self._found.append(node)

    def findings(self, few_ways: FewWays) -> Iterator[Finding]:
        """Yield the examples that are invalid, with the first reason.

        Schemas that certainly have `few_ways` can be compiled together.
        """
        together = [each for each in self._found if few_ways.certainly(each)]
        yield from self._of_group(together)
        others = [each for each in self._found if not few_ways.certainly(each)]
        try:
            yield from self._of_group(others)
        except UncheckableSchema:
            for each in others[:_MOST_ALONE]:
                yield from self._of_schema(each)

    def _of_group(self, nodes: Sequence[Node]) -> Iterator[Finding]:
        """Check the examples of schemas that are the properties of one."""
        if not nodes:
            return
        schema = Schema(
            _all_of(nodes, self._description), self._description, partial=True
        )
        for index, node in enumerate(nodes):
            values = [value for _, value in _examples(node)]
            if not all(schema.is_valid({str(index): value}) for value in values):
                yield from self._of_schema(node)

    def _of_schema(self, node: Node) -> Iterator[Finding]:
        """Check examples against their own schema alone, as a request or a response has it."""
        sent, received = (
            Schema(node, self._description, waived=waived)
            for waived in ("writeOnly", "readOnly")
        )
        for example, value in _examples(node):
            try:
                if received.is_valid(value):
                    continue
            except UnresolvableReference:
                return  # another finding names the reference
            yield from example_findings(example, value, sent)


def _is_plain(schema: dict[str, Any]) -> bool:
    """Return whether its example is certainly valid, because there is only a `type`."""
    stated, value = schema.get("type"), schema["example"]
    return (
        isinstance(stated, str)
        and isinstance(value, _KINDS.get(stated, ()))
        and (stated == "boolean" or not isinstance(value, bool))
        and schema.keys() - _ASIDE == {"type"}
    )


def _all_of(nodes: Sequence[Node], description: Description) -> Node:
    """Return a schema with one property for each of others, in a document of its own."""
    properties = {
        str(index): {"$ref": each.document.uri + json_pointer.fragment(each.tokens)}
        for index, each in enumerate(nodes)
    }
    entry = description.entry
    tree = {"properties": properties}
    document = Document(entry.name, f"{entry.uri}?examples", tree)
    return Node(tree, document)


def _examples(node: Node) -> Iterator[tuple[Node, Any]]:
    """Yield the examples in a schema, with their values."""
    single, several = node.get("example"), node.get("examples")
    if single is not None:
        yield single, single.value
    if several is not None and isinstance(several.value, list):
        yield from ((each, each.value) for each in several.items())
