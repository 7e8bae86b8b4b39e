"""Codes of findings about documents and their fields.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from cbmock.lint.finding_codes import FindingCode

CODES = (
    FindingCode(
        "additional-op-fixed",
        "error",
        "`additionalOperations` has a method that is a field of its own.",
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
        "dup-webhook",
        "warning",
        "A webhook is in `webhooks` and in `x-webhooks`.",
        "the webhook 'paid' is also in `webhooks`, which takes precedence",
        "Remove one of the two.",
    ),
    FindingCode(
        "field-too-new",
        "warning",
        "A field came with a later version of OpenAPI than the document states.",
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
        "Write the members out, or use `$ref`.",
    ),
)
