"""Why nothing arrived: causes that are visible in this process, a line for each.

It decides which proxies, replaced clients, tasks, addresses and tokens may have kept
calls away from a test. It must not know which calls were awaited.
"""

from __future__ import annotations

import asyncio
import difflib
import functools
import gc
import os
import socket
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cbmock.reports.text import numbered, printable
from cbmock.testing.call_view import CallView

_CLIENTS = (
    ("httpx", "HTTPTransport.handle_request"),
    ("httpx", "AsyncHTTPTransport.handle_async_request"),
    ("httpcore", "ConnectionPool.handle_request"),
    ("httpcore", "AsyncConnectionPool.handle_async_request"),
    ("httpx2", "HTTPTransport.handle_request"),
    ("httpx2", "AsyncHTTPTransport.handle_async_request"),
    ("requests", "Session.get_adapter"),
    ("requests", "adapters.HTTPAdapter.send"),
    ("aiohttp", "ClientSession._request"),
    ("urllib3", "HTTPConnectionPool.urlopen"),
)
"""Where libraries that mock a client put their own function."""

_RUNNERS = frozenset({"anyio", "pytest_asyncio", "cbmock"})
"""Packages whose tasks run the tests and do not belong to one."""
_MOST_TASKS = 3


def explained(view: CallView, hint: str | None) -> str | None:
    """Return a hint about what may have kept calls away.

    None if nothing is known, or if a call has come to the test.
    """
    lines = [] if view.calls else [*_causes(view)]
    if lines:
        causes = "\n".join(("What may have kept calls away:", *lines))
        return causes if hint is None else f"{causes}\n{hint}"
    return hint


def _causes(view: CallView) -> Iterator[str]:
    backend = view.backend
    if backend.failure is not None:
        yield f"  the mock's server has failed: {printable(backend.failure)}"
        return
    for cause in (
        _proxies(backend.url),
        _replaced_clients(urlsplit(backend.url).netloc),
        _guarded_sockets(backend.url),
        _idle_tasks(),
        _deaf_addresses(backend.url, backend.addresses),
    ):
        for line in cause:
            yield f"  {printable(line)}"


def strays(view: CallView) -> Iterator[str]:
    """Name the tokens of calls that came meanwhile for other tests."""
    own, backend = view.token, view.backend
    if own is None or backend.current != own or view.calls:
        return  # a shared mock always receives calls of others
    came = Counter(call.token for call in backend.calls(after=view.after))
    for token, count in came.items():
        if token is None or token == own:
            continue
        where = f"{numbered(count)} came below {printable(f'/t/{token}')}"
        if token in backend.tokens:
            yield f"{where}, the URL of another test"
        else:
            near = difflib.get_close_matches(token, [own], 1, 0.5)
            nearest = " (nearest: this test's)" if near else ""
            yield f"{where}, a token that no test has{nearest}"


def _proxies(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if urllib.request.proxy_bypass(host):
        return
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            value = os.environ.get(variable)
            if value:
                address = value.rpartition("@")[2]  # it may contain a password
                yield (
                    f"{variable} is set ({address}) and NO_PROXY leaves out {host}: "
                    "senders that heed it ask that proxy"
                )
                return


def _replaced_clients(mock: str) -> Iterator[str]:
    found = {}
    for client, path in _CLIENTS:
        function = functools.reduce(
            _attribute, path.split("."), sys.modules.get(client)
        )
        home = str(getattr(function, "__module__", None) or client)
        if home.partition(".")[0] != client:
            found[client] = home
    for client, home in found.items():
        yield f"{home} answers in place of {client}: let it pass requests to {mock}"


def _guarded_sockets(url: str) -> Iterator[str]:
    """Say what refuses connections to the mock in this process, as pytest-socket does."""
    parts = urlsplit(url)
    makers = (socket.socket, socket.socket.connect)
    if {getattr(each, "__module__", "socket") for each in makers} == {"socket"}:
        return  # they are Python's own
    try:
        socket.create_connection((parts.hostname, parts.port), timeout=1).close()
    except OSError:
        return
    except Exception as error:  # noqa: BLE001 - of any library that guards sockets
        yield f"{type(error).__module__} lets no sender of this process through: {error}"


def _attribute(owner: Any, name: str) -> Any:
    return getattr(owner, name, None)


def _idle_tasks() -> Iterator[str]:
    """Name the tasks that have not ended and cannot go on: their loop does not run."""
    names = sorted(
        f"{coroutine.__qualname__}() in {Path(code.co_filename).name}:{code.co_firstlineno}"
        for coroutine in _waiting_coroutines()
        if (code := getattr(coroutine, "cr_code", None)) is not None
        and _RUNNERS.isdisjoint(Path(code.co_filename).parts)
    )
    for name in names[:_MOST_TASKS]:
        yield (
            f"the task {name} has not ended, and its event loop does not run: await it in "
            "the test"
        )


def _waiting_coroutines() -> Iterable[Any]:
    # asyncio lists the tasks of a loop only, and a loop that rests has no name. The list of
    # all objects would hold half-made tuples of other threads, which then fail to grow.
    kinds = set(_below(asyncio.AbstractEventLoop))
    for each in gc.get_referrers(*kinds):
        # `isinstance` would ask proxies for what they stand for.
        if type(each) in kinds and not each.is_running():
            for task in asyncio.all_tasks(each):
                yield task.get_coro()


def _below(kind: type) -> Iterator[type]:
    """List the classes that are made of one, at any depth."""
    each: type
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


def _deaf_addresses(url: str, listening: Iterable[str]) -> Iterator[str]:
    """Name the addresses of the URL's host at which nothing listens."""
    host = urlsplit(url).hostname or ""
    heard = frozenset(listening)
    if not heard or not (host.endswith("localhost") or host == socket.gethostname()):
        return  # resolving another machine's name may take long
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return
    every = {socket.AF_INET: "0.0.0.0", socket.AF_INET6: "::"}  # noqa: S104 - read, not bound
    deaf = {
        str(address[0])
        for family, *_, address in found
        if heard.isdisjoint({address[0], every.get(family), "::"})
    }
    if deaf:
        yield (
            f"{host} is {' and '.join(sorted(deaf))} too, where the mock does not listen: "
            'host="localhost" listens at both'
        )
