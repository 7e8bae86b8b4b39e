"""Schema resources: what `$id`, `$anchor` and `$schema` change about references.

It decides where a `$ref` leads from inside a schema resource, and which dialect applies
there (JSON Schema 2020-12 §8, OAS 3.1.1 §4.8.24.5). It must not know assertions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin

from cbmock.description import json_pointer
from cbmock.description.documents import Document, dollars, kept
from cbmock.description.references import Description, Node
from cbmock.errors import UnresolvableReference

# The values of these keywords are data, even if they look like schemas.
_CONSTANTS = frozenset({"const", "default", "enum", "example", "examples"})


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """One schema resource: its first node and its own URI."""

    uri: str
    node: Node
    anchors: dict[str, Node] = field(default_factory=dict)
    dynamic: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class _Resources:
    """The resources of one document, by the place of their first node and by URI."""

    by_place: Mapping[json_pointer.Tokens, Resource]
    by_uri: Mapping[str, Resource]
    repeated: Sequence[Resource] = ()

    def around(self, tokens: json_pointer.Tokens) -> Resource:
        """Return the innermost resource that a place belongs to."""
        if len(self.by_place) > 1:
            for length in range(len(tokens), 0, -1):
                found = self.by_place.get(tokens[:length])
                if found is not None:
                    return found
        return self.by_place[()]


def around(node: Node) -> Resource:
    """Return the schema resource that a schema belongs to."""
    return _of_document(node.document).around(node.tokens)


def repeated(document: Document) -> Iterator[tuple[str, list[Node]]]:
    """Yield each URI that is the `$id` of several schemas of a document, with these."""
    found = _of_document(document)
    for uri in sorted({each.uri for each in found.repeated}):
        others = [each.node for each in found.repeated if each.uri == uri]
        yield uri, [found.by_uri[uri].node, *others]


def follow(description: Description, node: Node, reference: str) -> Node:
    """Return what a schema's reference points to; raises `UnresolvableReference`.

    A schema with an `$id` is a separate resource with its own base URI. If the target is
    not in it, the reference is followed as if there were no `$id`.
    """
    if not description.version_at(node.document).json_schema:
        return description.follow(node, reference)
    found = _resource(description, node, reference)
    if found is not None:
        resource, fragment = found
        with suppress(LookupError):
            return _inside(resource, fragment)
    base = around(node).uri
    if base != node.document.base and not reference.startswith("#"):
        with suppress(UnresolvableReference, ValueError):
            return description.follow(node, urljoin(base, reference))
    return description.follow(node, reference)


def resolve(description: Description, node: Node) -> Node:
    """Follow references until something else is there.

    Raises `UnresolvableReference`.
    """
    seen = set()
    while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
        reference = node.value["$ref"]
        if node.place in seen:
            raise UnresolvableReference(
                "leads back to itself", reference=reference, pointer=node.pointer
            )
        seen.add(node.place)
        node = follow(description, node, reference)
    return node


def _resource(
    description: Description, node: Node, reference: str
) -> tuple[Resource, str] | None:
    """Return the resource and fragment of a reference; None if no `$id` affects it."""
    here, inside = around(node), reference.startswith("#")
    # A resource without `$id` is its document, which the description resolves itself.
    if inside and not here.node.tokens and not here.anchors:
        return None
    try:
        uri, fragment = urldefrag(urljoin(here.uri, reference))
    except ValueError:  # no URI at all
        return None
    if inside:
        own = here.node.tokens or fragment in here.anchors
        return (here, fragment) if own else None
    found = _by_uri(description).get(uri)
    return None if found is None else (found, fragment)


def _by_uri(description: Description) -> Mapping[str, Resource]:
    """Return the resources with an `$id` of all documents: hundreds, for each reference."""
    documents, kept = description.documents, description.entry.derived
    known, found = kept.get(_by_uri, ((), {}))
    if known is not documents:
        for document in documents[len(known) :]:
            for uri, resource in _of_document(document).by_uri.items():
                found.setdefault(uri, resource)
        kept[_by_uri] = documents, found
    resources: Mapping[str, Resource] = found
    return resources


def _inside(resource: Resource, fragment: str) -> Node:
    try:
        tokens = json_pointer.parse_fragment(fragment)
    except ValueError:
        return resource.anchors[fragment]
    return resource.node.child(*tokens)


def anchored(description: Description, node: Node, reference: str) -> Node | None:
    """Return the `$dynamicAnchor` that a reference names, as if it were an `$anchor`."""
    fragment = urldefrag(reference)[1]
    if not fragment or fragment.startswith("/"):
        return None
    try:
        target = follow(description, node, reference)
    except UnresolvableReference:
        return None
    named = isinstance(target.value, dict) and target.value.get("$dynamicAnchor")
    return target if named == fragment else None


def schema_uri(node: Node) -> str | None:
    """Return the `$schema` that applies at a node: its own, or that of a schema around it.

    Else the `jsonSchemaDialect` of its document.
    """
    document = node.document
    if not has_identifiers(document):
        return None
    here, spoken = document.tree, None
    for token in (None, *node.tokens):
        if token is not None:
            here = json_pointer.step(here, token)
        if isinstance(here, dict) and isinstance(here.get("$schema"), str):
            spoken = here["$schema"]
    if spoken is None and document.openapi is not None:
        stated = document.tree.get("jsonSchemaDialect")
        spoken = stated if isinstance(stated, str) else None
    return spoken


_IDENTIFIERS = ("$id", "$schema", "$anchor", "$dynamicAnchor", "$recursiveAnchor")


@kept
def has_identifiers(document: Document) -> bool:
    """Return whether a document may have any of these keywords; most have none."""
    text, tree = document.text, document.tree
    return (
        text is None
        or (isinstance(tree, dict) and "jsonSchemaDialect" in tree)
        or any(text.startswith(_IDENTIFIERS, at) for at in dollars(text))
    )


@kept
def _of_document(document: Document) -> _Resources:
    whole = Resource(document.base, Node(document.tree, document))
    by_place: dict[json_pointer.Tokens, Resource] = {(): whole}
    by_uri: dict[str, Resource] = {}
    repeated: list[Resource] = []
    if has_identifiers(document):
        for node, resource in _schemas(whole):
            if node is resource.node:
                by_place[node.tokens] = resource
                if by_uri.setdefault(resource.uri, resource) is not resource:
                    repeated.append(resource)
            _name_anchors(node, resource)
    return _Resources(by_place, by_uri, repeated)


def _schemas(whole: Resource) -> Iterator[tuple[Node, Resource]]:
    """Go through all objects of a document in order, each with the resource around it."""
    waiting = [(whole.node, whole)]
    seen: set[int] = set()
    while waiting:
        node, resource = waiting.pop()
        if isinstance(node.value, dict):
            if id(node.value) in seen:
                continue  # already visited: YAML aliases share values
            seen.add(id(node.value))
            own = _identified(node, resource)
            if own is not None:
                resource = own
            yield (resource.node if own is not None else node), resource
            children = [
                child for name, child in node.members() if name not in _CONSTANTS
            ]
        elif isinstance(node.value, list):
            children = list(node.items())
        else:
            continue
        waiting += [(child, resource) for child in reversed(children)]


def _identified(node: Node, resource: Resource) -> Resource | None:
    """Return the resource that begins here by its `$id` (`id` in draft 4)."""
    identity = node.value.get("$id")
    if identity is None and isinstance(node.value.get("id"), str):
        identity = node.value["id"] if "draft-04" in str(schema_uri(node)) else None
    if not isinstance(identity, str):
        return None
    if "$ref" in node.value and "/draft-0" in str(schema_uri(node)):
        return None  # up to draft 7 everything beside `$ref` is ignored
    if identity.startswith("#"):  # how drafts 4 to 7 wrote an anchor
        resource.anchors.setdefault(identity[1:], node)
        return None
    try:
        uri = urldefrag(urljoin(resource.uri, identity))[0]
    except ValueError:  # no URI at all
        return None
    return Resource(uri, node)


def _name_anchors(node: Node, resource: Resource) -> None:
    for keyword in ("$anchor", "$dynamicAnchor"):
        name = node.value.get(keyword)
        if isinstance(name, str):
            resource.anchors.setdefault(name, node)
            if keyword == "$dynamicAnchor":
                resource.dynamic.setdefault(name, node)
    # 2019-09: the only dynamic anchor there is, without a name.
    if node is resource.node and node.value.get("$recursiveAnchor") is True:
        resource.dynamic[""] = node
