"""Key expressions: the keys of a Callback Object, read into URL templates.

It decides where a key's base URL ends and which path and query follow it (OAS 3.0.4
§4.8.18.3, 3.1.1 §4.8.18.3; textual concatenation, no URL join). It must not know mounts,
requests or how expressions are evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from cbmock.description import runtime_expressions
from cbmock.description.runtime_expressions import (
    BARE_NAMES,
    Expression,
    GrammarFinding,
    Source,
)

KeyPart = str | Expression
KeyParts = tuple[KeyPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryPair:
    """A pair of the key's query: its name and the parts of its value."""

    name: str
    value: KeyParts


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyExpression:
    """A key, read.

    `parts` are its literal texts and expressions in order. Three kinds of base:
    `base` is the expression that the URL starts with; otherwise `host` is the literal
    `host[:port]` of an absolute URL; otherwise both are None and the key is relative.
    `path` are the parts after the base and before any query, `query` the pairs.
    """

    text: str
    parts: KeyParts
    base: Expression | None
    host: str | None
    path: KeyParts
    query: tuple[QueryPair, ...]
    findings: tuple[GrammarFinding, ...]

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The expressions of the key, in order."""
        return tuple(part for part in self.parts if isinstance(part, Expression))


def parse(text: str) -> KeyExpression:
    """Read a key; never raises, because mistakes become findings."""
    parts, findings = _split(text.strip())
    if text != text.strip():
        findings = [
            GrammarFinding(
                code="expr-space",
                detail=f"{text!r} has spaces around the key",
                instead=text.strip(),
            ),
            *findings,
        ]
    base, host, rest, more = _base(text, parts)
    path, query, fragment = _path_and_query(rest)
    found = [*findings, *more]
    found += [
        d for part in parts if isinstance(part, Expression) for d in part.findings
    ]
    if fragment:
        found.append(
            GrammarFinding(
                code="key-fragment",
                detail=f"{text!r} has a fragment, which is never sent",
                instead=_FRAGMENT.sub(r"\1", text),
            )
        )
    return KeyExpression(
        text=text,
        parts=parts,
        base=base,
        host=host,
        path=path,
        query=query,
        findings=tuple(found),
    )


def with_path_variables(key: KeyExpression, names: Collection[str]) -> KeyExpression:
    """Return a key whose bare names that are in `names` are path variables.

    `names` are the path parameters of the callback operation. The base stays as it is,
    because a registered URL is not a path variable.
    """
    changed = {
        each: runtime_expressions.as_path_variable(each)
        for each in key.expressions
        if each is not key.base and each.source in BARE_NAMES and each.name in names
    }
    if not changed:
        return key
    replaced = [finding for each in changed for finding in each.findings]
    added = [finding for each in changed.values() for finding in each.findings]

    def read(parts: KeyParts) -> KeyParts:
        return tuple(
            changed.get(each, each)
            if isinstance(each, Expression) and each is not key.base
            else each
            for each in parts
        )

    return replace(
        key,
        parts=read(key.parts),
        path=read(key.path),
        query=tuple(replace(pair, value=read(pair.value)) for pair in key.query),
        findings=(*(f for f in key.findings if f not in replaced), *added),
    )


def missing(method: str) -> KeyExpression:
    """Return a stand-in for a missing key where a method is in its place."""
    opaque = Expression(source=Source.OPAQUE, name="url", text="url")
    return KeyExpression(
        text=method,
        parts=(opaque,),
        base=opaque,
        host=None,
        path=(),
        query=(),
        findings=(
            GrammarFinding(
                code="key-missing",
                detail=f"{method!r} is a method; the key that gives the callback's URL "
                "is missing above it",
                instead="{$request.body#/callbackUrl}",
            ),
        ),
    )


_FRAGMENT = re.compile(r"(\{[^{}]*\})|#.*", re.DOTALL)


# --- text → parts ---------------------------------------------------------------------

# What is between braces, and the forms that people write instead.
_EMBEDDED = re.compile(
    r"\$?\{+(?P<braced>[^{}]*)\}+"
    r"|\{+(?P<open>[^{}]+)\Z"
    r"|<(?P<angled>[^<>/]+)>"
    r"|(?<=/):(?P<colon>[A-Za-z_]\w*)"
)
_BARE_IN_URL = re.compile(
    r"https?://(?P<bare>\$(?:request|response)s?\.(?:body\#[^?&{]+|[^/?&#{]+))",
    re.IGNORECASE,
)


_PLURAL = re.compile(r"(\$(?:request|response))s\.", re.IGNORECASE)


def _split(text: str) -> tuple[KeyParts, list[GrammarFinding]]:
    """Cut a key into literals and expressions."""
    if text.startswith("$") and "{" not in text:
        # A key that is wholly an expression needs no braces.
        return (runtime_expressions.parse(text),), []
    bare = _BARE_IN_URL.match(text)
    if bare is not None:
        return _bare_in_url(text, bare)
    return _embedded_in(text)


def _embedded_in(text: str) -> tuple[KeyParts, list[GrammarFinding]]:
    parts: list[KeyPart] = []
    findings: list[GrammarFinding] = []
    end = 0
    for match in _EMBEDDED.finditer(text):
        if match.start() > end:
            parts.append(text[end : match.start()])
        expression, own = _embedded(match)
        parts.append(expression)
        findings += own
        end = match.end()
    if end < len(text):
        parts.append(text[end:])
    findings += [
        GrammarFinding(
            code="expr-brace", detail=f"{part!r} has a brace without its pair"
        )
        for part in parts
        if isinstance(part, str) and re.search(r"[{}]", part)
    ]
    return tuple(parts), findings


def _embedded(match: re.Match[str]) -> tuple[Expression, list[GrammarFinding]]:
    written = match[0]
    if match["braced"] is not None:
        expression = runtime_expressions.parse(match["braced"])
        instead = f"{{{match['braced']}}}"
        if written == instead:
            return expression, []
        why = "an expression is embedded in one pair of braces"
    elif match["open"] is not None:
        expression = runtime_expressions.parse(match["open"])
        instead = f"{{{match['open']}}}"
        return expression, [
            GrammarFinding(
                code="expr-brace",
                detail=f"{written!r} has no closing '}}'",
                instead=instead,
            )
        ]
    else:
        name = match["angled"] or match["colon"]
        expression = Expression(source=Source.OPAQUE, name=name, text=name)
        instead = f"{{$request.query.{name}}}"
        why = "this is not a runtime expression"
    return expression, [
        GrammarFinding(
            code="expr-syntax", detail=f"{written!r}: {why}", instead=instead
        )
    ]


def _bare_in_url(
    text: str, match: re.Match[str]
) -> tuple[KeyParts, list[GrammarFinding]]:
    """Read `http://$request.query.url`: a host cannot start with `$`, so it is the URL."""
    written = match["bare"]
    expression = runtime_expressions.parse(_PLURAL.sub(r"\1.", written))
    rest = text[match.end() :]
    parts, findings = _embedded_in(rest)
    braces = GrammarFinding(
        code="expr-syntax",
        detail=f"{text!r}: the expression gives the whole URL and needs braces",
        instead=f"{{{expression.canonical}}}{rest}",
    )
    return (expression, *parts), [braces, *findings]


# --- parts → base, path, query --------------------------------------------------------

_ABSOLUTE = re.compile(r"[a-z][a-z0-9+.\-]*://(?P<host>[^/?#&]*)", re.IGNORECASE)


def _base(
    text: str, parts: KeyParts
) -> tuple[Expression | None, str | None, KeyParts, list[GrammarFinding]]:
    if not parts:
        return (
            None,
            None,
            (),
            [GrammarFinding(code="expr-empty", detail="an empty key names no URL")],
        )
    first, *rest = parts
    if isinstance(first, Expression):
        return first, None, tuple(rest), []
    absolute = _ABSOLUTE.match(first)
    if absolute is not None:
        return _absolute(first, absolute, rest)
    return (
        None,
        None,
        parts,
        [
            GrammarFinding(
                code="key-relative",
                detail=f"{text!r} is a relative URL without a base; "
                "a callback's key starts with the URL that the client registered",
                instead="{$request.body#/callbackUrl}/" + text.lstrip("/"),
            )
        ],
    )


def _absolute(
    first: str, absolute: re.Match[str], rest: Sequence[KeyPart]
) -> tuple[Expression | None, str | None, KeyParts, list[GrammarFinding]]:
    after = first[absolute.end() :]
    head = rest[0] if rest else None
    if not after and isinstance(head, Expression):
        # `https://{$request.query.host}/x`, `https://api.{…}.com/x`: the host is
        # computed, and what follows it up to the next '/' belongs to it.
        return head, None, _after_host(tuple(rest[1:])), []
    path: KeyParts = (after, *rest) if after else tuple(rest)
    host = absolute["host"].rpartition("@")[2].lower()
    return None, host, path, []


def _after_host(parts: KeyParts) -> KeyParts:
    """Drop the rest of the host: everything before the first `/`, `?` or `#`."""
    for index, part in enumerate(parts):
        if isinstance(part, str):
            match = re.search(r"[/?#]", part)
            if match is not None:
                return (part[match.start() :], *parts[index + 1 :])
    return ()


def _path_and_query(parts: KeyParts) -> tuple[KeyParts, tuple[QueryPair, ...], bool]:
    """Cut at the first `?`, or at an `&` (the base is presumed to hold the `?`)."""
    path: list[KeyPart] = []
    query: list[KeyPart] = []
    target = path
    fragment = False
    for part in parts:
        if isinstance(part, Expression):
            target.append(part)
            continue
        literal, hash_, _ = part.partition("#")
        if target is path:
            before, mark, after = _cut(literal)
            path += [before] if before else []
            if mark:
                target = query
                query += [after] if after else []
        elif literal:
            query.append(literal)
        if hash_:
            fragment = True
            break
    return tuple(path), _pairs(tuple(query)), fragment


def _cut(literal: str) -> tuple[str, str, str]:
    match = re.search(r"[?&]", literal)
    if match is None:
        return literal, "", ""
    return literal[: match.start()], match[0], literal[match.end() :]


def _pairs(parts: KeyParts) -> tuple[QueryPair, ...]:
    pairs: list[list[KeyPart]] = [[]]
    for part in parts:
        if isinstance(part, Expression):
            pairs[-1].append(part)
            continue
        first, *others = part.split("&")
        pairs[-1] += [first] if first else []
        pairs += [[other] if other else [] for other in others]
    return tuple(_pair(pair) for pair in pairs if pair and pair[0])


def _pair(parts: list[KeyPart]) -> QueryPair:
    head = parts[0]
    if isinstance(head, Expression):
        # `?{$request.body#/query}`: the whole pair is computed.
        return QueryPair(name="", value=tuple(parts))
    name, _, value = head.partition("=")
    return QueryPair(name=name, value=(*((value,) if value else ()), *parts[1:]))
