"""Path Items: their fields, also through a reference, and their methods.

It decides which members of a Path Item are operations (OAS 3.1.1 §4.8.9, 3.2.0 §4.9). It
must not know callbacks or webhooks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference

# OAS 3.0.4 §4.8.9.1; `query` came with 3.2.
FIXED_METHODS: tuple[str, ...] = (
    "get",
    "put",
    "post",
    "delete",
    "options",
    "head",
    "patch",
    "trace",
)


@dataclass(frozen=True, slots=True, eq=False)
class PathItem:
    """A Path Item with its reference followed; each field keeps its own place."""

    fields: Mapping[str, Node]


def read(description: Description, node: Node) -> PathItem:
    """Return the Path Item at a node; fields beside its `$ref` win over the target's.

    The standard leaves the same field on both sides undefined (OAS 3.1.1 §4.8.9.1).
    """
    target = description.resolve(node)
    fields = dict(target.members())
    if target.place != node.place:
        fields |= {name: own for name, own in node.members() if name != "$ref"}
    return PathItem(fields)


def methods(
    description: Description, item: PathItem
) -> Iterator[tuple[str, Node, UnresolvableReference | None]]:
    """Yield the operations of a Path Item: the method, the object, and any error."""
    fixed = FIXED_METHODS
    if description.version.query_method:
        fixed = (*fixed, "query")
    for name, node in item.fields.items():
        if name in fixed:
            yield from _readable(description, name.upper(), node)
        elif name == "additionalOperations" and description.version.query_method:
            for method, other in node.members():
                if method.lower() not in fixed:
                    yield from _readable(description, method, other)


def path_parameters(
    description: Description, item: PathItem, operation: Node
) -> frozenset[str]:
    """Return the names of the parameters that an operation declares `in: path`."""
    names: set[str] = set()
    for parameters in (operation.get("parameters"), item.fields.get("parameters")):
        for each in () if parameters is None else parameters.items():
            try:
                value = description.resolve(each).value
            except UnresolvableReference:
                continue  # reported where parameters are read
            if isinstance(value, dict) and value.get("in") == "path":
                name = value.get("name")
                names |= {name} if isinstance(name, str) else set()
    return frozenset(names)


def _readable(
    description: Description, method: str, node: Node
) -> Iterator[tuple[str, Node, UnresolvableReference | None]]:
    """Follow an operation that is itself a `$ref`, which some publishers write."""
    try:
        resolved = description.resolve(node)
    except UnresolvableReference as error:
        yield method, node, error
        return
    if isinstance(resolved.value, dict):
        yield method, resolved, None
