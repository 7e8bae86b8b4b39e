"""Parent messages: what an operation with callbacks documents of its request and responses.

It decides whether a parameter or a place in a body is documented, and which of them
probably holds the callback's URL. It must not know keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cbmock.description import json_pointer, schema_resources
from cbmock.description.operations import Parent
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference


@dataclass(frozen=True, slots=True)
class DocumentedBody:
    """The bodies of a request or of successful responses, of all media types.

    `documented` says whether there are any; `anything` whether one has no schema, so that
    a value may be anywhere in it.
    """

    documented: bool
    anything: bool
    schemas: tuple[Node, ...]

    def has(self, tokens: json_pointer.Tokens, description: Description) -> bool:
        """Return whether a value may be there, as far as the schemas document it."""
        return self.anything or any(
            _reaches(schema, tokens, description) for schema in self.schemas
        )

    def has_string(self, tokens: json_pointer.Tokens, description: Description) -> bool:
        """Return whether the property at the pointer is a string by its own `type`."""
        return any(_is_string(schema, tokens, description) for schema in self.schemas)


def request_body(parent: Parent, description: Description) -> DocumentedBody:
    """Return the body of the parent's request; may raise `UnresolvableReference`."""
    node = parent.node.get("requestBody")
    if node is None:
        return DocumentedBody(documented=False, anything=False, schemas=())
    contents = _contents(node, description)
    if not contents:  # a body of any media type
        return DocumentedBody(documented=True, anything=True, schemas=())
    return _body(contents)


def response_body(parent: Parent, description: Description) -> DocumentedBody:
    """Return the bodies of the parent's successful responses.

    May raise `UnresolvableReference`.
    """
    responses = parent.node.get("responses")
    return _body(
        [
            content
            for code, response in (() if responses is None else responses.members())
            if code.startswith("2") or code == "default"
            for content in _contents(response, description)
        ]
    )


def _contents(node: Node, description: Description) -> list[Node]:
    content = description.resolve(node).get("content")
    members = () if content is None else content.members()
    return [description.resolve(each) for _, each in members]


def _body(contents: list[Node]) -> DocumentedBody:
    schemas = [each.get("schema") for each in contents]
    stated = tuple(each for each in schemas if each is not None)
    return DocumentedBody(bool(contents), len(stated) < len(schemas), stated)


# --- parameters ---------------------------------------------------------------------------


def declared(
    name: str, location: str | None, parent: Parent, description: Description
) -> bool:
    """Return whether a parameter is declared; None stands for every location.

    Raises `UnresolvableReference` if it may be one that cannot be read.
    """
    unreadable = None
    for each in _parameters(parent):
        try:
            value = description.resolve(each).value
        except UnresolvableReference as error:
            unreadable = error
            continue
        if _is_named(value, name) and location in (None, value.get("in")):
            return True
    if unreadable is not None:
        raise unreadable
    return False


def _parameters(parent: Parent) -> Iterator[Node]:
    lists = (parent.node.get("parameters"), parent.path_item.fields.get("parameters"))
    for parameters in lists:
        yield from () if parameters is None else parameters.items()


def _is_named(value: Any, name: str) -> bool:
    stated = value.get("name") if isinstance(value, dict) else None
    if not isinstance(stated, str):
        return False
    is_header = value.get("in") == "header"
    return stated == name or (is_header and stated.lower() == name.lower())


# --- the callback's URL -------------------------------------------------------------------

_OF_CALLBACKS = re.compile(r"callback|hook|notif|sink|subscriber|reply", re.IGNORECASE)
_OF_URLS = re.compile(r"ur[il]s?$|endpoint|target", re.IGNORECASE)
_DEFAULT = "callbackUrl"


def registered_url(parent: Parent, description: Description) -> str:
    """Return the expression for the documented value that is most likely the URL.

    Where none is, the usual name: in the body if the request has one, else in the query.
    """
    found: list[tuple[int, str]] = []
    try:
        body = request_body(parent, description)
        found += _parameters_for_urls(parent, description)
        for name, node in _properties(body.schemas, description):
            pointer = json_pointer.render((name,))
            found.append((_likelihood(name, node), f"$request.body#{pointer}"))
    except UnresolvableReference:
        return f"$request.body#/{_DEFAULT}"
    likely, expression = max(found, key=lambda each: each[0], default=(0, ""))
    if likely:
        return expression
    return (
        f"$request.body#/{_DEFAULT}"
        if body.documented
        else f"$request.query.{_DEFAULT}"
    )


def _parameters_for_urls(
    parent: Parent, description: Description
) -> Iterator[tuple[int, str]]:
    for each in _parameters(parent):
        node = description.resolve(each)
        value = node.value if isinstance(node.value, dict) else {}
        name, location = value.get("name"), value.get("in")
        if isinstance(name, str) and location in ("query", "header"):
            schema = node.get("schema")
            yield _likelihood(name, schema), f"$request.{location}.{name}"


def _likelihood(name: str, schema: Node | None) -> int:
    """Return how likely a value is the callback's URL, by its name and schema; 0 if not."""
    if _OF_CALLBACKS.search(name):
        return 3 if _OF_URLS.search(name) else 2
    stated = schema.value if schema is not None else None
    value = stated if isinstance(stated, Mapping) else {}
    return int(bool(_OF_URLS.search(name)) or value.get("format") in ("uri", "url"))


def _properties(
    schemas: tuple[Node, ...], description: Description
) -> Iterator[tuple[str, Node]]:
    """Go through the properties of the whole value, those of parts and branches too."""
    waiting, seen = [*schemas], set()
    while waiting:
        node = waiting.pop(0)
        if node.place in seen or not isinstance(node.value, dict):
            continue
        seen.add(node.place)
        properties = node.get("properties")
        yield from () if properties is None else properties.members()
        waiting += _parts(node, description) or []


# --- pointers into bodies -----------------------------------------------------------------


def _reaches(node: Node, tokens: json_pointer.Tokens, description: Description) -> bool:
    """Return whether a schema may have a value there; looks at each schema once."""
    waiting = [(node, tokens)]
    seen = set()
    while waiting:
        each, left = waiting.pop()
        if not left or not isinstance(each.value, dict):
            return True
        if (each.place, left) in seen:
            continue
        seen.add((each.place, left))
        children, open_ = _children(each, left[0])
        if children:
            waiting += [(child, left[1:]) for child in children]
            continue
        parts = _parts(each, description)
        if parts is None:
            return True  # part of the schema cannot be read
        if open_ and not parts:
            return True
        waiting += [(part, left) for part in parts]
    return False


def _children(node: Node, token: str) -> tuple[list[Node], bool]:
    """Return the schemas of a member, and whether nothing excludes the member."""
    properties, items = node.get("properties"), node.get("items")
    extra = node.get("additionalProperties")
    member = None if properties is None else properties.get(token)
    if member is not None:
        return [member], False
    if items is not None and token.isdecimal():
        return [items], False
    if extra is not None and isinstance(extra.value, dict):
        return [extra], False
    named = properties is not None and bool(properties.value)
    scalar = node.value.get("type") in ("string", "integer", "number", "boolean")
    return [], not named and not scalar and items is None


def _parts(node: Node, description: Description) -> list[Node] | None:
    """Return the schemas that also apply to the same value."""
    parts: list[Node] = []
    reference = node.value.get("$ref")
    if isinstance(reference, str):
        try:
            parts.append(schema_resources.follow(description, node, reference))
        except UnresolvableReference:
            return None
    for keyword in ("allOf", "anyOf", "oneOf"):
        listed = node.get(keyword)
        parts += [] if listed is None else list(listed.items())
    return parts


def _is_string(
    node: Node, tokens: json_pointer.Tokens, description: Description
) -> bool:
    try:
        for token in tokens:
            found = schema_resources.resolve(description, node)
            node = found.child("properties", token)
        value = schema_resources.resolve(description, node).value
    except (LookupError, TypeError, AttributeError, UnresolvableReference):
        return False
    return isinstance(value, dict) and value.get("type") == "string"
