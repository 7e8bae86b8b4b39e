"""Codes of findings about documents and their fields.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from typing import Literal

from cbmock.lint.finding_codes import FindingCode

DocumentFinding = Literal[
    "additional-op-fixed",
    "dialect",
    "dup-id",
    "dup-webhook",
    "field-too-new",
    "misplaced-field",
    "missing-field",
    "misspelt-field",
    "no-operation",
    "nothing-to-receive",
    "unknown-field",
    "unknown-minor",
    "webhook-name-missing",
    "wrong-type",
    "yaml-1.1",
    "yaml-dup-key",
    "yaml-merge",
]

CODES = (
    FindingCode(
        "additional-op-fixed",
        "error",
        "`additionalOperations` has a method that has a field of its own.",
        "use the field `post`; POST under additionalOperations is ignored",
        "Move the operation to that field.",
    ),
    FindingCode(
        "dialect",
        "warning",
        "A schema dialect is not known; JSON Schema 2020-12 is assumed.",
        "'https://example.com/d' is not a known dialect; it is read as JSON Schema 2020-12",
        "Name a dialect of JSON Schema or OpenAPI.",
    ),
    FindingCode(
        "dup-id",
        "error",
        "Two schemas of one document have the same `$id`.",
        "the `$id` 'urn:a' is that of openapi.json#/components/schemas/A too; a reference to it leads to one of them only",
        "Give each schema an `$id` of its own.",
    ),
    FindingCode(
        "dup-webhook",
        "warning",
        "A webhook is in `webhooks` and in `x-webhooks`.",
        "the webhook 'paid' is also in `webhooks`, which takes precedence",
        "Remove one of the two.",
    ),
    FindingCode(
        "field-too-new",
        "warning",
        "A field belongs to a later version of OpenAPI than the document states.",
        "`query` came with OpenAPI 3.2 and is ignored here",
        "State the version that has the field.",
    ),
    FindingCode(
        "unknown-minor",
        "warning",
        "The document states a newer version than cbmock knows.",
        "OpenAPI 3.9.0 is newer than 3.2, which it is read as",
        "Check that nothing depends on the newer version.",
    ),
    FindingCode(
        "yaml-dup-key",
        "error",
        "A key is repeated in one mapping.",
        "the key 'a' is repeated in one mapping; the last one counts",
        "Remove or rename one of them.",
    ),
    FindingCode(
        "yaml-merge",
        "info",
        "The document uses YAML merge keys, which YAML 1.2 does not have.",
        "`<<` is used 1 times; YAML 1.2 has no merge keys, so other tools may not merge",
        "Write the members in full, or use `$ref`.",
    ),
    FindingCode(
        "misplaced-field",
        "warning",
        "A field is in an object that does not have it, so it is ignored.",
        "`webhooks` under `paths` is ignored; `webhooks` is a field of the document's root",
        "Move the field to the object that has it.",
    ),
    FindingCode(
        "missing-field",
        "warning",
        "A field that the object needs is missing.",
        "a Request Body Object needs `content`; without it every body is accepted",
        "Add the field.",
    ),
    FindingCode(
        "misspelt-field",
        "warning",
        "A field's name is probably misspelt.",
        "`callback` is not a field of an Operation Object; did you mean `callbacks`?",
        "Correct the name.",
    ),
    FindingCode(
        "no-operation",
        "warning",
        "A callback or webhook has no operation, so nothing is served.",
        "the webhook 'a' has no operation, so nothing is served",
        "Add a method such as `post`.",
    ),
    FindingCode(
        "nothing-to-receive",
        "info",
        "The document has no callbacks and no webhooks.",
        "the document has no callbacks and no webhooks. --paths PATTERN takes ordinary paths for what the API sends",
        "Document callbacks or webhooks, or name paths with --paths.",
    ),
    FindingCode(
        "unknown-field",
        "warning",
        "A field does not exist in its object, so it is ignored.",
        "`body` is not a field of an Operation Object and is ignored",
        "Remove it, or write it as an extension: `x-…`.",
    ),
    FindingCode(
        "webhook-name-missing",
        "error",
        "A method is where a webhook's name should be.",
        "'post' is a method; the webhook's name is missing above it",
        "Put the webhook's name between `webhooks` and the methods.",
    ),
    FindingCode(
        "wrong-type",
        "error",
        "A field has a value of a type that it cannot have, so it is ignored.",
        "`callbacks` must be an object, not an array; it is ignored",
        "Correct the value.",
    ),
    FindingCode(
        "yaml-1.1",
        "warning",
        "A name or value was probably another word before a YAML 1.1 tool rewrote the document.",
        "the name 'true' was probably `on`, `yes` or `y` before a YAML 1.1 tool rewrote the document; write the word in quotes",
        "Write the word in quotes.",
    ),
)
