"""What a finding's code is: short, stable, of one meaning, severity and advice.

It decides which codes exist: one that is not listed is a type error. It must not know how
findings are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cbmock.description.runtime_expressions import GrammarCode
from cbmock.violations import Severity

FindingName = (
    GrammarCode
    | Literal[
        "204-content",
        "304-content",
        "additional-op-fixed",
        "additionalprops-allof",
        "array-items",
        "closed-part",
        "colliding-callbacks",
        "constant-type",
        "content-schema",
        "contradiction",
        "cookie-explode",
        "deepobject-nested",
        "delimited-exploded",
        "dialect",
        "discriminator-target",
        "dup-operation-id",
        "dup-parameter",
        "dup-webhook",
        "encoding-property",
        "example-invalid",
        "example-unreadable",
        "expr-dot-pointer",
        "expr-fastapi",
        "expr-no-body",
        "expr-percent",
        "expr-pointer-vs-suffix",
        "expr-undeclared",
        "expr-undeclared-property",
        "expr-unresolvable",
        "field-too-new",
        "ignored-header-param",
        "keyword-malformed",
        "keyword-not-3.0",
        "keyword-unknown",
        "media-type-name",
        "misplaced-field",
        "missing-field",
        "misspelt-field",
        "multipart-heuristic",
        "nested-callback",
        "no-body-fits",
        "no-operation",
        "no-sample",
        "no-success-response",
        "nothing-to-receive",
        "nullable-3.1",
        "nullable-ineffective",
        "overlapping-alternatives",
        "parameter-conflict",
        "parameter-location",
        "pathitem-ref-siblings",
        "pattern",
        "range-case",
        "ref-crosses-id",
        "ref-loop",
        "ref-siblings",
        "ref-unresolvable",
        "reference-siblings",
        "required-boolean",
        "root-security-not-applied",
        "schema-loop",
        "schema-without-keywords",
        "security-scheme",
        "servers-on-callback",
        "status-name",
        "stringified-example",
        "unbindable-path-param",
        "unknown-field",
        "unknown-minor",
        "unreadable",
        "unreferenced",
        "webhook-name-missing",
        "wrong-type",
        "yaml-1.1",
        "yaml-dup-key",
        "yaml-merge",
    ]
)


@dataclass(frozen=True, slots=True)
class FindingCode:
    """One code: how grave it is, what it means, an example of its message, what to do."""

    code: FindingName
    severity: Severity
    meaning: str
    example: str
    advice: str
