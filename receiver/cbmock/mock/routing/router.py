"""Routing: which operations a request may be for, by its URL and method alone.

It decides what is a match, a match with reservations, and a miss. It must not know bodies,
schemas or answers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from cbmock.description.callback_keys import KeyParts
from cbmock.http.messages import Request
from cbmock.mock.routing.open_folders import OpenFolders
from cbmock.mock.routing.routes import (
    Candidate,
    Route,
    RouteIndex,
    literals,
    route_to,
    servers,
    suspicion,
    unencoded,
    webhook_template,
    with_query,
)
from cbmock.mock.routing.suggestions import Suggestions
from cbmock.mock.routing.targets import (
    LONGEST_TARGET,
    lacks_token,
    split_target,
    split_token,
    without_token,
)
from cbmock.mock.routing.url_templates import Captures, LenientTemplates
from cbmock.mock.routing.urls import CALLBACKS, WEBHOOKS, Mount, below, webhook_path
from cbmock.violations import Violation, shown

_NEAREST = 3
_MOST = 512
"""How many targets are cached, besides two for each route.

Where every callback has a URL of its own, a larger cache costs garbage collection and
gains nothing."""
_APPENDED = Violation(
    location="url",
    code="appended",
    detail="the key starts with '/', so it replaces the path of its server",
    severity="info",
)


class RouteMatch(NamedTuple):
    """The outcome: candidates of equal standing, or why there is none.

    `allow` are the methods documented at the URL, if only the method was wrong. `nearest`
    are the routes nearest to a URL that matches none, `hint` is what may be wrong.
    """

    token: str | None
    candidates: tuple[Candidate, ...] = ()
    allow: tuple[str, ...] = ()
    nearest: tuple[Route, ...] = ()
    hint: str = ""


_IndexByKey = dict[str, RouteIndex]
_Matches = Iterator[tuple[Candidate, str]]
"""Candidates, each with the query that was sent to it."""


class Router:
    """Finds routes in a time that does not grow with the number of operations."""

    def __init__(self, mounts: Iterable[Mount]) -> None:
        """Index the mounts."""
        self.routes = tuple(route_to(mount) for mount in mounts)
        self._anywhere: RouteIndex = RouteIndex(anchored=False)
        self._hosts: _IndexByKey = {}
        self._any_host: RouteIndex = RouteIndex(anchored=True)
        self._callbacks: _IndexByKey = {}
        self._webhooks: RouteIndex = RouteIndex(anchored=True)
        self._any_webhook: list[Route] = []
        self._appended: _IndexByKey = {}
        self._loose_anywhere: LenientTemplates[Route] = LenientTemplates(anchored=False)
        self._loose_callbacks: dict[str, LenientTemplates[Route]] = {}
        self._suggestions = Suggestions(self.routes)
        for route in self.routes:
            self._add(route)
        self._longest_base = max(map(len, self._callbacks), default=0)
        self._hosted = bool(self._hosts or self._any_host or self._appended)
        self._most = _MOST + 2 * len(self.routes)
        self._remembered = functools.lru_cache(maxsize=self._most)(self._find)

    def _add(self, route: Route) -> None:
        key = route.operation.key
        if key is None:
            self._add_webhook(route)
            return
        loose = self._loose_callbacks.setdefault(
            route.mount.base, LenientTemplates(anchored=True)
        )
        loose.add(route.tail, route)
        if key.host is None:
            self._loose_anywhere.add(route.tail, route)
        index = self._callbacks.setdefault(route.mount.base, RouteIndex(anchored=True))
        if key.base is not None:
            index.add(key.path, route)
            self._anywhere.add(key.path, route)
            return
        # A literal URL: its mount alone identifies it, with or without its own path.
        path = below(key.path)
        tails: tuple[KeyParts, ...] = (path, ())
        for tail in dict.fromkeys(tails):
            index.add(tail, route)
        if key.host is None:
            self._anywhere.add(path, route)
            for host, folder in servers(route.operation):
                appended = self._appended.setdefault(host, RouteIndex(anchored=True))
                if folder and key.text.startswith("/"):
                    appended.add((folder, *path), route)
        else:
            hosts = self._hosts.setdefault(key.host, RouteIndex(anchored=True))
            hosts.add(path or ("/",), route)
            if path:
                self._any_host.add(path, route)

    def _add_webhook(self, route: Route) -> None:
        """Index a webhook by its name, and by the URL that is given out for it."""
        name = route.operation.name
        anonymous = route._replace(weight=(0, 0, 0))
        self._any_webhook.append(anonymous)
        for host, folder in servers(route.operation):
            hosts = self._hosts.setdefault(host, RouteIndex(anchored=True))
            hosts.add((folder or "/",), anonymous)
        variables = -len(route.expressions)
        for text in dict.fromkeys((name.strip("/"), webhook_path(name))):
            template = webhook_template("/" + text)
            weight = (literals(template), variables, 0)
            self._webhooks.add(template, route._replace(weight=weight))

    @staticmethod
    def path_of(target: str) -> str:
        """Return the path of a target as it is routed: without origin and token."""
        path, _, _ = split_target(target, "")
        return split_token(path)[1]

    def near(self, path: str, method: str) -> tuple[Route, ...]:
        """Return the routes whose URLs look most like a path."""
        return self._suggestions.find(path, method)

    def fits(self, route: Route, path: str) -> bool:
        """Return whether a path is that of a route, whatever the method."""
        return any(each is route for each, _ in self._fitting(path, "", ""))

    def find(self, request: Request) -> RouteMatch:
        """Find the operations that a request may be for."""
        host = self._host(request)
        if len(request.target) > LONGEST_TARGET:
            return self._find(request.method, request.target, host)
        token, target = without_token(request.target)
        place = request.method, target, host
        below = self.open_folders and self.open_folders.find(*place)
        if below:
            return RouteMatch(token, below)
        found = self._remembered(*place)
        return found if token is None else found._replace(token=token)

    def has_alike(self, request: Request) -> bool:
        """Return whether all requests whose targets are `alike` have the same routes."""
        _, target = without_token(request.target)
        folders = self.open_folders
        return folders is not None and folders.is_open(
            request.method, target, self._host(request)
        )

    def _host(self, request: Request) -> str:
        return (request.headers.get("host") or "").lower() if self._hosted else ""

    @functools.cached_property
    def open_folders(self) -> OpenFolders | None:
        """The folders in which any text fits; None if one fits only some texts."""
        by_key = self._callbacks, self._hosts, self._appended
        indexes = [self._anywhere, self._webhooks]
        indexes += (index for each in by_key for index in each.values())
        named = {CALLBACKS.strip("/"), WEBHOOKS.strip("/")}
        for index in indexes:
            if index.last_segments is None:
                return None
            named.update(index.last_segments)
        return OpenFolders(self._exactly, named, self._most)

    def _exactly(self, method: str, target: str, host: str) -> tuple[Candidate, ...]:
        """Return the candidates that a target fits without reservations."""
        token, path = split_token(target)
        if token is None and lacks_token(path):
            return ()
        found = [with_query(each, "") for each, _ in self._plainly(path, "", host)]
        return self._best(None, found, method).candidates if found else ()

    def _find(self, method: str, target: str, host: str) -> RouteMatch:
        path, query, host = split_target(target, host)
        token, path = split_token(path)
        if token is None and lacks_token(path):
            return self._miss(token, path, method)
        for reading in (
            self._plainly,
            self._slash_apart,
            self._query_in_path,
            self._relaxed,
            self._at_any_host,
        ):
            found = [
                with_query(candidate, sent)
                for candidate, sent in reading(path, query, host)
            ]
            if found:
                return self._best(token, found, method)
        return self._miss(token, path, method, query)

    # Five ways to read a URL, each more tolerant than the previous one.

    def _plainly(self, path: str, query: str, host: str) -> _Matches:
        if host in self._appended:
            for route, captures in self._appended[host].find(path, query):
                yield Candidate.with_captures(route, captures, _APPENDED), query
        for route, captures in self._fitting(path, query, host):
            yield Candidate.with_captures(route, captures), query
        # A key that continues with `&` gives this if the base has no query.
        for candidate, after in self._query_in_path(path, query, host):
            key = candidate.operation.key
            if key is not None and key.query:
                yield candidate, after

    def _slash_apart(self, path: str, query: str, host: str) -> _Matches:
        other = path[:-1] if path.endswith("/") else path + "/"
        detail = f"{shown(path)} and {shown(other)} are different URLs"
        for route, captures in self._fitting(other, query, host):
            violation = suspicion("trailing-slash", detail)
            yield Candidate.with_captures(route, captures, violation), query

    def _query_in_path(self, path: str, query: str, host: str) -> _Matches:
        before, mark, after = path.partition("&")
        if not mark or query:
            return
        detail = (
            f"{shown(path)} goes on with '&' where no query was begun; "
            "the callback URL that was registered has none"
        )
        for route, captures in self._fitting(before, after, host):
            violation = suspicion("malformed", detail)
            yield Candidate.with_captures(route, captures, violation), after

    def _relaxed(self, path: str, query: str, host: str) -> _Matches:
        """Accept values that are empty or contain an unencoded slash."""
        del host
        if path == WEBHOOKS or path.startswith(WEBHOOKS + "/"):
            return
        base = self._base(path)
        if base is None:
            found = self._loose_anywhere.find(path)
        else:
            loose = self._loose_callbacks.get(base)
            found = iter(()) if loose is None else loose.find(path[len(base) :])
        for route, captures in found:
            yield unencoded(Candidate.with_captures(route, captures)), query

    def _at_any_host(self, path: str, query: str, host: str) -> _Matches:
        """Yield routes of literal URLs, whatever host the sender uses instead."""
        if not _reserved(path):
            for route, captures in self._any_host.find(path, query):
                key = route.operation.key
                documented = key.host if key is not None else None
                detail = f"the URL has the host {host!r}, documented is {documented!r}"
                yield (
                    Candidate.with_captures(route, captures, suspicion("host", detail)),
                    query,
                )

    def _fitting(
        self, path: str, query: str, host: str
    ) -> Iterator[tuple[Route, Captures]]:
        """Yield the routes that match a path exactly."""
        if path == WEBHOOKS:
            for route in self._any_webhook:
                yield route, ()
        elif path.startswith(WEBHOOKS + "/"):
            yield from self._webhooks.find(path[len(WEBHOOKS) :], query)
        elif _reserved(path):
            base = self._base(path)
            if base:
                yield from self._callbacks[base].find(path[len(base) :], query)
        else:
            yield from self._anywhere.find(path, query)
            if host in self._hosts:
                yield from self._hosts[host].find(path or "/", query)

    def _base(self, path: str) -> str | None:
        """Return the longest base that a path starts with; empty if there is none.

        None for a path outside the mock's prefixes, whose base is the client's own.
        """
        if not _reserved(path):
            return None
        base = path[: self._longest_base]
        while base and base not in self._callbacks:
            base = base[:-1]
        return base

    def _best(
        self, token: str | None, found: list[Candidate], method: str
    ) -> RouteMatch:
        if len(found) == 1 and found[0].operation.method == method:
            return RouteMatch(token, tuple(found))
        same = [each for each in found if each.operation.method == method]
        if not same and method == "HEAD":
            same = [each for each in found if each.operation.method == "GET"]
        if not same:
            allow = dict.fromkeys(str(each.operation.method) for each in found)
            near = dict.fromkeys(each.route for each in found)
            return RouteMatch(token, allow=tuple(allow), nearest=tuple(near)[:_NEAREST])
        strict = [each for each in same if not each.failed] or same
        weight = max(each.route.weight for each in strict)
        best = [each for each in strict if each.route.weight == weight]
        by_route = {each.route.mount.order: each for each in reversed(best)}
        return RouteMatch(token, tuple(by_route[order] for order in sorted(by_route)))

    def _miss(
        self, token: str | None, path: str, method: str, query: str = ""
    ) -> RouteMatch:
        """Name the routes whose URLs look most like the path."""
        appended = "/" + query.partition("/")[2]
        fitting = self._fitting(path + appended, "", "") if "/" in query else ()
        intended = tuple(dict.fromkeys(route for route, _ in fitting))
        if intended:
            hint = (
                f"the callback URL that was registered has a query of its own, so "
                f"{shown(appended)} came after its '?'"
            )
            return RouteMatch(token, nearest=intended[:_NEAREST], hint=hint)

        return RouteMatch(token, nearest=self._suggestions.find(path, method))


def _reserved(path: str) -> bool:
    return f"{path}/".startswith((CALLBACKS, WEBHOOKS + "/"))
