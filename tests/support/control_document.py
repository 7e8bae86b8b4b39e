"""The control API's own document, and whether an answer is as it says."""

from cbmock import sources
from cbmock.contract.schemas.schema import Schema
from cbmock.description.references import Node
from cbmock.server.control import description


def documented(operation_id, status, value):
    """Hold an answer against the control API's own document, with our own code."""
    described = sources.describe(description())
    node = described.root
    for path in node.child("paths").value:
        for _, found in node.child("paths", path).members():
            if found.value["operationId"] == operation_id:
                content = found.child("responses", str(status), "content")
                ((_, media_type),) = content.members()
                schema: Node = media_type.child("schema")
                return Schema(schema, described).is_valid(value)
    raise LookupError(operation_id)
