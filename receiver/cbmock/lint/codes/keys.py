"""Codes of findings about callback keys.

It decides their severity and what to do about them. It must not know how they are found.
"""

from __future__ import annotations

from typing import Literal

from cbmock.description.runtime_expressions import GrammarCode
from cbmock.lint.finding_codes import FindingCode

KeyFinding = Literal[
    GrammarCode,
    "expr-dot-pointer",
    "expr-fastapi",
    "expr-no-body",
    "expr-percent",
    "expr-pointer-vs-suffix",
    "expr-undeclared",
    "expr-undeclared-property",
    "expr-unresolvable",
]

CODES = (
    FindingCode(
        "expr-bare-name",
        "warning",
        "The key has a name instead of a runtime expression.",
        "'callback_url' is not a runtime expression; read as the request's parameter or property 'callback_url'",
        "Write where the value comes from, such as {$request.query.callback_url}.",
    ),
    FindingCode(
        "expr-brace",
        "warning",
        "A brace in the key has no counterpart.",
        "'{$url' has no closing '}'",
        "Put each expression between one pair of braces.",
    ),
    FindingCode(
        "expr-case",
        "info",
        "An expression is written with a different case than in OpenAPI.",
        "'$URL' is written '$url' in OpenAPI",
        "Write it as OpenAPI does.",
    ),
    FindingCode(
        "expr-dot-body",
        "warning",
        "A property of the body is named with a dot instead of a JSON Pointer.",
        "'$request.body.url': a property of the body is read with a JSON Pointer",
        "Write {$request.body#/url}.",
    ),
    FindingCode(
        "expr-dot-pointer",
        "warning",
        "A JSON Pointer separates properties by dots.",
        "{$request.body#/sub.url}: a JSON Pointer separates properties by '/', not by '.'",
        "Write `/` between the names.",
    ),
    FindingCode(
        "expr-empty",
        "error",
        "An empty key, or an empty expression in it, names no URL.",
        "an empty expression names no value",
        "Write the expression that gives the callback's URL.",
    ),
    FindingCode(
        "expr-foreign",
        "warning",
        "The key has an expression of Arazzo.",
        "'$inputs.url' is an Arazzo expression, not OpenAPI",
        "Write where the value comes from in the request or the response.",
    ),
    FindingCode(
        "expr-missing-dollar",
        "warning",
        "An expression starts without `$`.",
        "'request.body#/url': an expression starts with '$'",
        "Put a `$` in front.",
    ),
    FindingCode(
        "expr-no-body",
        "warning",
        "The key reads a body, but no body is documented there.",
        "{$request.body#/url}: subscribe documents no body to read",
        "Document the body, or read the value from somewhere else.",
    ),
    FindingCode(
        "expr-percent",
        "warning",
        "A JSON Pointer in the key is percent-encoded.",
        "{$request.body#/%75rl}: a JSON Pointer here is not percent-encoded",
        "Write the characters themselves.",
    ),
    FindingCode(
        "expr-path-var",
        "info",
        "A name in the key is a path parameter of the callback operation.",
        "'id' is a path parameter of the callback operation; any value fits",
        "Nothing, or write where the value comes from, such as {$request.body#/id}.",
    ),
    FindingCode(
        "expr-pointer",
        "warning",
        "A body is followed by something that is not `#` and a JSON Pointer.",
        "'$request.body/url': '#' and a JSON Pointer that starts with '/' follow the body",
        "Write {$request.body#/url}.",
    ),
    FindingCode(
        "expr-pointer-vs-suffix",
        "warning",
        "A JSON Pointer leads into a string; the rest was probably intended as a path after the URL.",
        "{$request.body#/url/done} points into /url, which is a string",
        "Close the expression before the path: {$request.body#/url}/done.",
    ),
    FindingCode(
        "expr-source",
        "warning",
        "The part of the request that is read has another name in OpenAPI.",
        "'$request.params.callback_url': header, query and path are followed by '.' and a name",
        "Write $request.query., $request.path. or $request.header. and a name.",
    ),
    FindingCode(
        "expr-space",
        "warning",
        "There are spaces around the key or an expression.",
        "' $url ' has spaces around the expression",
        "Remove the spaces.",
    ),
    FindingCode(
        "expr-syntax",
        "warning",
        "The key has something that is not a runtime expression.",
        "'<url>': this is not a runtime expression",
        "Write a runtime expression between braces.",
    ),
    FindingCode(
        "expr-undeclared",
        "warning",
        "The key reads a parameter that the operation does not declare.",
        "{$request.query.url}: subscribe declares no query parameter 'url'",
        "Declare the parameter, or correct its name.",
    ),
    FindingCode(
        "expr-undeclared-property",
        "warning",
        "The key reads a property that the documented body does not have.",
        "{$request.body#/uri}: the documented body has nothing at /uri",
        "Correct the pointer, or document the property.",
    ),
    FindingCode(
        "expr-unresolvable",
        "warning",
        "The key reads a value that the message never has.",
        "{$response.query.url} can never be read: a response has no query and no path",
        "Read the value from the request, or from the response's body or headers.",
    ),
    FindingCode(
        "key-fragment",
        "warning",
        "The key has a fragment, which is never sent.",
        "'{$url}#part' has a fragment, which is never sent",
        "Remove everything from `#` on.",
    ),
    FindingCode(
        "key-missing",
        "warning",
        "A method is where the key should be.",
        "'post' is a method; the key that gives the callback's URL is missing above it",
        "Put the key between the callback's name and the methods.",
    ),
    FindingCode(
        "key-relative",
        "warning",
        "The key is a relative URL without anything before it.",
        "'/hook' is a relative URL without a base; a callback's key starts with the URL that the client registered",
        "Start the key with the expression that gives the client's URL.",
    ),
    FindingCode(
        "expr-fastapi",
        "info",
        "The key is written as FastAPI's documentation shows it.",
        "'{$callback_url}/{$request.body.url}' is the form that the documentation of FastAPI has; it is read as '{$request.query.callback_url}/{$request.body#/url}'",
        "Nothing; other tools need the form of OpenAPI.",
    ),
)
