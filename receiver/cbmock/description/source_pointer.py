"""A pointer for people, with the line of its target.

The line is looked up only when it is used. It must not know the value at the pointer.
"""

from __future__ import annotations

from cbmock.description import json_pointer
from cbmock.description.documents import Document
from cbmock.description.json_pointer import Tokens


class SourcePointer(str):
    """The text `openapi.yaml#/paths/~1a`, equal to any `str` of the same characters."""

    __slots__ = ("_document", "_line", "_tokens")
    _document: Document | None
    _line: int | None
    _tokens: Tokens | None

    @classmethod
    def at(cls, document: Document, tokens: Tokens) -> SourcePointer:
        """Write the pointer to a place in a document."""
        pointer = cls(document.name + json_pointer.fragment(tokens))
        pointer._document = document
        pointer._tokens = tokens
        return pointer

    @classmethod
    def recorded(cls, text: str, line: int | None) -> SourcePointer:
        """Make a pointer from a record, which has the line too."""
        pointer = cls(text)
        pointer._document = None
        pointer._line = line
        return pointer

    @property
    def line(self) -> int | None:
        """The line, from 1; None if the document has no text."""
        if self._document is not None and self._tokens is not None:
            self._line = self._found(self._document, self._tokens)
            self._tokens = None  # it recurs: the line is looked up once
        return self._line

    @staticmethod
    def _found(document: Document, tokens: Tokens) -> int | None:
        text = document.text
        if text is not None and "\n" not in text:
            return 1
        from cbmock.description.positions import position  # noqa: PLC0415 - 2 ms, only where asked

        found = position(document, tokens)
        return None if found is None else found[0]

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Leave the document behind when it is copied or sent to another process."""
        return str, (str(self),)
