"""cbmock fires the corpus at cbmock: what is documented is taken, what is broken refused.

A part of it: every seventh document, three operations of each, and the first broken
requests. `CBMOCK_CORPUS` names the folder.
"""

import csv
import os
from itertools import islice
from pathlib import Path

import pytest
from cbmock import Receiver

CORPUS = Path(os.environ.get("CBMOCK_CORPUS", ""))
EVERY = 7
OPERATIONS = 3
BROKEN = 12


def documents():
    if "CBMOCK_CORPUS" not in os.environ:
        reason = "CBMOCK_CORPUS does not name the folder of the corpus"
        return [pytest.param(None, marks=pytest.mark.skip(reason), id="corpus")]
    with (CORPUS / "manifest.csv").open(encoding="utf-8", newline="") as lines:
        return [row["path"] for row in csv.DictReader(lines)][::EVERY]


@pytest.mark.parametrize("path", documents())
def test_what_is_documented_is_taken_and_what_is_broken_is_refused(path):
    receiver = Receiver(CORPUS / path, allow_files=[CORPUS])
    sender = receiver.sender
    served = [each for each in receiver.operations if each.served][:OPERATIONS]
    for operation in served:
        to = receiver.app, receiver.url_for(operation).removeprefix(receiver.url)
        assert sender.fire(operation, to=to).status < 400
        for case in islice(sender.cases(operation, "broken"), BROKEN):
            assert 400 <= case.fire(to).status < 500, case.name
