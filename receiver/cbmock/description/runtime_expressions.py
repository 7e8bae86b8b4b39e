"""Runtime expressions: the grammar, and the other forms that people write.

It decides what one expression means (OAS 3.0.4 §4.8.20.4, 3.1.1 §4.8.20.4, one language
in every version). It must not know keys, URLs, or how an expression is evaluated.

    expression   = "$url" / "$method" / "$statusCode"
                 / "$request." source / "$response." source
    source       = "header." token / "query." name / "path." name
                 / "body" [ "#" json-pointer ]
    token        = 1*tchar                              ; RFC 9110 §5.6.2
    name         = *char                                ; RFC 8259 §7
    json-pointer = *( "/" reference-token )             ; RFC 6901 §3
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

from cbmock.description import json_pointer


class Source(StrEnum):
    """What an expression reads."""

    URL = "$url"
    METHOD = "$method"
    STATUS_CODE = "$statusCode"
    REQUEST_HEADER = "$request.header"
    REQUEST_QUERY = "$request.query"
    REQUEST_PATH = "$request.path"
    REQUEST_COOKIE = "$request.cookie"  # not in the grammar
    REQUEST_BODY = "$request.body"
    RESPONSE_HEADER = "$response.header"
    RESPONSE_QUERY = "$response.query"  # in the grammar, never resolvable
    RESPONSE_PATH = "$response.path"  # in the grammar, never resolvable
    RESPONSE_BODY = "$response.body"
    PARAMETER = "parameter"  # a bare name: a parameter, else a body property
    PATH_VARIABLE = "path variable"  # a path parameter of the callback operation itself
    OPAQUE = "opaque"  # nothing that can be read; any text fits


GrammarCode = Literal[
    "expr-bare-name",
    "expr-brace",
    "expr-case",
    "expr-dot-body",
    "expr-empty",
    "expr-foreign",
    "expr-missing-dollar",
    "expr-path-var",
    "expr-pointer",
    "expr-source",
    "expr-space",
    "expr-syntax",
    "key-fragment",
    "key-missing",
    "key-relative",
]
"""The codes of findings about the grammar of a key or an expression."""

BARE_NAMES = frozenset({Source.PARAMETER, Source.OPAQUE})
"""The sources of a name without `$request` or `$response`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrammarFinding:
    """One way in which a text does not conform to the grammar.

    `code` is the finding's short code, `detail` what is wrong, `instead` the conforming
    form of the same meaning, if there is one.
    """

    code: GrammarCode
    detail: str
    instead: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A runtime expression, read.

    `name` is the header's, parameter's or bare name; `pointer` the tokens below a body,
    None for the whole body; `text` the expression as written, without its braces.
    """

    source: Source
    name: str = ""
    pointer: json_pointer.Tokens | None = None
    text: str
    findings: tuple[GrammarFinding, ...] = ()

    @property
    def field(self) -> str:
        """The name of the value that is read: `callbackUrl`, `id`, `X-Hook`."""
        name = self.pointer[-1] if self.pointer else self.name
        return name or self.source.value.rpartition(".")[2].lstrip("$")

    @property
    def canonical(self) -> str:
        """The conforming text of the same meaning, else the text as written."""
        if self.source in BARE_NAMES or self.source is Source.PATH_VARIABLE:
            return self.text
        if self.source in (Source.REQUEST_BODY, Source.RESPONSE_BODY):
            if self.pointer is None:
                return self.source.value
            return f"{self.source.value}#{json_pointer.render(self.pointer)}"
        if self.source in (Source.URL, Source.METHOD, Source.STATUS_CODE):
            return self.source.value
        return f"{self.source.value}.{self.name}"

    @property
    def conforming(self) -> str | None:
        """The text to write instead of a non-conforming one, if there is one."""
        if self.source in (
            Source.OPAQUE,
            Source.PATH_VARIABLE,
            Source.REQUEST_COOKIE,
        ):
            return None
        if self.source is Source.PARAMETER:
            return f"$request.query.{self.name}"
        return self.canonical


_TCHAR = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]"
_CHAR = r"[^\x00-\x1f]"  # a JSON string's char; quotes and backslashes come escaped
# RFC 5234 §2.3: literal text in a grammar is case-insensitive.
_GRAMMAR = re.compile(
    rf"""\$(?:
      (?P<plain>url|method|statusCode)
    | (?P<message>request|response)\.(?:
        (?P<header>header)\.(?P<token>{_TCHAR}+)
      | (?P<part>query|path)\.(?P<name>{_CHAR}*)
      | (?P<body>body)(?:\#(?P<pointer>(?:/(?:[^~/\x00-\x1f]|~[01])*)*))?
      )
    )""",
    # Without re.ASCII, `K` (KELVIN SIGN) would match a `k`.
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_EXACT = {source.value.lower(): source for source in Source}


def parse(text: str) -> Expression:
    """Read an expression: by the grammar if it conforms, else tolerantly.

    Never raises: an expression that cannot be read at all is `Source.OPAQUE` with a
    finding.
    """
    stripped = text.strip()
    found = _strict(stripped, text) or _tolerant(stripped, text)
    if stripped == text or not stripped:
        return found
    return _with(found, "expr-space", f"{text!r} has spaces around the expression")


def _with(found: Expression, code: GrammarCode, detail: str) -> Expression:
    finding = GrammarFinding(code=code, detail=detail, instead=found.conforming)
    return replace(found, findings=(finding, *found.findings))


def _strict(expression: str, text: str) -> Expression | None:
    match = _GRAMMAR.fullmatch(expression)
    if match is None:
        return None
    written, source = _source(match)
    pointer = match["pointer"]
    found = Expression(
        source=source,
        name=match["token"] or match["name"] or "",
        pointer=None if pointer is None else json_pointer.parse(pointer),
        text=text,
    )
    if written == source.value:
        return found
    detail = f"{written!r} is written {source.value!r} in OpenAPI"
    return _with(found, "expr-case", detail)


def _source(match: re.Match[str]) -> tuple[str, Source]:
    """Return the part of the text that names the source, and the source."""
    if match["plain"]:
        written = "$" + match["plain"]
    else:
        part = match["header"] or match["part"] or match["body"]
        written = f"${match['message']}.{part}"
    return written, _EXACT[written.lower()]


def as_path_variable(found: Expression) -> Expression:
    """Return a bare name as a path variable of the callback operation."""
    detail = (
        f"{found.text!r} is a path parameter of the callback operation; any value fits"
    )
    finding = GrammarFinding(code="expr-path-var", detail=detail)
    return replace(found, source=Source.PATH_VARIABLE, findings=(finding,))


# --- tolerant readings: the first that matches ---------------------------------------

_Correction = Callable[[re.Match[str]], tuple[str, str]]
"""From the match: the text to read instead, and why."""

_NAME = r"[A-Za-z_][\w.\-]*"


def _dots(tail: str) -> str:
    """Write `.a.b`, `/a/b` or `a` as a JSON Pointer."""
    return "/" + "/".join(part for part in re.split(r"[./]", tail) if part)


def _aliased(part: str) -> str:
    return {"headers": "header", "params": "query", "queries": "query"}.get(
        part.lower(), part.lower()
    )


_CORRECTIONS: tuple[tuple[GrammarCode, str, _Correction], ...] = (
    (
        "expr-missing-dollar",
        r"(?P<rest>(?:request|response)\..*)",
        lambda m: ("$" + m["rest"], "an expression starts with '$'"),
    ),
    (
        "expr-syntax",
        r"[\\]+(?P<rest>\$.*)",
        lambda m: (m["rest"], "a backslash has no meaning before an expression"),
    ),
    (
        "expr-dot-body",
        r"(?P<head>\$(?:request|response)\.body)\.(?P<tail>[^#/]+)",
        lambda m: (
            f"{m['head']}#{_dots(m['tail'])}",
            "a property of the body is read with a JSON Pointer",
        ),
    ),
    (
        "expr-pointer",
        r"(?P<head>\$(?:request|response)\.body)(?:\#\.?|/)(?P<tail>[^#~]*)",
        lambda m: (
            f"{m['head']}#{_dots(m['tail'])}",
            "'#' and a JSON Pointer that starts with '/' follow the body",
        ),
    ),
    (
        "expr-source",
        (
            r"\$request\.(?P<part>query|path|headers?|params|queries|cookies?)"
            r"(?:\#/?|/|\.)(?P<name>.+)"
        ),
        lambda m: (
            f"$request.{_aliased(m['part'])}.{m['name']}",
            "header, query and path are followed by '.' and a name",
        ),
    ),
    (
        "expr-source",
        r"\$response\.(?P<part>headers)(?:\#/?|/|\.)(?P<name>.+)",
        lambda m: (f"$response.header.{m['name']}", "the source is called 'header'"),
    ),
    (
        "expr-syntax",
        r"\$\.(?P<tail>.+)",
        lambda m: (
            f"$request.body#{_dots(m['tail'])}",
            "this is JSONPath, not a runtime expression",
        ),
    ),
)
_COMPILED = tuple(
    (code, re.compile(pattern, re.IGNORECASE), reading)
    for code, pattern, reading in _CORRECTIONS
)
_COOKIE = re.compile(r"\$request\.cookies?\.(?P<name>.+)", re.IGNORECASE)
_FOREIGN = re.compile(r"\$(?:inputs|steps|workflows|sourceDescriptions|components)\.")
_BARE = re.compile(rf"\$?(?P<name>{_NAME})")
_MESSAGE = re.compile(r"\$?(?:request|response)\.", re.IGNORECASE)


def _tolerant(expression: str, text: str) -> Expression:
    if not expression:
        return _opaque(text, "expr-empty", "an empty expression names no value")
    if _FOREIGN.match(expression):
        return _opaque(
            text, "expr-foreign", f"{expression!r} is an Arazzo expression, not OpenAPI"
        )
    for code, pattern, reading in _COMPILED:
        match = pattern.fullmatch(expression)
        if match is not None:
            found = _again(code, reading(match), expression, text)
            if found is not None:
                return found
    bare = _BARE.fullmatch(expression)
    if bare is not None and not _MESSAGE.match(expression):
        return _with(
            Expression(source=Source.PARAMETER, name=bare["name"], text=text),
            "expr-bare-name",
            f"{expression!r} is not a runtime expression; read as the request's "
            f"parameter or property {bare['name']!r}",
        )
    return _opaque(text, "expr-syntax", f"{expression!r} is not a runtime expression")


def _again(
    code: GrammarCode, reading: tuple[str, str], expression: str, text: str
) -> Expression | None:
    """Read the corrected text; it may have a second finding."""
    corrected, why = reading
    cookie = _COOKIE.fullmatch(corrected)
    if cookie is not None:
        found: Expression | None = Expression(
            source=Source.REQUEST_COOKIE, name=cookie["name"], text=text
        )
    else:
        found = _strict(corrected, text)
        if found is None and corrected != expression:
            found = _tolerant(corrected, text)
    if found is None or found.source is Source.OPAQUE:
        return None
    return _with(found, code, f"{expression!r}: {why}")


def _opaque(text: str, code: GrammarCode, detail: str) -> Expression:
    return Expression(
        source=Source.OPAQUE,
        name=text.strip(),
        text=text,
        findings=(GrammarFinding(code=code, detail=detail),),
    )
