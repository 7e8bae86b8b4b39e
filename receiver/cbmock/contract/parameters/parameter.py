"""Parameters: the Parameter Objects of an operation, ready to read requests with.

It decides which of them apply and what their fields mean (OAS 3.1.1 §4.8.12). It must not
know requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast

from cbmock.contract.schemas.schema import Schema
from cbmock.contract.schemas.subschemas import Shape
from cbmock.description.path_items import PathItem
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference
from cbmock.http import media_types
from cbmock.http.media_types import MediaType
from cbmock.violations import Location

ParameterLocation = Literal["query", "path", "header", "cookie", "querystring"]

_DEFAULT_STYLE: Mapping[ParameterLocation, str] = {
    "query": "form",
    "cookie": "form",
    "path": "simple",
    "header": "simple",
    "querystring": "form",
}
_FREE = frozenset({"type", "title", "description", "example", "examples"})
"""Keywords that do not restrict a string."""

# OAS 3.1.1 §4.8.12.1: definitions of these are ignored.
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization", "cookie"})


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A Parameter Object (OAS 3.1.1 §4.8.12) ready to read requests with.

    `schema` is None if the value has no schema. `media_type` is None unless the parameter
    has `content`. `kind` and `shape` may raise `UnresolvableReference`.
    """

    name: str
    location: ParameterLocation
    required: bool
    style: str
    explode: bool
    allow_empty: bool
    node: Node = field(repr=False)
    schema: Schema | None = field(repr=False)
    media_type: MediaType | None = None

    @property
    def json(self) -> bool:
        """Whether the value is a JSON text."""
        return self.media_type is not None and self.media_type.is_json

    @property
    def free(self) -> bool:
        """Whether every text is valid."""
        stated = None if self.schema is None else self.schema.node.value
        return (
            isinstance(stated, dict)
            and stated.get("type") == "string"
            and stated.keys() <= _FREE
            and self.media_type is None
        )

    @property
    def where(self) -> Location:
        """The location in violations: `querystring` is `query` there."""
        return "query" if self.location == "querystring" else self.location

    @property
    def identity(self) -> tuple[str, str]:
        """Location and name, which identify a parameter; header names ignore case."""
        name = self.name.lower() if self.location == "header" else self.name
        return self.location, name

    @property
    def spread(self) -> bool:
        """Whether each item or property is a pair of its own in the query or cookies."""
        exploded = self.explode and self.style in ("form", "cookie")
        return exploded or self.style == "deepObject"

    @cached_property
    def kind(self) -> Literal["array", "object"] | None:
        """Whether the schema allows only arrays, or only objects."""
        if self.schema is None or self.json:
            return None
        if self.style == "deepObject":
            return "object"
        found = None if self.shape is None else self.shape.types
        if found is None or found & {"string", "integer", "number", "boolean"}:
            return None
        return "array" if "array" in found else "object" if "object" in found else None

    @cached_property
    def shape(self) -> Shape | None:
        """What the schema says about items and properties."""
        return None if self.schema is None else Shape(self.schema)


def parameters_of(
    node: Node, path_item: PathItem, description: Description
) -> tuple[Parameter, ...]:
    """Return the parameters of an operation, its own before those of its path item."""
    found: dict[tuple[str, str], Parameter] = {}
    lists = (node.get("parameters"), path_item.fields.get("parameters"))
    for parameters in lists:
        for item in () if parameters is None else parameters.items():
            parameter = _parameter(item, description)
            if parameter is not None:
                found.setdefault(parameter.identity, parameter)
    return tuple(found.values())


def _parameter(item: Node, description: Description) -> Parameter | None:
    try:
        node = description.resolve(item)
    except UnresolvableReference:
        return None
    value = node.value
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    where = str(value.get("in"))
    if where not in _DEFAULT_STYLE:
        return None
    location = cast("ParameterLocation", where)
    version = description.version_at(node.document)
    if location == "querystring" and not version.querystring_parameters:
        return None
    if location == "header" and value["name"].lower() in IGNORED_HEADERS:
        return None
    style = str(value.get("style") or _DEFAULT_STYLE[location])
    schema, media_type = _schema(node, description)
    return Parameter(
        name=value["name"],
        location=location,
        required=value.get("required") is True,
        style=style,
        explode=bool(value.get("explode", style in ("form", "cookie"))),
        allow_empty=location == "query" and value.get("allowEmptyValue") is True,
        node=node,
        schema=schema,
        media_type=media_type,
    )


def header_parameter(name: str, node: Node, description: Description) -> Parameter:
    """Read a Header Object (OAS 3.1.1 §4.8.21), a parameter named elsewhere."""
    schema, media_type = _schema(node, description)
    return Parameter(
        name=name,
        location="header",
        required=node.value.get("required") is True,
        style="simple",
        explode=node.value.get("explode") is True,
        allow_empty=False,
        node=node,
        schema=schema,
        media_type=media_type,
    )


def _schema(
    node: Node, description: Description
) -> tuple[Schema | None, MediaType | None]:
    schema = node.get("schema")
    if schema is not None:
        return Schema(schema, description), None
    content = node.get("content")
    for media_type, each in () if content is None else content.members():
        inner = each.get("schema")
        parsed = media_types.parse(media_type)
        return (None if inner is None else Schema(inner, description)), parsed
    return None, None
