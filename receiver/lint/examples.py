"""Findings about examples: those that break the schema they are to illustrate.

It must not know where answers are built from them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from receiver.contract import media_types
from receiver.contract.schemas import Schema
from receiver.contract.violations import errors
from receiver.description.operations import Operation
from receiver.description.references import Description, Node
from receiver.errors import UnresolvableReference
from receiver.lint.findings import Finding, finding


def of_operation(operation: Operation, description: Description) -> Iterator[Finding]:
    """Yield the examples of an operation that are invalid, with the first reason."""
    if operation.node is None or not operation.served:
        return
    body = operation.node.get("requestBody")
    if body is not None:
        yield from _of_content(body, description, sent=True)
    responses = operation.node.get("responses")
    for code, response in () if responses is None else responses.members():
        if not code.startswith("x-"):
            yield from _of_content(response, description, sent=False)


def _of_content(
    node: Node, description: Description, *, sent: bool
) -> Iterator[Finding]:
    try:
        content = description.resolve(node).get("content")
    except UnresolvableReference:
        return
    for key, each in () if content is None else content.members():
        media_type = media_types.parse(key)
        schema = each.get("schema")
        if schema is None or media_type is None or not media_type.is_json:
            continue
        waived = "writeOnly" if sent else "readOnly"
        compiled = Schema(schema, description, waived=waived)  # type: ignore[arg-type]
        for example in _examples(each, description):
            yield from _judge(example, compiled)


def _examples(media_type: Node, description: Description) -> Iterator[Node]:
    examples = media_type.get("examples")
    for _, each in () if examples is None else examples.members():
        try:
            found = description.resolve(each)
        except UnresolvableReference:
            continue
        for field in ("dataValue", "value"):
            value = found.get(field)
            if value is not None:
                yield value
    single = media_type.get("example")
    if single is not None:
        yield single


def _judge(example: Node, schema: Schema) -> Iterator[Finding]:
    from receiver.contract import explanation  # noqa: PLC0415 - loads jsonschema

    try:
        if schema.is_valid(example.value):
            return
        if isinstance(example.value, str) and schema.is_valid(_inside(example.value)):
            detail = "the example is a string that holds JSON; write the JSON itself"
            yield finding(example, "stringified-example", "warning", detail)
            return
        told = errors(explanation.explain(schema, example.value))
    except UnresolvableReference:
        return
    if told:
        where = "" if told[0].pointer in (None, "#") else f" at {told[0].pointer}"
        detail = f"the example breaks its own schema{where}: {told[0].detail}"
        yield finding(example, "example-invalid", "warning", detail)


def _inside(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
