"""Mutations: valid requests of the corpus, broken; an independent check judges them too.

That check is python-jsonschema with `referencing` on the documents as they are (those of
3.0 translated by the few lines below), and one rule each for media types and emptiness.
`python tests/test_mutations.py` prints the counts.
"""

import copy
import json
import re
import sys
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import pytest
from cbmock import sources
from cbmock.contract.bodies.request_body import RequestBody
from cbmock.description import json_pointer
from cbmock.firing.documented_request import documented_request
from cbmock.http.messages import Headers
from cbmock.mock.mock import Mock
from cbmock.violations import errors
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.support.corpus import CORPUS, INVALID, rows

MOST_VIOLATIONS = 5


# --- the independent check --------------------------------------------------------------


def translated(tree):
    """Read the Schema Objects of 3.0 as 2020-12."""
    if isinstance(tree, list):
        return [translated(each) for each in tree]
    if not isinstance(tree, dict):
        return tree
    if isinstance(tree.get("$ref"), str):
        return {"$ref": tree["$ref"]}
    found = {
        name: each if name in ("example", "enum", "default") else translated(each)
        for name, each in tree.items()
        if name not in ("$id", "id", "$schema") or isinstance(each, dict)
    }
    if found.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    for limit, exclusive in (
        ("minimum", "exclusiveMinimum"),
        ("maximum", "exclusiveMaximum"),
    ):
        if isinstance(found.get(exclusive), bool) and found.pop(exclusive):
            found[exclusive] = found.pop(limit)
    if isinstance(found.get("required"), bool):
        del found["required"]
    return found


def expected_of_senders(tree):
    """Take what only receivers write out of `required`: the sender has the data."""
    if isinstance(tree, list):
        return [expected_of_senders(each) for each in tree]
    if not isinstance(tree, dict):
        return tree
    found = {name: expected_of_senders(each) for name, each in tree.items()}
    if isinstance(found.get("required"), list) and isinstance(
        found.get("properties"), dict
    ):
        found["required"] = [
            name
            for name in found["required"]
            if not (
                isinstance(found["properties"].get(name), dict)
                and found["properties"][name].get("writeOnly") is True
            )
        ]
    return found


def independent(mock, body, key):
    """Return python-jsonschema's validator for one media type of a body."""
    described = mock.description.resolve(body.node.child("content", key))
    schema = described.get("schema")
    if schema is None:
        return Draft202012Validator({})
    reference = schema.document.uri + json_pointer.fragment(schema.tokens)
    return Draft202012Validator({"$ref": reference}, registry=registry(mock))


@cache
def registry(mock):
    found = Registry()
    for document in mock.description.documents:
        tree = document.tree
        if mock.description.version_at(document).json_schema is False:
            tree = translated(tree)
        tree = expected_of_senders(tree)
        resource = Resource(contents=tree, specification=DRAFT202012)
        found = found.with_resource(document.uri, resource)
    return found


def takes(body, essence):
    """Tell whether a media type is documented."""
    documented = [key.partition(";")[0].strip().lower() for key in body.content]
    return not documented or any(
        re.fullmatch(re.escape(key).replace(r"\*", "[^/]*"), essence)
        for key in documented
    )


# --- the mutations ----------------------------------------------------------------------


def without_required(value, check):
    """Drop a property that is required; where none is, any."""
    if not isinstance(value, dict) or not value:
        return None
    less = [{n: v for n, v in value.items() if n != name} for name in value]
    return next((each for each in less if not check.is_valid(each)), less[0])


def of_wrong_type(value, _check):
    """Change the type of the first property, else of the whole."""
    if not isinstance(value, dict) or not value:
        return 12345 if isinstance(value, str) else "wrong"
    first = next(iter(value))
    return {**value, first: 12345 if isinstance(value[first], str) else "wrong"}


def with_garbage(value, _check):
    """Add a property that nobody knows."""
    return {**value, "x_garbage_x": ["?"]} if isinstance(value, dict) else None


VALUES = {
    "drop a required property": without_required,
    "wrong type": of_wrong_type,
    "unknown property": with_garbage,
}


@dataclass(frozen=True)
class Judged:
    """What both said of one mutated request."""

    name: str
    mutation: str
    accepted: bool
    expected: bool
    violations: tuple


def mutated(mock, operation, *, possible):
    """Go through an operation's mutations, each with what is to be expected of it.

    `possible` says whether there is a valid request at all.
    """
    body = mock.contract_of(operation).body
    request = documented_request(mock, operation).request
    if not isinstance(body, RequestBody) or not request.body:
        return
    sent = request.headers.get("content-type")
    yield "valid", request, possible
    yield "empty body", replace(request, body=b""), not body.required
    headers = [pair for pair in request.headers if pair[0].lower() != "content-type"]
    other = Headers.of([*headers, ("content-type", "application/x-unheard-of")])
    yield (
        "wrong media type",
        replace(request, headers=other),
        takes(body, "application/x-unheard-of"),
    )
    if "json" not in sent or sent not in body.content:
        return
    yield "trailing garbage", replace(request, body=request.body + b"}garbage"), False
    check = independent(mock, body, sent)
    value = json.loads(request.body)
    for mutation, mutate in VALUES.items():
        changed = mutate(copy.deepcopy(value), check)
        if changed is not None:
            data = json.dumps(changed).encode()
            yield mutation, replace(request, body=data), check.is_valid(changed)


@cache
def judged(path):
    mock = Mock(sources.describe(CORPUS / path, allow_files=[CORPUS]))
    found = []
    for operation in mock.operations:
        if not operation.served:
            continue
        contract = mock.contract_of(operation)
        possible = (path, operation.name) not in INVALID
        for mutation, request, expected in mutated(mock, operation, possible=possible):
            told = tuple(
                each
                for each in errors(contract.check(request, {}).violations)
                if each.location in ("body", "media_type")
            )
            found.append(
                Judged(operation.qualified, mutation, not told, expected, told)
            )
    return tuple(found)


@pytest.mark.parametrize("row", rows())
def test_a_mutation_is_refused_exactly_when_the_other_engine_says_so(row):
    parted = [
        (each.name, each.mutation, each.violations)
        for each in judged(row["path"])
        if each.accepted is not each.expected
    ]
    assert parted == []


@pytest.mark.parametrize("row", rows())
def test_one_fault_makes_at_most_a_handful_of_violations(row):
    many = [
        (each.name, each.mutation, [v.detail for v in each.violations])
        for each in judged(row["path"])
        if len(each.violations) > MOST_VIOLATIONS and each.mutation != "valid"
    ]
    assert many == []


def main():
    counts, most = Counter(), Counter()
    for (row,) in (each.values for each in rows()):
        for each in judged(row["path"]):
            agreed = each.accepted is each.expected
            counts[each.mutation, "accepted" if each.accepted else "rejected"] += 1
            counts[each.mutation, "agreed"] += agreed
            most[each.mutation] = max(most[each.mutation], len(each.violations))
    for mutation, told in most.items():
        shown = ", ".join(
            f"{counts[mutation, verdict]} {verdict}"
            for verdict in ("accepted", "rejected", "agreed")
        )
        sys.stdout.write(f"{mutation}: {shown}, at most {told} violations\n")


if __name__ == "__main__":
    main()
