"""Real deliveries, posted to one URL: the operation must be found as well as judged."""

import csv
import os
from collections import defaultdict
from pathlib import Path

import httpx2
import pytest
from cbmock import Receiver

CORPUS = os.environ.get("CBMOCK_CORPUS")


def deliveries():
    """Return the payloads with their webhook and reference verdict, by document."""
    found = defaultdict(list)
    if CORPUS is not None:
        with (Path(CORPUS) / "_payloads" / "payloads.csv").open() as rows:
            for row in csv.DictReader(rows):
                if not row["openapi document"]:
                    continue  # a payload that no document is known for
                found[row["openapi document"]].append(
                    (
                        row["payload"],
                        row["webhook/callback"],
                        row["result (reference check)"] == "valid",
                    )
                )
    return dict(found)


DELIVERIES = deliveries()
_GITHUB = "_payloads/octokit/webhooks/"
# The reference check asserts no formats, and so judges three deliveries otherwise.
FORMATS = (
    # "updated_at": "2018-04-25 20:42:10" is not a RFC 3339 date-time.
    (
        f"{_GITHUB}check_run/rerequested.payload.json",
        "check_run.rerequested",
        ("format",),
    ),
    (
        f"{_GITHUB}check_run/rerequested.with-organization.payload.json",
        "check_run.rerequested",
        ("format",),
    ),
    # "environment_url": "" fits both an empty string and, without formats, a URI: to the
    # reference check one too many of the oneOf.
    (
        f"{_GITHUB}deployment_status/gh-pages.payload.json",
        "deployment_status.created",
        (),
    ),
)

pytestmark = [
    pytest.mark.slow,  # deliveries by the hundred, to documents of megabytes
    pytest.mark.skipif(
        CORPUS is None, reason="CBMOCK_CORPUS does not name the folder of the corpus"
    ),
]


@pytest.mark.parametrize("document", sorted(DELIVERIES) or ["none"])
def test_real_deliveries_to_one_url_get_the_reference_verdict(document):
    wrong = []
    with (
        Receiver(Path(CORPUS) / document) as cbmock,
        httpx2.Client(
            timeout=60
        ) as client,  # the first deliveries compile large schemas
    ):
        for payload, name, valid in DELIVERIES[document]:
            body = (Path(CORPUS) / payload).read_bytes()
            headers = {"content-type": "application/json"}
            # What the documents ask for besides the body is not in the payloads.
            headers |= {"authorization": "Basic dTpw"}
            client.post(cbmock.url + "/webhooks", content=body, headers=headers)
            call = cbmock.calls[-1]
            told = [v for v in call.violations if v.location == "body"]
            judged = not any(v.severity == "error" for v in told)
            called = call.operation and call.operation.name.strip("/")
            if (called, judged) != (name.strip("/"), valid):
                reasons = {v.code for v in told if v.severity == "error"}
                wrong.append((payload, called, tuple(sorted(reasons))))
        cbmock.allow_violations()
    assert [each for each in wrong if each not in FORMATS] == []
