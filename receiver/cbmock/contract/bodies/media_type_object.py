"""Media Type Objects: the schemas and encodings of one content (OAS 3.1.1 §4.8.14).

It decides which of their fields count in which version. It must not know requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cbmock.contract.bodies import encodings
from cbmock.contract.bodies.encodings import Encoding
from cbmock.contract.bodies.payload import Payload
from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description import json_pointer
from cbmock.description.documents import Document
from cbmock.description.references import Description, Node
from cbmock.description.versions import Version
from cbmock.http.media_types import MediaType

_SPOKEN = ("openapi", "$self", "jsonSchemaDialect")
"""What decides how the schemas of a document are read."""


@dataclass(frozen=True)
class MediaTypeObject:
    """A Media Type Object (OAS 3.1.1 §4.8.14) ready to read bodies with."""

    node: Node
    description: Description
    shape: Shape | None

    @cached_property
    def version(self) -> Version:
        """The version of the document that it stands in."""
        return self.description.version_at(self.node.document)

    @cached_property
    def items(self) -> Shape | None:
        """What describes each item of a sequence, since 3.2."""
        schema = self._item_schema
        return None if schema is None else Shape(Schema(schema, self.description))

    @cached_property
    def _item_schema(self) -> Node | None:
        return self.node.get("itemSchema") if self.version.sequences else None

    @cached_property
    def whole(self) -> Schema | None:
        """The schema of the whole content: `schema`, and an array of `itemSchema`."""
        schema = None if self.shape is None else self.shape.schema
        if self._item_schema is None:
            return schema
        written: dict[str, Any] = {"type": "array", "items": self._to("itemSchema")}
        if schema is None:
            written["minItems"] = 1  # an empty sequence shows nothing
        else:
            written["allOf"] = [self._to("schema")]
        around = self.node.document
        kept = {name: around.tree[name] for name in _SPOKEN if name in around.tree}
        own = Document(around.name, around.uri, {**kept, "content": written})
        return Schema(Node(written, own, ("content",)), self.description)

    def _to(self, name: str) -> dict[str, str]:
        """Return a reference to one of its schemas, which keeps its place."""
        place = json_pointer.fragment((*self.node.tokens, name))
        return {"$ref": self.node.document.uri + place}

    @cached_property
    def encoding(self) -> Mapping[str, Encoding]:
        """The Encoding Objects by property."""
        return encodings.encodings_of(self.node, self.description)

    @cached_property
    def positions(self) -> tuple[Encoding, ...]:
        """The Encoding Objects of the first parts, by position."""
        return encodings.positions_of(self.node, self.description)

    @cached_property
    def others(self) -> Encoding | None:
        """The Encoding Object of all further parts."""
        return encodings.others_of(self.node, self.description)

    def payload(self, data: bytes, media_type: MediaType) -> Payload:
        """Return what a reader needs."""
        return Payload(
            data=data,
            media_type=media_type,
            shape=self.shape,
            items=self.items,
            encoding=self.encoding,
            positions=self.positions,
            others=self.others,
            version=self.version,
        )
