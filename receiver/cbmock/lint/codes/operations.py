"""Codes of findings about operations.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from cbmock.lint.finding_codes import FindingCode

CODES = (
    FindingCode(
        "204-content",
        "warning",
        "Content is documented for a 204, which has no body.",
        "a 204 has no body; the documented content is never sent",
        "Remove the content, or document another status.",
    ),
    FindingCode(
        "304-content",
        "warning",
        "Content is documented for a 304, which has no body.",
        "a 304 has no body; the documented content is never sent",
        "Remove the content, or document another status.",
    ),
    FindingCode(
        "colliding-callbacks",
        "warning",
        "Two callbacks go to one URL with the same method and body.",
        "'b' and 'a' are sent to the same URL with the same method and body: nothing distinguishes them",
        "Give each its own path below the URL, or its own body.",
    ),
    FindingCode(
        "deepobject-nested",
        "warning",
        "`deepObject` has no defined form for nested values.",
        "deepObject is not defined for 'a', which is an array; `a[b][c]`, `a[b][]` and `a[b][0]` are read",
        "Keep the object flat, or send JSON.",
    ),
    FindingCode(
        "delimited-exploded",
        "warning",
        "A delimited style is combined with `explode: true`, which is not defined.",
        "pipeDelimited is not defined with `explode: true`; `a=1&a=2` is read",
        "Use `explode: false`, or the style `form`.",
    ),
    FindingCode(
        "dup-operation-id",
        "warning",
        "An operationId is used by several operations.",
        "operationId 'a' is also used at openapi.json#/webhooks/a/post",
        "Give each operation its own.",
    ),
    FindingCode(
        "ignored-header-param",
        "warning",
        "A header parameter has a name that OpenAPI ignores.",
        "a header parameter 'Accept' is ignored (OAS 3.1.1 §4.8.12.1)",
        "Document it by `content` or `security` instead.",
    ),
    FindingCode(
        "multipart-heuristic",
        "info",
        "Parts have no names in this kind of multipart.",
        "multipart/mixed has no names of parts; a are found by Content-Disposition, Content-ID, or their order",
        "Use multipart/form-data, or positional encoding (OpenAPI 3.2).",
    ),
    FindingCode(
        "nested-callback",
        "info",
        "A callback of a callback goes the other way, so it is not served.",
        "'ack' is inside a callback or webhook: its receiver sends it, so it is not served",
        "Nothing, if this is what it describes.",
    ),
    FindingCode(
        "no-success-response",
        "warning",
        "No successful response is documented.",
        "no successful response is documented; the mock answers 204",
        "Document the response that the receiver gives.",
    ),
    FindingCode(
        "pathitem-ref-siblings",
        "warning",
        "Fields stand beside a path item's `$ref`.",
        "post beside a path item's $ref is undefined; here it takes precedence over the referenced field",
        "Keep the fields on one side.",
    ),
    FindingCode(
        "range-case",
        "warning",
        "A range of status codes is written in lower case.",
        "the range '2xx' is written with an upper-case X",
        "Write 2XX.",
    ),
    FindingCode(
        "root-security-not-applied",
        "info",
        "The document's own security does not apply to what the API sends.",
        "the document's root security is for calls to the API; it is not required of what the API sends",
        "Give the callback or webhook its own `security`.",
    ),
    FindingCode(
        "security-scheme",
        "error",
        "A security requirement names a scheme that does not exist.",
        "there is no security scheme 'key'",
        "Define the scheme under components, or correct the name.",
    ),
    FindingCode(
        "servers-on-callback",
        "info",
        "A callback or webhook has servers.",
        "a webhook goes to the URL that was registered; servers only add URLs that it is recognised at",
        "Nothing, if the servers are additional receivers.",
    ),
    FindingCode(
        "unbindable-path-param",
        "warning",
        "A path parameter has no place in the URL.",
        "the URL has no place for the path parameter 'id'; it is not checked",
        "Put {id} into the key, or remove the parameter.",
    ),
    FindingCode(
        "unreadable",
        "error",
        "A callback or webhook cannot be read, so it is not served.",
        "openapi.json#/webhooks/a: $ref '#/x' has no target: nothing is at 'x'",
        "Correct the reference.",
    ),
    FindingCode(
        "unreferenced",
        "info",
        "A callback under components is used by no operation.",
        "no operation uses the callback 'a', so it is not served",
        "Refer to it, or use --include-unreferenced.",
    ),
    FindingCode(
        "parameter-location",
        "warning",
        "A parameter is at a place that OpenAPI 3 does not have.",
        "`in: body` does not exist in OpenAPI 3; the parameter is ignored",
        "Document a body as `requestBody`.",
    ),
    FindingCode(
        "dup-parameter",
        "error",
        "Two parameters of one list have the same name and place.",
        "the query parameter 'id' is documented twice in one list",
        "Remove one of them.",
    ),
    FindingCode(
        "parameter-conflict",
        "error",
        "A parameter says two things that exclude each other.",
        "the query parameter 'p' has both `schema` and `content`",
        "Keep one of the two.",
    ),
    FindingCode(
        "cookie-explode",
        "warning",
        "A cookie with `explode: false` would hold commas, which cookies cannot.",
        "the cookie 'ids' has `explode: false`: commas cannot be in a cookie",
        "Use `explode: true`, or `content`.",
    ),
    FindingCode(
        "reference-siblings",
        "warning",
        "Fields beside a `$ref` are ignored.",
        "x-note beside the $ref of a callback is ignored",
        "Remove them, or write the callback out.",
    ),
)
