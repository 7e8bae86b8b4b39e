"""Findings about documents as such: their version, repeated keys, new fields.

It must not know operations one by one.
"""

from __future__ import annotations

from collections.abc import Iterator

from cbmock.description import versions
from cbmock.description.documents import Document
from cbmock.description.path_items import FIXED_METHODS
from cbmock.description.references import Description, Node
from cbmock.description.schema_resources import repeated
from cbmock.description.versions import NEWEST
from cbmock.lint.findings import Finding, finding, text_finding
from cbmock.lint.schemas import dialect_findings
from cbmock.violations import shown


def document_findings(description: Description) -> Iterator[Finding]:
    """Yield what is wrong with the documents that were read."""
    root = description.root
    stated = description.entry.openapi or ""
    if versions.is_newer(stated):
        detail = f"OpenAPI {stated} is newer than {NEWEST}, which it is read as"
        where = root.get("openapi") or root
        yield finding(where, "unknown-minor", detail)
    for document in description.documents:
        for line, key in document.repeated_keys:
            detail = f"the key {key!r} is repeated in one mapping; the last one counts"
            yield text_finding(document, line, "yaml-dup-key", detail)
        if document.merge_keys:
            detail = (
                f"`<<` is used {len(document.merge_keys)} times; YAML 1.2 has no merge "
                "keys, so other tools may not merge"
            )
            yield text_finding(document, document.merge_keys[0], "yaml-merge", detail)
        if description.version_at(document).json_schema:
            dialect = Node(document.tree, document).get("jsonSchemaDialect")
            yield from dialect_findings(dialect)
            yield from _repeated_ids(document)
    yield from _webhooks(description)
    yield from _too_new(description)


def _repeated_ids(document: Document) -> Iterator[Finding]:
    """Find schemas with the same `$id`, except in data of an extension."""
    for uri, nodes in repeated(document):
        schemas = [each for each in nodes if not _in_extension(each)]
        for each in schemas[1:]:
            detail = (
                f"the `$id` {shown(uri)} is that of {schemas[0].pointer} too; a reference to "
                "it leads to one of them only"
            )
            yield finding(each.get("$id") or each, "dup-id", detail)


def _in_extension(node: Node) -> bool:
    return any(str(token).startswith("x-") for token in node.tokens)


def _webhooks(description: Description) -> Iterator[Finding]:
    own, extension = (
        description.root.get("webhooks"),
        description.root.get("x-webhooks"),
    )
    if own is not None and not description.version.webhooks:
        detail = "`webhooks` came with OpenAPI 3.1; cbmock serves them all the same"
        yield finding(own, "field-too-new", detail, instead="x-webhooks")
    if own is None or extension is None:
        return
    names = {name for name, _ in own.members()}
    for name, item in extension.members():
        if name in names:
            detail = (
                f"the webhook {name!r} is also in `webhooks`, which takes precedence"
            )
            yield finding(item, "dup-webhook", detail)


def _too_new(description: Description) -> Iterator[Finding]:
    """Look for fields of path items that 3.2 added, in documents of older versions."""
    for item in _items(description.root):
        for name in ("query", "additionalOperations"):
            field = item.get(name)
            if field is None or not isinstance(field.value, dict):
                continue
            if not description.version.query_method:
                detail = f"`{name}` came with OpenAPI 3.2 and is ignored here"
                yield finding(field, "field-too-new", detail)
            elif name == "additionalOperations":
                yield from _fixed(field)


def _fixed(field: Node) -> Iterator[Finding]:
    for method, each in field.members():
        if method.lower() in (*FIXED_METHODS, "query"):
            detail = f"use the field `{method.lower()}`; {method} under additionalOperations is ignored"
            instead = method.lower()
            yield finding(each, "additional-op-fixed", detail, instead=instead)


def _items(root: Node) -> Iterator[Node]:
    webhooks = root.get("webhooks")
    if webhooks is not None:
        yield from (item for _, item in webhooks.members())
    paths = root.get("paths")
    for _, path in () if paths is None else paths.members():
        for _, operation in path.members():
            callbacks = operation.get("callbacks")
            for _, callback in () if callbacks is None else callbacks.members():
                yield from (item for _, item in callback.members())
