"""Annotations: violations that GitHub shows beside the lines of the document.

It decides how a workflow command is written. It must not know how the calls were
judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cbmock.description import json_pointer
from cbmock.description.documents import Document
from cbmock.description.positions import position
from cbmock.description.references import Description
from cbmock.reports.text import numbered, printable
from cbmock.reports.verification import Verification
from cbmock.reports.violation_groups import ViolationGroup

# https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
_DATA = {ord("%"): "%25", ord("\r"): "%0D", ord("\n"): "%0A"}
_PROPERTY = {**_DATA, ord(":"): "%3A", ord(","): "%2C"}


def commands(
    verification: Verification, description: Description, folder: Path
) -> Iterator[str]:
    """Write a workflow command for each group of violations and each unmet requirement.

    GitHub shows the first ten of a step, so equal violations of many calls are one. Files
    are named relative to `folder`, the checkout of the workflow.
    """
    for group in verification.regressions:
        yield _of_group(group, "no longer valid: ", description, folder)
    for group in verification.others:
        yield _of_group(group, "", description, folder)
    for sentence in verification.unmet:
        yield command(printable(sentence), title="cbmock verify")


def command(
    message: str, *, level: str = "error", **properties: str | int | None
) -> str:
    """Write one workflow command, escaped; properties that are None are left out."""
    stated = ",".join(
        f"{name}={printable(str(value)).translate(_PROPERTY)}"
        for name, value in properties.items()
        if value is not None
    )
    lines = (printable(each).translate(_DATA) for each in message.split("\n"))
    return f"::{level} {stated}::{'%0A'.join(lines)}"


def _of_group(
    group: ViolationGroup, mark: str, description: Description, folder: Path
) -> str:
    operation, violation, call = group.operation, group.violation, group.example
    rule = violation.schema or (None if operation is None else operation.pointer)
    file, line, column = _place(rule, description, folder)
    several = "" if group.count == 1 else f"{numbered(group.count)}, such as "
    message = (
        f"{mark}{several}call {call.id}, {call.method} {call.target[:200]}: "
        f"{violation.where}: {violation.detail}"
    )
    return command(
        printable(message), file=file, line=line, col=column, title=violation.code
    )


def _place(
    pointer: str | None, description: Description, folder: Path
) -> tuple[str | None, int | None, int | None]:
    """Return file, line and column of a pointer such as `openapi.json#/paths`."""
    name, _, fragment = (pointer or "").partition("#")
    document = next((d for d in description.documents if d.name == name), None)
    if document is None:
        return None, None, None
    found = position(document, json_pointer.parse_fragment(fragment))
    line, column = (None, None) if found is None else found
    return _file(document, folder), line, column


def _file(document: Document, folder: Path) -> str:
    parts = urlsplit(document.uri)
    path = Path(unquote(parts.path))
    # An app's document is named like a file, but is not one.
    if parts.scheme == "file" and path.is_relative_to(folder) and path.is_file():
        return path.relative_to(folder).as_posix()
    return document.name
