"""The codes of violations: short, stable, each of one meaning.

It decides which codes exist, and what a code in a list of codes may be. It must not know
how violations are found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cbmock.violations import Location, Severity

ViolationCode = Literal[
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "appended",
    "backoff",
    "body-changed",
    "callback-url",
    "callback-url-relative",
    "callback-url-type",
    "charset",
    "const",
    "contains",
    "content-coding",
    "contentEncoding",
    "contentMediaType",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated-operation",
    "discriminator-mismatch",
    "discriminator-missing",
    "discriminator-unmapped",
    "duplicate",
    "duplicate-delivery",
    "else",
    "empty",
    "encoding",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "expired",
    "expr-structured",
    "expr-undefined",
    "false",
    "format",
    "header-encoded",
    "host",
    "identity-changed",
    "identity-reuse",
    "if",
    "incomplete",
    "internal",
    "items",
    "json-bom",
    "json-duplicate-key",
    "malformed",
    "malformed-http",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "media-type",
    "method",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "missing-body",
    "missing-callback",
    "missing-content-type",
    "missing-cookie",
    "missing-credential",
    "missing-header",
    "missing-parameter",
    "multipleOf",
    "not",
    "not-acceptable",
    "nullable-ineffective",
    "oneOf",
    "out-of-order",
    "overlapping",
    "part-media-type",
    "pattern",
    "patternProperties",
    "prefer",
    "prefixItems",
    "properties",
    "propertyNames",
    "query-mismatch",
    "redirect-followed",
    "required",
    "retry-after-gone",
    "retry-after-success",
    "retry-missing",
    "retry-too-soon",
    "scope",
    "script-failed",
    "signature-body-not-utf8",
    "signature-key",
    "signature-malformed",
    "signature-mismatch",
    "signature-missing",
    "signature-stale",
    "signature-without-body",
    "syntax",
    "then",
    "timestamp-reused",
    "too-deep",
    "too-large",
    "too-many-attempts",
    "trailing-slash",
    "type",
    "unasked",
    "unchecked",
    "undefined",
    "undocumented",
    "undocumented-event",
    "undocumented-status",
    "unencoded",
    "unevaluatedItems",
    "unevaluatedProperties",
    "unexpected-body",
    "unfinished-event",
    "uniqueItems",
    "unmatched",
    "unreadable-schema",
    "unverifiable",
    "unverified-sender",
    "writeonly-sent",
    "wrong-callback-url",
    "wrong-secret",
]


@dataclass(frozen=True, slots=True)
class Code:
    """One code: its usual severity, where it occurs, and what to do about it.

    A rule that only warns (XML, the body of a GET below 3.1) makes a warning of each.
    """

    code: ViolationCode
    severity: Severity
    locations: tuple[Location, ...]
    meaning: str
    example: str
    advice: str
