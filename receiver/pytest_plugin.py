"""The pytest plugin: the fixture `cbmock`, its options and its verdict at teardown.

It decides which document a test is about and when a test fails for what arrived. It must
not know how calls are checked. Nothing beyond pytest is imported until a test asks for the
fixture.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Generator, Iterator
from os import PathLike
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from receiver.receiver import Receiver

_FAILED = pytest.StashKey[bool]()
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
    """Remember whether the test itself failed: then its calls are not told again."""
    report = yield
    if call.when == "call":
        item.stash[_FAILED] = report.failed
    return report


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
    from receiver.errors import ReceiverError  # noqa: PLC0415 - only when used

    try:
        server = _cbmock_servers(_spec(request))
    except ReceiverError as error:
        pytest.fail(f"cbmock: {error.message}", pytrace=False)
    receiver = server.for_test(_token(request.node.name))
    yield receiver
    if request.node.stash.get(_FAILED, False):
        return
    try:
        receiver.verify()
    except AssertionError as error:
        pytest.fail(str(error), pytrace=False)


def _spec(request: pytest.FixtureRequest) -> Any:
    """Find the document: marker, then command line, then ini."""
    marker = request.node.get_closest_marker("cbmock")
    if marker is not None:
        if marker.args:
            return _in_root(marker.args[0], request.config)
        if "spec" in marker.kwargs:
            return _in_root(marker.kwargs["spec"], request.config)
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
    return spec


def _token(test: str) -> str:
    """Name a test's calls so that people can tell them in a log."""
    name = re.sub(r"[^A-Za-z0-9_]+", "-", test).strip("-")[:_LONGEST_NAME]
    return f"{name}-{secrets.token_hex(3)}"
