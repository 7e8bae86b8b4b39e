"""A document as a record: its operations, what lint finds in it, and their lines.

It decides what reports tell of a document. It must not know calls.
"""

from __future__ import annotations

from typing import Any

from cbmock.lint.lint import lint
from cbmock.mock.generation import schema_samples
from cbmock.mock.mock import Mock
from cbmock.reports.operation_list import listing
from cbmock.reports.source_lines import excerpts


def document_record(mock: Mock) -> dict[str, Any]:
    """Return the operations as `cbmock list` has them, `findings`, and `excerpts`.

    An excerpt is the lines around the place of an operation or a finding, by its pointer.
    """
    found = lint(mock.description, mock.operations, schema_samples)
    listed = listing(mock, "")
    pointers = [each["pointer"] for each in listed["operations"]]
    pointers += [each.pointer for each in found]
    return {
        **listed,
        "findings": [each.record() for each in found],
        "excerpts": excerpts(mock.description.documents, pointers),
    }
