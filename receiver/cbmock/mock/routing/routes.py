"""Routes: operations with the URLs that lead to them, found by path and query.

It decides the weight of a route, the violations of a URL that still matches, and which of
several routes with one path a query selects. It must not know hosts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote_plus

from cbmock.description.callback_keys import KeyPart, KeyParts, QueryPair
from cbmock.description.operations import Operation
from cbmock.description.runtime_expressions import BARE_NAMES, Expression, Source
from cbmock.http.query import query_pairs
from cbmock.mock.routing import url_templates
from cbmock.mock.routing.url_templates import Captures, TemplateTrie
from cbmock.mock.routing.urls import Mount, after_base, below
from cbmock.violations import Violation, shown

# A server whose host or path has variables is not an alias.
_SERVER = re.compile(r"https?://(?P<host>[^/?#{]+)(?P<path>/[^?#{]*)?\Z", re.IGNORECASE)


_PATH_PARAMETERS = BARE_NAMES | {Source.PATH_VARIABLE}


class Route(NamedTuple):
    """A mount, with what decides between routes that match one URL.

    `weight` is greater the more of the URL is literal: more literal characters, fewer
    expressions, more query pairs. `tail` is the path after the base, percent-encoded.
    `expressions` are those of the whole path.
    """

    mount: Mount
    weight: tuple[int, int, int]
    expressions: tuple[Expression, ...] = ()
    tail: KeyParts = ()

    @property
    def operation(self) -> Operation:
        """The operation that the route leads to."""
        return self.mount.operation


class Candidate(NamedTuple):
    """A route that a request matches, and the values in its URL.

    `captures` pairs each expression of path and query with its percent-encoded text.
    """

    route: Route
    captures: tuple[tuple[Expression, str], ...] = ()
    violations: tuple[Violation, ...] = ()

    @classmethod
    def with_captures(
        cls, route: Route, captures: Captures, *violations: Violation
    ) -> Candidate:
        """Pair what was captured with the expressions of the route's template."""
        # A webhook's variables at the end may be left out.
        pairs = zip(route.expressions, captures, strict=False)
        return cls(route, tuple(pairs), violations)

    @property
    def operation(self) -> Operation:
        """The operation that the request may be for."""
        return self.route.mount.operation

    @property
    def path(self) -> dict[str, str]:
        """The raw texts by name, for parameters that are declared `in: path`."""
        return {
            expression.name: text
            for expression, text in self.captures
            if expression.source in _PATH_PARAMETERS
        }

    @property
    def is_bare(self) -> bool:
        """Whether the key is only an expression, which every URL matches."""
        key = self.operation.key
        return key is not None and not key.query and self.route.weight[0] == 0

    @property
    def is_of_any_webhook(self) -> bool:
        """Whether the URL is the one for all webhooks, which says nothing of the event."""
        return self.operation.key is None and self.route.weight == (0, 0, 0)

    @property
    def failed(self) -> bool:
        """Whether the URL matches only in part."""
        return any(each.severity == "error" for each in self.violations)


def route_to(mount: Mount) -> Route:
    """Return the route to a mount."""
    key = mount.operation.key
    if key is None:
        found = _expressions(webhook_template(mount.operation.name))
        return Route(mount, (0, 0, 0), found)
    found = _expressions(key.path)
    pairs = sum(_literal(pair) is not None for pair in key.query)
    weight = (literals(key.path), -len(found), pairs)
    tail = below(key.path) if key.base is None else key.path
    return Route(mount, weight, found, url_templates.wire(tail))


def _expressions(parts: KeyParts) -> tuple[Expression, ...]:
    return tuple(part for part in parts if isinstance(part, Expression))


def servers(operation: Operation) -> Iterator[tuple[str, str]]:
    """Yield host and path of the servers that a callback or webhook states itself.

    They are additional URLs of the mock, not the base of a registered URL. The servers at
    the document's root are those of the sender.
    """
    item, node = operation.path_item, operation.node
    stated = None if node is None else node.get("servers")
    if stated is None and item is not None:
        stated = item.fields.get("servers")
    for server in () if stated is None else stated.items():
        url = server.value.get("url") if isinstance(server.value, dict) else None
        found = _SERVER.match(url) if isinstance(url, str) else None
        if found is not None:
            yield (
                found["host"].lower(),
                url_templates.normal((found["path"] or "").rstrip("/")),
            )


def literals(parts: KeyParts) -> int:
    """Count the literal characters."""
    return sum(len(part) for part in parts if isinstance(part, str))


def shape(route: Route) -> str:
    """Write the URL of a route for people: `…/invoices/{$request.body.id}`."""
    key = route.operation.key
    if key is None:
        return route.mount.path
    return key.text if key.base is None else "…" + after_base(key)


def webhook_template(name: str) -> KeyParts:
    """Read the `{variables}` of a webhook's name, which is not a URL yet."""
    parts: list[KeyPart] = []
    for position, text in enumerate(re.split(r"\{([^{}/]*)\}", name)):
        if position % 2:
            parts.append(Expression(source=Source.PARAMETER, name=text, text=text))
        elif text:
            parts.append(quote(text, errors="replace"))
    return tuple(parts)


def suspicion(code: str, detail: str, name: str | None = None) -> Violation:
    """Return the violation of a URL that matches nevertheless."""
    return Violation(
        location="url", code=code, detail=detail, name=name, severity="warning"
    )


def unencoded(candidate: Candidate) -> Candidate:
    """Add the violations of values that are empty or hold a slash."""
    found = []
    for expression, text in candidate.captures:
        if not text:
            detail = f"{{{expression.text}}} is empty in the URL"
            found.append(suspicion("undefined", detail, expression.field))
        elif "/" in text:
            detail = f"{{{expression.text}}} holds an unencoded '/': {shown(text)}"
            found.append(suspicion("unencoded", detail, expression.field))
    return candidate._replace(violations=(*candidate.violations, *found))


# --- the query that a key asks for ------------------------------------------------------


def with_query(candidate: Candidate, query: str) -> Candidate:
    """Add the values of the query, and violations for missing pairs.

    A candidate with missing pairs is used only if there is no other.
    """
    key = candidate.operation.key
    if key is None or not key.query:
        return candidate
    captures = candidate.captures
    missing = []
    for pair in key.query:
        found = _captured(pair, query)
        if found is None:
            detail = f"the key has the query {_pair(pair)}, the URL has "
            detail += shown(query) if query else "no query"
            missing.append(
                Violation(
                    location="url", code="query-mismatch", detail=detail, name=pair.name
                )
            )
        else:
            captures += found
    violations = (*candidate.violations, *missing)
    return candidate._replace(captures=captures, violations=violations)


def _captured(pair: QueryPair, query: str) -> tuple[tuple[Expression, str], ...] | None:
    """Return the texts of a pair's expressions; None if no sent pair matches."""
    if not pair.name:
        return ()  # the whole pair is computed
    template = tuple(
        unquote_plus(part) if isinstance(part, str) else part for part in pair.value
    )
    expressions = [part for part in template if isinstance(part, Expression)]
    for each in query.split("&"):
        name, _, value = each.partition("=")
        if unquote_plus(name) != unquote_plus(pair.name):
            continue
        found = url_templates.match(template, unquote_plus(value), least=0)
        if found is not None:
            quoted = (quote(text, safe="", errors="replace") for text in found)
            return tuple(zip(expressions, quoted, strict=True))
    return None


def literal_pair(route: Route) -> tuple[str, str] | None:
    """Return the first pair of a key's query that is literal, decoded."""
    key = route.operation.key
    for pair in () if key is None else key.query:
        value = _literal(pair)
        if pair.name and value is not None:
            return unquote_plus(pair.name), unquote_plus(value)
    return None


def _literal(pair: QueryPair) -> str | None:
    if any(isinstance(part, Expression) for part in pair.value):
        return None
    return "".join(str(part) for part in pair.value)


def _pair(pair: QueryPair) -> str:
    literal = _literal(pair)
    return f"{pair.name}={'…' if literal is None else literal}"


# --- routes found by path and query -----------------------------------------------------


class _RoutesByQuery:
    """Routes of one path and method."""

    def __init__(self) -> None:
        self.free: list[Route] = []  # whose keys have no query
        self.computed: list[Route] = []  # whose keys have pairs of any value
        self.literal: dict[tuple[str, str], list[Route]] = {}  # by the first such pair

    def add(self, route: Route) -> None:
        key = route.operation.key
        pair = literal_pair(route)
        if pair is not None:
            self.literal.setdefault(pair, []).append(route)
        elif key is not None and key.query:
            self.computed.append(route)
        else:
            self.free.append(route)

    def find(self, query: str) -> Iterator[Route]:
        """Yield the routes that a query fits; all of them where it fits none."""
        yield from self.free
        yield from self.computed
        if not self.literal:
            return
        sent = {(unquote_plus(n), unquote_plus(v)) for n, v in query_pairs(query)}
        found = [route for pair in sent for route in self.literal.get(pair, ())]
        if not found and not self.free:
            found = [route for routes in self.literal.values() for route in routes]
        yield from found


class RouteIndex:
    """Routes found by the end of a path and by the query, whatever their number."""

    def __init__(self, *, anchored: bool) -> None:
        """Start empty; with `anchored`, a template must match the whole path."""
        self._paths: TemplateTrie[_RoutesByQuery] = TemplateTrie(anchored=anchored)
        self._known: dict[
            tuple[str | None, tuple[str | None, ...]], _RoutesByQuery
        ] = {}

    def __bool__(self) -> bool:
        """Return whether there are any routes."""
        return bool(self._known)

    def add(self, path: KeyParts, route: Route) -> None:
        """Add a route whose path follows the base."""
        form = tuple(part if isinstance(part, str) else None for part in path)
        place = route.operation.method, form
        routes = self._known.get(place)
        if routes is None:
            routes = self._known[place] = _RoutesByQuery()
            self._paths.add(path, routes)
        routes.add(route)

    @property
    def last_segments(self) -> Collection[str] | None:
        """The literal last segments of the paths; None if others are not one expression."""
        return self._paths.last_segments

    def find(self, path: str, query: str) -> Iterator[tuple[Route, Captures]]:
        """Yield the routes that a URL matches, with the texts of their expressions."""
        for routes, captures in self._paths.find(path):
            for route in routes.find(query):
                yield route, captures
