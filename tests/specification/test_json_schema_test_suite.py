from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema_specifications
import pytest
from cbmock.contract.schemas.engine import accepts
from cbmock.contract.schemas.schema import Schema
from cbmock.description.documents import Document
from cbmock.description.references import Description
from cbmock.errors import ReceiverError, UnresolvableReference
from cbmock.mock.generation.schema_samples import NoSample, sample

from tests.support import mocks

SUITE = Path(os.environ.get("CBMOCK_SCHEMA_SUITE", "absent"))
DRAFTS = {
    "draft4": "http://json-schema.org/draft-04/schema#",
    "draft6": "http://json-schema.org/draft-06/schema#",
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
FILES = [
    pytest.param(draft, path, id=f"{draft}-{path.stem}")
    for draft in DRAFTS
    for path in sorted((SUITE / draft).glob("*.json"))
]
FORMATS = [
    pytest.param(draft, path, id=f"{draft}-{path.stem}")
    for draft in DRAFTS
    for path in sorted((SUITE / draft / "optional" / "format").glob("*.json"))
    if path.stem
    in {
        *("date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6"),
        *("json-pointer", "regex", "time", "uri", "uri-reference", "uuid"),
    }
]
# What we decide otherwise, by the description of the case, and why.
OTHERWISE = {
    # A meta-schema's own dynamic references are not followed into vocabularies' files.
    "validate definition against metaschema",
    # Vocabularies cannot be switched off.
    "schema that uses custom metaschema with with no validation vocabulary",
}
# cbmock asserts formats, also where 2020-12 only annotates.
ASSERTING = "is only an annotation by default"
# RFC 1123 forbids it as little as RFC 5890 allows it: from draft 7 on it is refused, and
# there is one rule for all drafts.
HYPHENS = ("validation of host names", "hostname with consecutive hyphens (RFC1123)")
METASCHEMAS = {
    uri.rstrip("#"): json.dumps(jsonschema_specifications.REGISTRY[uri].contents)
    for uri in jsonschema_specifications.REGISTRY
}


def schema_of(schema, draft):
    """Return a schema that a 3.1 document refers to, with the suite's remotes."""

    def retrieve(uri):
        if uri in METASCHEMAS:
            return METASCHEMAS[uri].encode()
        path = SUITE / "remotes" / uri.removeprefix("http://localhost:1234/")
        if not path.is_file():
            raise ReceiverError(f"{uri} is not part of the suite")
        found = json.loads(path.read_text())
        return json.dumps({"$schema": DRAFTS[draft], **found}).encode()

    if isinstance(schema, dict):
        schema = {"$schema": DRAFTS[draft], **schema}
    uri = "http://suite.example/"
    entry = Document("entry.json", uri + "entry.json", {"openapi": "3.1.0"})
    standing = Document("schema.json", uri + "schema.json", schema)
    description = Description(entry, retrieve)
    description._keep(standing)
    return Schema(description.follow(description.root, "schema.json"), description)


def differing(draft, path):
    """Return the tests in which an engine decides otherwise; the closed one may refuse."""
    found = []
    for case in json.loads(path.read_text()):
        schema = schema_of(case["schema"], draft)
        for test in case["tests"]:
            decided = schema.is_valid(test["data"])
            explained = next(schema._walked(test["data"]), None) is None
            closed = schema._compiled.closed
            sooner = closed is not None and accepts(closed, test["data"])
            if {decided, explained, sooner or test["valid"]} != {test["valid"]}:
                found.append((case["description"], test["description"]))
    return found


@pytest.mark.skipif(
    not FILES, reason="CBMOCK_SCHEMA_SUITE names no JSON-Schema-Test-Suite"
)
@pytest.mark.parametrize(("draft", "path"), FILES)
def test_both_engines_agree_with_the_suite(draft, path):
    differences = [
        (case, test)
        for case, test in differing(draft, path)
        if case not in OTHERWISE and ASSERTING not in test
    ]
    assert differences == []


@pytest.mark.skipif(
    not FORMATS, reason="CBMOCK_SCHEMA_SUITE names no JSON-Schema-Test-Suite"
)
@pytest.mark.parametrize(("draft", "path"), FORMATS)
def test_the_formats_that_are_asserted_agree_with_the_suite(draft, path):
    assert [each for each in differing(draft, path) if each != HYPHENS] == []


@pytest.mark.skipif(
    not FILES, reason="CBMOCK_SCHEMA_SUITE names no JSON-Schema-Test-Suite"
)
@pytest.mark.parametrize(
    "path", [each.values[1] for each in FILES if each.values[0] == "draft2020-12"]
)
def test_a_value_is_generated_for_every_schema_of_the_suite_that_has_one(path):
    missed = []
    for case in json.loads(path.read_text(encoding="utf-8")):
        found = mocks.schema_of(case["schema"])
        try:
            possible = any(
                found.is_valid(t["data"]) for t in case["tests"] if t["valid"]
            )
            if possible and not found.is_valid(sample(found)):
                missed.append(case["description"])
        except UnresolvableReference:
            continue  # it is in another document
        except NoSample:
            missed.append(case["description"])
    assert missed == []
