import csv
import os
from collections import Counter
from pathlib import Path

import pytest

from receiver import sources
from receiver.description.operations import discover

CORPUS = Path(os.environ.get("CBMOCK_CORPUS", ""))
MANIFEST = CORPUS / "manifest.csv"


def rows():
    if "CBMOCK_CORPUS" not in os.environ:
        reason = "CBMOCK_CORPUS does not name the folder of the corpus"
        return [pytest.param(None, marks=pytest.mark.skip(reason), id="corpus")]
    with MANIFEST.open(encoding="utf-8", newline="") as lines:
        return [pytest.param(row, id=row["path"]) for row in csv.DictReader(lines)]


@pytest.mark.parametrize("row", rows())
def test_every_callback_and_webhook_of_the_corpus_is_found(row):
    operations = discover(sources.describe(CORPUS / row["path"]))
    kinds = Counter(each.kind for each in operations if each.referenced)
    assert (kinds["callback"], kinds["webhook"]) == (
        int(row["callbacks"]),
        int(row["webhook operations"]),
    )
