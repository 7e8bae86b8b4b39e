"""Errors in the set-up: the exceptions that cbmock raises for its user.

It knows nothing about senders: what a sender does wrong is a `Violation`, a value.
"""

from __future__ import annotations

_LONGEST_EXCERPT = 160
_MOST_NAMES = 20


class ReceiverError(Exception):
    """The set-up is wrong; the message says what, where and what to do.

    Two errors are equal if they have the same class and content.
    """

    def __init__(self, message: str) -> None:
        """Keep `message`: one sentence about what is wrong, one about what to do."""
        super().__init__(message)
        self.message = message

    def __eq__(self, other: object) -> bool:
        """Compare by class and content, so that tests can compare whole errors."""
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        """Hash by class and message, consistent with `__eq__`."""
        return hash((type(self), self.message))


class DocumentError(ReceiverError):
    """An OpenAPI document that cannot be read at all.

    `document` is its name as the user wrote it. `line` and `column` (both from 1) are
    the place where reading stopped, `excerpt` is that line, `advice` says what to do.
    All but the name and the reason may be absent.
    """

    def __init__(
        self,
        reason: str,
        *,
        document: str,
        line: int | None = None,
        column: int | None = None,
        excerpt: str | None = None,
        advice: str | None = None,
    ) -> None:
        """Build the one-sentence message from its facts."""
        where = ":".join(str(part) for part in (document, line, column) if part)
        message = f"{where}: {reason}"
        if excerpt:
            # A minified document is one long line: show it around the column.
            start = max(0, (column or 0) - _LONGEST_EXCERPT // 2)
            message += f"\n    {excerpt[start : start + _LONGEST_EXCERPT].strip()}"
        if advice is not None:
            message += f"\n{advice}"
        super().__init__(message)
        self.reason = reason
        self.document = document
        self.line = line
        self.column = column
        self.excerpt = excerpt
        self.advice = advice


def line_of(text: str, number: int) -> str:
    """Return a line of a text for an excerpt; the first is 1."""
    # JSON ends lines at "\n" only, libyaml also at U+0085, U+2028 and U+2029. In a
    # document with these characters, the excerpt may be a neighbouring line.
    lines = text.split("\n")
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else ""


class UnresolvableReference(ReceiverError):
    """A `$ref` whose target is not available; only the parts that need it fail.

    `reference` is the text of the `$ref`, `pointer` its place in the document.
    """

    def __init__(self, reason: str, *, reference: str, pointer: str) -> None:
        """Build the message; long references are cut."""
        super().__init__(f"{pointer}: $ref {reference[:120]!r} {reason}")
        self.reason = reason
        self.reference = reference
        self.pointer = pointer


class UncheckableSchema(UnresolvableReference):
    """A schema that no value can be checked against in time; the parts that need it fail.

    `pointer` is its place in the document.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        """Build the message."""
        ReceiverError.__init__(self, f"{pointer}: {reason}")
        self.reason = reason
        self.reference = ""
        self.pointer = pointer


class UnknownOperation(ReceiverError):
    """The error for a name that no operation of the document has.

    `name` is what the user wrote, `nearest` are the most similar names.
    """

    def __init__(
        self, name: str, nearest: tuple[str, ...], known: tuple[str, ...]
    ) -> None:
        """Say which names would have worked."""
        message = f"no callback or webhook is named {name!r}."
        if nearest:
            message += f" Did you mean {' or '.join(map(repr, nearest))}?"
        elif not known:
            message += " The document has no callbacks and no webhooks."
        else:
            message += f" These are: {', '.join(known[:_MOST_NAMES])}"
            message += ", …" if len(known) > _MOST_NAMES else "."
        super().__init__(message)
        self.name = name
        self.nearest = nearest


class AmbiguousOperation(ReceiverError):
    """The error for a name that matches several operations.

    `name` is what the user wrote, `choices` has an unambiguous name for each operation.
    """

    def __init__(self, name: str, choices: tuple[str, ...]) -> None:
        """List the choices."""
        listed = "".join(f"\n  {choice}" for choice in choices)
        super().__init__(
            f"{name!r} names {len(choices)} operations. Use one of:{listed}"
        )
        self.name = name
        self.choices = choices
