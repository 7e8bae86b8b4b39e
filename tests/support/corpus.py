"""The rows of the corpus of real documents; `CBMOCK_CORPUS` names its folder."""

import csv
import os
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("CBMOCK_CORPUS", ""))

MANIFEST = CORPUS / "manifest.csv"

INVALID = {
    # `location` allows no property, and its alternatives require two.
    (
        "octokit/webhooks/derived/github-webhooks.openapi.json",
        "secret_scanning_alert_location.created",
    ),
}
"""The operations for which no body is valid, by document and name."""


def rows():
    if "CBMOCK_CORPUS" not in os.environ:
        reason = "CBMOCK_CORPUS does not name the folder of the corpus"
        return [pytest.param(None, marks=pytest.mark.skip(reason), id="corpus")]
    with MANIFEST.open(encoding="utf-8", newline="") as lines:
        return [pytest.param(row, id=row["path"]) for row in csv.DictReader(lines)]
