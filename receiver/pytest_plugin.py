"""The pytest plugin: the fixture `cbmock`, its options and its verdict at teardown.

It decides which document a test is about and when a test fails for what arrived. It must
not know how calls are checked. Nothing beyond pytest is imported until a test asks for the
fixture.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Generator, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from receiver.receiver import Receiver

_FAILED = pytest.StashKey[bool]()
_RECEIVER = pytest.StashKey["Receiver"]()
_FINDINGS = pytest.StashKey[dict[str, None]]()
_LONGEST_NAME = 40


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--cbmock-spec` and the ini setting `cbmock_spec`."""
    help_ = "OpenAPI document of the `cbmock` fixture: path, URL or module:attribute"
    parser.addini("cbmock_spec", help_)
    group = parser.getgroup("cbmock", "callbacks and webhooks (cbmock)")
    group.addoption("--cbmock-spec", metavar="SPEC", default=None, help=help_)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line(
        "markers",
        "cbmock(spec): the OpenAPI document that the `cbmock` fixture of this test plays",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what arrived below a test that failed; then it is not told again."""
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed
        if report.failed and _RECEIVER in item.stash:
            report.sections.append(("cbmock", item.stash[_RECEIVER].story()))
    return report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell of examples that were served although they break their own schemas."""
    told = config.stash.get(_FINDINGS, {})
    if told:
        terminalreporter.section("cbmock: invalid examples were served")
        for each in told:
            terminalreporter.line(each)


@pytest.fixture(scope="session")
def _cbmock_servers() -> Iterator[Callable[[Any], Receiver]]:
    """One running server for each document of the session."""
    servers: dict[object, Receiver] = {}

    def server(spec: Any) -> Receiver:
        from receiver.receiver import Receiver  # noqa: PLC0415 - only when used

        key = str(spec) if isinstance(spec, str | PathLike) else id(spec)
        if key not in servers:
            servers[key] = Receiver(spec).start()
        return servers[key]

    yield server
    for each in servers.values():
        each.stop()


@pytest.fixture
def cbmock(
    request: pytest.FixtureRequest, _cbmock_servers: Callable[[Any], Receiver]
) -> Iterator[Receiver]:
    """Play the other side of the API's callbacks and webhooks: see `receiver.Receiver`.

    Fails the test at its end if a call broke the contract, unless that was allowed.
    """
    receiver = _set_up(request, _cbmock_servers)
    request.node.stash[_RECEIVER] = receiver
    yield receiver
    receiver.respond_as_documented()
    del request.node.stash[_RECEIVER]
    told = request.config.stash.setdefault(_FINDINGS, {})
    told |= {f"{e.where}: {e.code}: {e.detail}": None for e in receiver.findings}
    if request.node.stash.get(_FAILED, False):
        return
    failure = _verdict(receiver)
    if failure is not None:
        pytest.fail(failure, pytrace=False)


def _set_up(
    request: pytest.FixtureRequest, servers: Callable[[Any], Receiver]
) -> Receiver:
    from receiver.errors import ReceiverError  # noqa: PLC0415 - only when used

    spec, reason = _spec(request), ""
    try:
        return servers(spec).for_test(_token(request.node.name))
    except ReceiverError as error:
        reason = error.message
    pytest.fail(f"cbmock: {reason}", pytrace=False)


def _verdict(receiver: Receiver) -> str | None:
    try:
        receiver.verify()
    except AssertionError as error:
        return str(error)
    return None


def _spec(request: pytest.FixtureRequest) -> Any:
    """Find the document: marker, then command line, then ini."""
    marker = request.node.get_closest_marker("cbmock")
    if marker is not None:
        if marker.args:
            return _in_root(marker.args[0], request.config)
        if "spec" in marker.kwargs:
            return _in_root(marker.kwargs["spec"], request.config)
        pytest.fail(
            "cbmock: the marker names no document: @pytest.mark.cbmock(spec=...)",
            pytrace=False,
        )
    spec = request.config.getoption("--cbmock-spec")
    if spec:
        return spec
    spec = request.config.getini("cbmock_spec")
    if spec:
        return _in_root(spec, request.config)
    pytest.fail(
        "cbmock: which OpenAPI document? Set `cbmock_spec` in the pytest settings, pass "
        "--cbmock-spec, or mark the test with @pytest.mark.cbmock(spec=...).",
        pytrace=False,
    )


def _in_root(spec: Any, config: pytest.Config) -> Any:
    """Read a path relative to the root folder of the tests, whatever the current one."""
    if isinstance(spec, str):
        path = config.rootpath / spec
        if path.exists():
            return str(path)
        if ":" in spec and str(config.rootpath) not in sys.path:
            sys.path.insert(0, str(config.rootpath))  # `module:attribute`
    return spec


def _token(test: str) -> str:
    """Name a test's calls so that people can tell them in a log."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", test).strip("-")[:_LONGEST_NAME]
    return f"{name}-{secrets.token_hex(3)}"
