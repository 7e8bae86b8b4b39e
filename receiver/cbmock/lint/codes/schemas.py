"""Codes of findings about schemas and examples.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from cbmock.lint.finding_codes import FindingCode

CODES = (
    FindingCode(
        "additionalprops-allof",
        "warning",
        "A closed object excludes the properties that `allOf` adds.",
        "`additionalProperties: false` does not see into allOf and excludes id",
        "Use `unevaluatedProperties: false` (OpenAPI 3.1 and newer).",
    ),
    FindingCode(
        "array-items",
        "info",
        "An array has no `items`.",
        "an array without `items` says nothing about what it holds",
        "Document the items.",
    ),
    FindingCode(
        "example-invalid",
        "warning",
        "An example is not valid against its own schema.",
        "the example is not valid against its own schema at #/a: 'x' is not an integer",
        "Correct the example or the schema.",
    ),
    FindingCode(
        "keyword-malformed",
        "warning",
        "A keyword has a value that it cannot have, so it is ignored.",
        "`minLength: 'a'` has no meaning there and is ignored",
        "Correct the value.",
    ),
    FindingCode(
        "keyword-not-3.0",
        "warning",
        "A keyword is not part of OpenAPI 3.0.",
        "OpenAPI 3.0 has no const; cbmock honours it",
        "State `openapi: 3.1.0`, or avoid the keyword.",
    ),
    FindingCode(
        "no-sample",
        "warning",
        "No value could be generated for a response, so its body is empty.",
        "an empty body is answered, no value was found: its keywords leave none",
        "Add an example, or correct the schema.",
    ),
    FindingCode(
        "nullable-3.1",
        "warning",
        "`nullable` was removed in OpenAPI 3.1.",
        "OpenAPI 3.1 removed `nullable`; it has no effect",
        'Write type: [..., "null"].',
    ),
    FindingCode(
        "nullable-ineffective",
        "warning",
        "`nullable` has no effect where it is.",
        "`nullable` only has an effect beside `type` in the same object",
        "Put it beside `type`, and null into `enum`.",
    ),
    FindingCode(
        "pattern",
        "warning",
        "A pattern is not a regular expression.",
        "the pattern '(' is not a regular expression (ECMA-262)",
        "Correct the pattern.",
    ),
    FindingCode(
        "ref-crosses-id",
        "warning",
        "A reference inside a schema with an `$id` has no target there.",
        "inside a schema with an `$id`, '#/components/schemas/B' points into that schema, which has no such place; the document's is used",
        "Put the document's name in front of the reference.",
    ),
    FindingCode(
        "ref-loop",
        "error",
        "A reference leads back to itself.",
        "openapi.json#/components/schemas/A: $ref '#/components/schemas/A' leads back to itself",
        "Give the schema content of its own.",
    ),
    FindingCode(
        "ref-siblings",
        "warning",
        "Keywords beside a `$ref` are ignored in OpenAPI 3.0.",
        "beside a $ref, OpenAPI 3.0 ignores maxLength",
        "Wrap the reference: allOf: [{$ref: ...}].",
    ),
    FindingCode(
        "ref-unresolvable",
        "error",
        "A reference has no target.",
        "openapi.json#/webhooks/a/post/requestBody: $ref '#/x' has no target: nothing is at 'x'",
        "Correct the reference.",
    ),
    FindingCode(
        "required-boolean",
        "warning",
        "`required` is a boolean inside a schema.",
        "`required` is a list of property names; a boolean has no effect",
        "List the names in the schema of the object.",
    ),
    FindingCode(
        "stringified-example",
        "warning",
        "An example is a string that holds JSON.",
        "the example is a string that holds JSON; write the JSON itself",
        "Write the value, not its text.",
    ),
    FindingCode(
        "keyword-unknown",
        "warning",
        "A keyword is not one of any dialect, so it is ignored.",
        "`requierd` is not a keyword of any dialect and is ignored; did you mean `required`?",
        "Correct the keyword, or write it as an extension: `x-…`.",
    ),
    FindingCode(
        "schema-without-keywords",
        "warning",
        "A schema has no keyword that is known, so it accepts every value.",
        "no keyword of the schema is known (`vendor`): it accepts every value",
        "Write the schema in JSON Schema; a generator may have written out an object of its own.",
    ),
    FindingCode(
        "schema-loop",
        "error",
        "A schema applies itself to the same value without an end.",
        "the schema applies itself to the same value again, by way of /components/schemas/A: no value can be checked against it",
        "Break the loop: refer to itself from a property or item only.",
    ),
)
