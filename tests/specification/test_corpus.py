"""The corpus of real documents; `CBMOCK_CORPUS` names its folder."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import pytest
from cbmock import sources
from cbmock.contract.schemas.schema import Schema
from cbmock.firing.documented_request import documented_request
from cbmock.http.messages import Headers
from cbmock.lint.message_contents import operation_contents
from cbmock.mock.generation.schema_samples import NoSample, sample
from cbmock.mock.mock import Mock
from cbmock.violations import errors

from tests.support.corpus import CORPUS, INVALID, rows

DCSA = "dcsaorg/DCSA-OpenAPI/"
UNREADABLE = {
    # They refer to files at api.swaggerhub.com, which are not fetched.
    **dict.fromkeys(
        (
            DCSA + "documentation_event_hub/v1/documentation_event_hub.yaml",
            DCSA
            + "documentation_event_hub/v1/documentation_event_hub_v1.0.0-Beta-1.yaml",
            DCSA + "documentation_event_hub/v1/documentation_event_hub_v1.0.0.yaml",
            DCSA + "event_hub/v1/event_hub.yaml",
            DCSA + "iot/v1/iot_v1.0.0-Beta-1.yaml",
            DCSA + "ovs_event_hub/v1/ovs_event_hub.yaml",
            DCSA + "ovs_event_hub/v2/ovs_event_hub.yaml",
            DCSA + "reefer/v1/reefer_v1.0.0-Beta-1.yaml",
            DCSA + "tnt/v2/TNT_v2.2.0.yaml",
            DCSA + "tnt/v2/tnt.yaml",
            DCSA + "tnt/v2/tnt_v2.3.0.yaml",
            DCSA + "tnt/v3/tnt.yaml",
            DCSA + "tnt/v3/tnt_v3.0.0-Beta-1.yaml",
        ),
        (1, "is remote"),
    ),
    # Cut out of a larger document, whose components stayed behind.
    "Mermade/openapi3-examples/3.0/fail/gluecon/"
    "example3_from_._New_callbacks.md.yaml": (3, "has no target"),
    "Redocly/redoc/src/services/__tests__/fixtures/3.1/pathItems.json": (
        2,
        "has no target",
    ),
    # A starter project: the file is not part of it.
    "pb33f/libopenapi/test_specs/redocly-starter.yaml": (1, "User.yaml"),
}
"""How many operations of a document cannot be read, and what each reason says."""


NO_VALUE = {
    # `huntingSkill` is required, a number for one part of `allOf`, a word for the other.
    "Redocly/redoc/demo/openapi-3-1.yaml": (
        {"myWebhook"},
        '`enum` is both [0, 1, 2] and ["clueless", "lazy", "adventurous", "aggressive"]',
    ),
    # `location` allows no property, and its alternatives require two.
    "octokit/webhooks/derived/github-webhooks.openapi.json": (
        {"secret_scanning_alert_location.created"},
        "are not documented, and no other properties are allowed at #/location",
    ),
    # A string, all of whose parts are objects, that is `not` a string.
    "pb33f/libopenapi/test_specs/burgershop.openapi-modified.yaml": (
        {"burgerCallback", "niceCallback", "someCallback"},
        "`type` is both 'string' and 'object'",
    ),
}
"""The operations with a schema that has no valid value, and what the reason says."""


@dataclass(frozen=True)
class Seen:
    """What became of a document: all that the tests below ask about."""

    kinds: Counter
    unreadable: list
    missed: list
    invalid: list
    mistaken: list


@cache
def seen(path):
    mock = Mock(sources.describe(CORPUS / path, allow_files=[CORPUS]))
    missed, invalid, mistaken = [], [], []
    for operation in mock.operations:
        if not operation.served:
            continue
        request = documented_request(mock, operation).request
        call = mock.receive(request, id=1, now=0.0)
        if not (found_itself(call, operation) or found_its_twin(mock, call, operation)):
            missed.append((operation.qualified, call.outcome))
        if not call.valid:
            invalid.append(operation.name)
        elif operation.kind == "webhook" and operation.key is None:
            call = mock.receive(to_all_webhooks(request), id=1, now=0.0)
            if not call.is_for(operation):
                mistaken.append(
                    (operation.name, call.operation and call.operation.name)
                )
    return Seen(
        Counter(each.kind for each in mock.operations if each.referenced),
        [each.error for each in mock.operations if each.error],
        missed,
        invalid,
        mistaken,
    )


def found_itself(call, operation):
    return call.outcome == "matched" and call.operation is operation


def found_its_twin(mock, call, operation):
    """Tell whether the URL is that of several, and the body valid for all of them."""
    fitting = [each for each in (call.operation, *call.candidates) if each is not None]
    bases = {mock.mount_of(each).base for each in fitting}
    content_type = call.headers.get("content-type")
    broken = [
        each
        for each in fitting
        if errors(mock.check_body(call.body, content_type, each))
    ]
    return call.is_for(operation) and len(bases) == 1 and not broken


def to_all_webhooks(request):
    said = {
        "ce-type",
        "x-github-event",
        "x-shopify-topic",
        "x-event-type",
        "x-event-key",
    }
    kept = [pair for pair in request.headers if pair[0].lower() not in said]
    return replace(request, target="/webhooks", headers=Headers.of(kept))


@pytest.mark.parametrize("row", rows())
def test_every_callback_and_webhook_of_the_corpus_is_found(row):
    kinds = seen(row["path"]).kinds
    assert (kinds["callback"], kinds["webhook"]) == (
        int(row["callbacks"]),
        int(row["webhook operations"]),
    )


@pytest.mark.parametrize("row", rows())
def test_what_cannot_be_read_says_why_in_a_line(row):
    reasons = seen(row["path"]).unreadable
    count, expected = UNREADABLE.get(row["path"], (0, ""))
    assert len(reasons) == count
    assert [each for each in reasons if expected not in each or "\n" in each] == []


@pytest.mark.parametrize("row", rows())
def test_every_operation_is_found_by_its_own_request(row):
    assert seen(row["path"]).missed == []


@pytest.mark.parametrize("row", rows())
def test_what_is_generated_for_an_operation_is_valid(row):
    expected = [name for path, name in INVALID if path == row["path"]]
    assert seen(row["path"]).invalid == expected


def schemas_of(operation, description):
    """Return every schema of what an operation receives and answers, items too."""
    for content in operation_contents(operation, description):
        for keyword in ("schema", "itemSchema"):
            schema = content.node.get(keyword)
            if schema is not None:
                waived = "writeOnly" if content.sent else "readOnly"
                yield Schema(schema, description, waived=waived)


@pytest.mark.parametrize("row", rows())
def test_for_every_schema_a_valid_value_is_generated_or_the_reason_is_told(row):
    description = sources.describe(CORPUS / row["path"], allow_files=[CORPUS])
    reasons, wrong = {}, []
    for operation in Mock(description).operations:
        for schema in schemas_of(operation, description):
            for examples in (True, False):
                try:
                    value = sample(schema, examples=examples)
                except NoSample as error:
                    reasons[operation.name] = error.reason
                else:
                    wrong += [] if schema.is_valid(value) else [schema.node.pointer]
    names, expected = NO_VALUE.get(row["path"], (set(), ""))
    assert (set(reasons), wrong) == (names, [])
    assert [each for each in reasons.values() if expected not in each] == []


@pytest.mark.parametrize("row", rows())
def test_no_event_is_taken_for_another_at_the_one_url_of_all(row):
    assert seen(row["path"]).mistaken == []
