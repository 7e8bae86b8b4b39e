"""The servers that the tests of a session share.

It decides how long a server runs, and which one a test has. It must not know when a test
is judged. It is loaded when a test uses the fixture.
"""

from __future__ import annotations

import functools
import random
import re
from os import PathLike
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.errors import ReceiverError
from cbmock.testing.call_view import is_plain
from cbmock.testing.plugin_settings import (
    arguments,
    configured,
    default_spec,
    has_operations,
    play,
    setting,
    setting_without_option,
    spec_of,
)

if TYPE_CHECKING:
    from cbmock.testing.late_calls import LateCalls
    from cbmock.testing.receiver import Receiver

REPORTING = "cbmock-reporting"
"""The name of the plugin that takes what each test received."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_]+")
_LONGEST_NAME = 40
_number = random.Random().getrandbits  # noqa: S311 - a token is no secret
"""Not the generator that tests seed, nor that of the system, which takes longer."""


class SharedServers:
    """The running servers by document and options, and what the summary says of them."""

    def __init__(self, config: pytest.Config) -> None:
        """Start with no server."""
        self._config = config
        self._servers: dict[object, tuple[Receiver, Any]] = {}
        self._usual: dict[int, Receiver] = {}
        self._unused: list[str] = []
        self._parent: object = self
        self._parent_marked = False

    def begin(self, item: pytest.Item, options: dict[str, Any]) -> Receiver:
        """Return the receiver of a test that begins; fails the test without a document."""
        try:
            receiver = self._server_of(item, options).for_test(_token(item.name))
            if self._plays:
                play(self._config, receiver)
        except ReceiverError as error:
            reason = error.message
        else:
            return receiver
        pytest.fail(f"cbmock: {reason}", pytrace=False)

    def end(self, item: pytest.Item, receiver: Receiver, last: int) -> None:
        """End a test, whose last call has the id `last`."""
        test = item.nodeid
        if not self._url and (unused := receiver.unused_replies):
            self._unused += [f"{test}: {each}" for each in unused]
        if self._reporting is not None:
            self._reporting.take(test, receiver)
        receiver.end_test()
        self.late.ended(test, receiver, last)

    def usual(self, options: dict[str, Any]) -> Receiver:
        """Return the server of tests that name no document; fails without a document."""
        try:
            return self._server(default_spec(self._config, options), options)
        except ReceiverError as error:
            reason = error.message
        pytest.fail(f"cbmock: {reason}", pytrace=False)

    @functools.cached_property
    def _reporting(self) -> Any:
        return self._config.pluginmanager.get_plugin(REPORTING)

    @functools.cached_property
    def _url(self) -> str | None:
        """The URL of a running mock; cached, because settings do not change in a session."""
        return setting(self._config, "url")

    @functools.cached_property
    def _plays(self) -> bool:
        """Whether the configuration file may have responses for operations."""
        return not self._url and has_operations(self._config)

    def _server_of(self, item: pytest.Item, options: dict[str, Any]) -> Receiver:
        """Return a test's server; the one for tests without a marker is cached."""
        if self._is_marked(item):
            found = self._server(spec_of(item, options), options)
            self.late.began(found)
            return found
        usual = self._usual.get(id(options))
        if usual is None:
            usual = self._server(default_spec(item.config, options), options)
            self.late.began(usual)
            self._usual[id(options)] = usual
        return usual

    def _is_marked(self, item: pytest.Item) -> bool:
        """Return whether a test has the marker; its class and module are asked once."""
        parent = item.parent
        if parent is not self._parent and parent is not None:
            self._parent = parent
            self._parent_marked = parent.get_closest_marker("cbmock") is not None
        for each in item.own_markers:
            if each.name == "cbmock":
                return True
        return self._parent_marked

    def _server(self, spec: Any, options: dict[str, Any]) -> Receiver:
        """Return the running server of a document, or the running mock for all documents."""
        named = str(spec) if isinstance(spec, str | PathLike) else id(spec)
        key = named, id(options)
        if key not in self._servers:
            from cbmock.testing.receiver import Receiver  # noqa: PLC0415 - 500 ms, only when used

            given = configured(self._config) | arguments(options, Receiver)
            if self._url:
                access = setting_without_option(self._config, "token")
                found = Receiver.at(self._url, spec, access_token=access)
            else:
                found = Receiver(spec, **given)
            self._servers[key] = found.start(), options
        return self._servers[key][0]

    @functools.cached_property
    def late(self) -> LateCalls:
        """The calls that come after their tests."""
        from cbmock.testing.late_calls import LateCalls  # noqa: PLC0415 - 3 ms, only when used

        found = LateCalls(self._config)
        self._config.pluginmanager.register(found, "cbmock-late-calls")
        return found

    def stop(self) -> None:
        """Stop the servers."""
        for each, _ in self._servers.values():
            each.stop()

    def summarize(self, terminal: pytest.TerminalReporter) -> None:
        """List served examples that are invalid against their own schemas, and more."""
        if found := self._findings:
            terminal.section("cbmock: invalid examples were served")
            for each in found:
                terminal.line(each)
        if self._unused:
            terminal.section("cbmock: scripted replies that no call got")
            for each in self._unused:
                terminal.line(each)

    @property
    def _findings(self) -> dict[str, None]:
        """The findings on the examples that the session's own servers have served."""
        return {
            f"{each.where}: {each.code}: {each.detail}": None
            for server, _ in self._servers.values()
            if not self._url
            for each in server.findings
        }


def _token(test: str) -> str:
    """Return a token that people recognise as the test's in a log."""
    name = test.replace("[", "-").removesuffix("]")
    if not is_plain(name):
        name = _UNSAFE.sub("-", test).strip("-")
    return f"{name[:_LONGEST_NAME]}-{_number(24):06x}"
