"""Operations that an API sends: callbacks and webhooks, and their parents.

It decides what operations are called and which are served. It must not know how they are
found or requests, URLs of a running mock, or schemas.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from cbmock.description.callback_keys import KeyExpression
from cbmock.description.path_items import PathItem
from cbmock.description.references import Node

Kind = Literal["callback", "webhook"]
Direction = Literal["inbound", "outbound"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The operation that documents a callback; a request to it triggers the callback.

    `path` is its path in the document (for a webhook's callback, the webhook's name).
    """

    method: str
    path: str
    operation_id: str | None
    node: Node = field(repr=False, compare=False)
    path_item: PathItem = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """The qualifier in the names of its callbacks: operationId, else method and path."""
        return self.operation_id or self.request_line

    @property
    def request_line(self) -> str:
        """Its method and path, the name of an operation without an operationId."""
        return f"{self.method.lower()} {self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One callback or webhook operation.

    `name` is the callback's or webhook's name, `expression` the key as written (None for
    webhooks), `pointer` the place of the Operation Object. `direction` is `inbound` if the
    API under test sends it to us. `referenced` is False if it is only in `components`.
    `error` is why it cannot be read; only then `method` is None. `included` says that the
    user wants it served although nothing refers to it. `item` is the value under the
    webhook's name or the callback's key.
    """

    kind: Kind
    name: str
    method: str | None
    operation_id: str | None = None
    expression: str | None = None
    pointer: str
    parent: Parent | None = None
    direction: Direction = "inbound"
    referenced: bool = True
    included: bool = False
    error: str | None = None
    item: Node | None = field(default=None, repr=False, compare=False)
    key: KeyExpression | None = field(default=None, repr=False, compare=False)
    node: Node | None = field(default=None, repr=False, compare=False)
    path_item: PathItem | None = field(default=None, repr=False, compare=False)

    @property
    def identity(self) -> str:
        """A unique text for it; several keys may refer to one Path Item Object."""
        return f"{self.pointer} {self.expression or self.name}"

    @property
    def is_wanted(self) -> bool:
        """Whether a mock answers it, if it can be read."""
        return self.direction == "inbound" and (self.referenced or self.included)

    @property
    def served(self) -> bool:
        """Whether a mock answers it."""
        return self.is_wanted and self.error is None

    @property
    def qualified(self) -> str:
        """The name with its parent in front: `createInvoice.invoicePaid.post`."""
        parts = [self.name] if self.parent is None else [self.parent.label, self.name]
        if self.method is not None:
            parts.append(self.method.lower())
        return ".".join(parts)


@dataclass(frozen=True, slots=True)
class Scope:
    """What the API sends besides callbacks and webhooks.

    `paths` are patterns (`/notifications/*`) of ordinary paths that document incoming
    requests, as some publishers write them; `unreferenced` includes the callbacks of
    `components` that nothing refers to.
    """

    paths: tuple[str, ...] = ()
    unreferenced: bool = False

    def takes(self, path: str) -> bool:
        """Return whether an ordinary path describes requests of the API."""
        return any(fnmatchcase(path, pattern) for pattern in self.paths)


DEFAULT_SCOPE = Scope()
