"""An OpenAPI Description: the entry document and the documents it refers to.

It decides what a `$ref` means and where it leads (OAS 3.0.4 §4.8.23, 3.1.1 §4.8.23,
JSON Schema 2020-12 §8). It must not know what the objects that it finds are for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import quote, unquote, urljoin

from cbmock.description import documents, json_pointer, versions
from cbmock.description.documents import Document
from cbmock.description.limits import DEFAULT, DocumentLimits
from cbmock.description.source_pointer import SourcePointer
from cbmock.description.versions import Version
from cbmock.errors import ReceiverError, UnresolvableReference

Retrieve = Callable[[str], bytes]
"""Returns the bytes behind an absolute URI, or raises `ReceiverError`."""

AS_DEFINED: Mapping[str, str] = MappingProxyType({})
"""All formats are read as they are defined."""

T = TypeVar("T")
NodePlace = tuple[str, json_pointer.Tokens]
"""A document's URI and the JSON Pointer into it."""

# Real file names and references contain raw spaces, brackets and braces; these are encoded
# before RFC 3986 §5 is applied. An existing %XX stays.
_URI_SAFE = "%/:?#@!$&'()*+,;=~-._"

_LONGEST_CHAIN = 100
LEADS_BACK = "leads back to itself"
"""The reason for an endless chain of references."""


@dataclass(slots=True, eq=False)
class Node:
    """A value together with its place: nobody changes it.

    `tokens` is the JSON Pointer to it in `document`. It is not frozen, because each step
    through a document makes one, and a frozen one takes four times as long to make.
    """

    value: Any
    document: Document
    tokens: json_pointer.Tokens = ()

    def child(self, *tokens: str | int) -> Node:
        """Go down; raises `LookupError` if there is nothing."""
        texts = tuple(map(str, tokens))
        found = json_pointer.lookup(self.value, texts)
        return Node(found, self.document, self.tokens + texts)

    def get(self, token: str) -> Node | None:
        """Go down one member of an object; None if it is absent."""
        if isinstance(self.value, dict) and token in self.value:
            value = self.value[token]
            return Node(value, self.document, (*self.tokens, token))
        return None

    def members(self) -> Iterator[tuple[str, Node]]:
        """Go through the members of an object; nothing for any other value."""
        if isinstance(self.value, dict):
            for name, value in self.value.items():
                yield name, Node(value, self.document, (*self.tokens, name))

    def items(self) -> Iterator[Node]:
        """Go through the items of an array; nothing for any other value."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(value, self.document, (*self.tokens, str(index)))

    @property
    def pointer(self) -> SourcePointer:
        """Its place, for people: `openapi.yaml#/paths/~1a`."""
        return SourcePointer.at(self.document, self.tokens)

    @property
    def place(self) -> NodePlace:
        """Its place, as a value to compare."""
        return self.document.uri, self.tokens


class Description:
    """The documents of one OpenAPI Description, read when first needed.

    The only state is a memo of documents already read.
    """

    def __init__(
        self,
        entry: Document,
        retrieve: Retrieve,
        formats: Mapping[str, str] = AS_DEFINED,
        limits: DocumentLimits = DEFAULT,
    ) -> None:
        """Start from the entry document; others come through `retrieve`.

        `formats` says which formats are read differently from their definition, and how.
        """
        self.entry = entry
        self.formats = formats
        self.limits = limits
        self._retrieve = retrieve
        self._documents: dict[str, Document | ReceiverError] = {}
        self._kept: tuple[Document, ...] = ()
        self._keep(entry)

    @property
    def root(self) -> Node:
        """The entry document's OpenAPI Object."""
        return Node(self.entry.tree, self.entry)

    @property
    def unread(self) -> Mapping[str, ReceiverError]:
        """The documents that are referred to and cannot be read, by their URIs."""
        return {
            uri: found
            for uri, found in self._documents.items()
            if isinstance(found, ReceiverError)
        }

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents that have been read so far; the same tuple until there are more."""
        return self._kept

    @property
    def version(self) -> Version:
        """The version of the entry document; 3.1 where it states none."""
        return versions.parse(self.entry.openapi or "")

    def version_at(self, document: Document) -> Version:
        """Return a document's version; one without a version has that of the entry."""
        own = document.openapi
        return versions.parse(own) if own is not None else self.version

    def resolve(self, node: Node) -> Node:
        """Follow `$ref` from a Reference Object until something else is there.

        Raises `UnresolvableReference`.
        """
        return self._resolve(node, set())

    def _resolve(self, node: Node, seen: set[NodePlace]) -> Node:
        """Resolve; `seen` are the references that are being followed already."""
        while isinstance(node.value, dict) and isinstance(node.value.get("$ref"), str):
            reference = node.value["$ref"]
            if node.place in seen or len(seen) > _LONGEST_CHAIN:
                raise UnresolvableReference(
                    LEADS_BACK, reference=reference, pointer=node.pointer
                )
            seen.add(node.place)
            node = self._follow(node, reference, seen)
        return node

    def follow(self, node: Node, reference: str) -> Node:
        """Return the target of `reference`, which is at `node`: one step.

        Raises `UnresolvableReference`.
        """
        return self._follow(node, reference, {node.place})

    def literal(self, node: Node, reference: str) -> bytes:
        """Return the bytes behind a URI at `node` (`externalValue`).

        Raises `UnresolvableReference`.
        """
        return self._node_in(node, reference, reference, self._retrieve)

    def _follow(self, node: Node, reference: str, seen: set[NodePlace]) -> Node:
        base, _, fragment = reference.partition("#")
        document = node.document
        if base:
            document = self._document(node, base, reference)
        try:
            tokens = json_pointer.parse_fragment(fragment)
        except ValueError:
            return self._anchor(node, document, fragment, reference)
        with suppress(LookupError):
            return Node(json_pointer.lookup(document.tree, tokens), document, tokens)
        found = Node(document.tree, document)
        for token in tokens:
            below = self._step(found, token, seen)
            if below is None:
                raise UnresolvableReference(
                    f"has no target: nothing is at {token[:80]!r}",
                    reference=reference,
                    pointer=node.pointer,
                )
            found = below
        return found

    def _step(self, node: Node, token: str, seen: set[NodePlace]) -> Node | None:
        """Go down one token, through a `$ref` on the way."""
        try:
            return node.child(token)
        except LookupError:
            target = self._resolve(node, set(seen))
        try:
            return target.child(token)
        except LookupError:
            return None

    def _anchor(
        self, node: Node, document: Document, name: str, reference: str
    ) -> Node:
        """Find `$anchor` (or `$dynamicAnchor`) by its name (2020-12 §8.2.2)."""
        for candidate in _objects(Node(document.tree, document)):
            if name in (
                candidate.value.get("$anchor"),
                candidate.value.get("$dynamicAnchor"),
            ):
                return candidate
        raise UnresolvableReference(
            "has no target: the document has no such anchor",
            reference=reference,
            pointer=node.pointer,
        )

    def _document(self, node: Node, target: str, reference: str) -> Document:
        return self._node_in(node, target, reference, self._known)

    def _node_in(
        self, node: Node, target: str, reference: str, read: Callable[[str], T]
    ) -> T:
        """Read what is at `target`.

        A document with a `$self` is usually a copy of the one at that URI. Documents that it
        refers to may be beside the copy, so they are searched there too.
        """
        reasons: dict[str, None] = {}
        for base in dict.fromkeys((node.document.base, node.document.uri)):
            try:
                uri = urljoin(base, quote(target, safe=_URI_SAFE, errors="strict"))
                if _leaves_the_network(node.document, uri):
                    reasons["is a file, which a fetched document cannot reach"] = None
                    continue
                return read(uri)
            except ValueError:
                reasons["is not a URI"] = None
            except ReceiverError as error:
                first_line, _, _ = error.message.partition("\n")
                reasons[f"cannot be read: {first_line}"] = None
        raise UnresolvableReference(
            ", and ".join(reasons), reference=reference, pointer=node.pointer
        )

    def _known(self, uri: str) -> Document:
        known = self._documents.get(unquote(uri)) or self._read(uri)
        if isinstance(known, ReceiverError):
            raise known
        return known

    def _read(self, uri: str) -> Document | ReceiverError:
        try:
            data, name = self._retrieve(uri), self._name(uri)
            found = documents.parse(data, name=name, uri=uri, limits=self.limits)
        except ReceiverError as error:
            self._documents[unquote(uri)] = error
            return error
        self._keep(found)
        return found

    def _keep(self, document: Document) -> None:
        # Decoded, because `(1).yaml` and `%281%29.yaml` are one file.
        self._documents[unquote(document.uri)] = document
        self._documents[unquote(document.base)] = document
        self._kept = *self._kept, document

    def _name(self, uri: str) -> str:
        """Name a document by its path relative to the entry's folder."""
        folder = urljoin(self.entry.uri, ".")
        return unquote(uri).removeprefix(unquote(folder))


def _leaves_the_network(document: Document, uri: str) -> bool:
    """Return whether a document that was fetched refers to a file of this machine."""
    return _is_file(uri) and not _is_file(document.uri)


def _is_file(uri: str) -> bool:
    return uri[:5].lower() == "file:"


def _objects(node: Node) -> Iterator[Node]:
    todo = [node]
    seen: set[int] = set()
    while todo:
        current = todo.pop()
        if id(current.value) in seen:
            continue  # already visited: YAML aliases share values
        seen.add(id(current.value))
        if isinstance(current.value, dict):
            yield current
            todo += [child for _, child in current.members()]
        todo += current.items()
