"""Missing parts: warnings on a call whose documented answer could not be generated whole.

It decides their words. It must not know how values are generated.
"""

from __future__ import annotations

from cbmock.description.references import Node
from cbmock.violations import Violation


def missing_body(status: int, node: Node, reason: str, *, instead: int) -> Violation:
    """Return the warning that an answer has no body; `instead` is the status sent."""
    what = "an empty body" if instead == status else str(instead)
    detail = (
        f"the documented {status} response cannot be generated, the mock answers "
        f"{what}: {reason}"
    )
    return _warning(node, detail, None)


def missing_header(name: str, node: Node, reason: str) -> Violation:
    """Return the warning that a required header is left out of an answer."""
    detail = (
        f"the documented header {name} cannot be generated and is left out: {reason}"
    )
    return _warning(node, detail, name)


def _warning(node: Node, detail: str, name: str | None) -> Violation:
    return Violation(
        location="delivery",
        name=name,
        code="response-not-generated",
        severity="warning",
        detail=detail,
        schema=node.pointer,
    )
