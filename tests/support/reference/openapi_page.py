"""The page on OpenAPI: what is supported, and what is not."""

from __future__ import annotations

from pathlib import Path

from tests.support.reference.markdown import table
from tests.support.reference.openapi_features import SECTIONS

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "openapi.md"

HEAD = """\
# OpenAPI

What of OpenAPI 3.0, 3.1 and 3.2 counts, and what does not. "Where" is the heading in the standard;
only the minor version decides, as the standard asks. Each row is a test: a small document and a
request that show it.
"""


def page() -> str:
    """Return the whole page."""
    lines = [HEAD]
    for title, features in SECTIONS:
        lines += [f"## {title}", ""]
        lines += table(
            ("feature", "where", "versions", "supported", "what that means"),
            (
                (each.name, each.paragraph, each.versions, each.answer, each.meaning)
                for each in features
            ),
        )
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"
