"""The pytest plugin: the fixture `cbmock`, its options and its verdict at teardown.

It decides which options, markers and fixtures pytest gets. It must not know how a test
is judged. Nothing beyond pytest is imported until a test uses the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pytest

from cbmock.testing.session import TestRuns

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver

_RUNS = "cbmock-tests"
IniType = Literal["string", "bool", "linelist"]
INI: dict[str, IniType] = {
    **dict.fromkeys(("spec", "url", "late"), "string"),
    **dict.fromkeys(("host", "port", "public_url", "on_violation"), "string"),
    **dict.fromkeys(("security", "signature", "secret"), "string"),
    **dict.fromkeys(("ssl_certfile", "ssl_keyfile", "ssl_ca_certs"), "string"),
    **dict.fromkeys(("strict", "prefer", "allow_remote", "tls"), "bool"),
    **dict.fromkeys(("http2", "include_unreferenced"), "bool"),
    **dict.fromkeys(("allow_files", "handshake", "paths"), "linelist"),
    **dict.fromkeys(("coverage_omit",), "linelist"),
}
"""The settings of pytest's ini file, without the prefix `cbmock_`, and their types."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and the settings of pytest's ini file."""
    for name, kind in INI.items():
        described = f"cbmock: `{name.replace('_', '-')}` of cbmock.toml"
        parser.addini(f"cbmock_{name}", described, type=kind, default=None)
    help_ = "OpenAPI document of the `cbmock` fixture: path, URL or module:attribute"
    group = parser.getgroup("cbmock", "callbacks and webhooks (cbmock)")
    group.addoption("--cbmock-spec", metavar="SPEC", default=None, help=help_)
    help_ = "a running `cbmock serve` that the tests share, instead of a server of their own"
    group.addoption("--cbmock-url", metavar="URL", default=None, help=help_)
    help_ = "what calls after a test's end do to the session: warning, error or ignore"
    group.addoption(
        "--cbmock-late",
        choices=("warning", "error", "ignore"),
        default=None,
        help=help_,
    )
    group.addoption(
        "--cbmock-report",
        metavar="FILE",
        action="append",
        default=[],
        help="write what each test received to FILE, .json or .html; may be repeated",
    )
    group.addoption(
        "--cbmock-cov",
        action="store_true",
        help="show which operations, responses and branches of the document were played",
    )
    group.addoption(
        "--cbmock-cov-fail-under",
        metavar="PERCENT",
        type=float,
        default=None,
        help="fail if that coverage is below PERCENT (as --cbmock-cov)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers and the fixture, and register requested reports."""
    reports = ("--cbmock-report", "--cbmock-cov")
    limited = config.getoption("--cbmock-cov-fail-under") is not None
    if limited or any(map(config.getoption, reports)):
        from cbmock.testing.reporting import Reporting  # noqa: PLC0415 - 30 ms, only when reports
        from cbmock.testing.shared_servers import REPORTING  # noqa: PLC0415 - (the same)

        config.pluginmanager.register(Reporting(config), REPORTING)
    config.pluginmanager.register(TestRuns(config), _RUNS)
    config.addinivalue_line(
        "markers",
        "cbmock(spec): the OpenAPI document that the `cbmock` fixture of this test plays",
    )
    config.addinivalue_line("markers", "cbmock_cases: what `@cbmock.parametrize` sets")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrize tests that have `@cbmock.parametrize`."""
    test = metafunc.definition
    for marker in test.iter_markers("cbmock_cases"):
        from cbmock.testing.parametrized import generate  # noqa: PLC0415 - 500 ms, only when used
        from cbmock.testing.plugin_settings import spec_of  # noqa: PLC0415 - (the same)

        generate(metafunc, lambda: spec_of(test, {}), marker.kwargs)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Colour the sections on terminals."""
    config = session.config
    shown = config.pluginmanager.has_plugin("terminalreporter")
    if shown and config.get_terminal_writer().hasmarkup:
        from cbmock.testing.sections import ColouredSections  # noqa: PLC0415 - 0.6 ms, on terminals

        config.pluginmanager.register(ColouredSections(), "cbmock-colours")


@pytest.fixture(scope="session")
def cbmock_options() -> dict[str, Any]:
    """Return the keyword arguments of `cbmock.Receiver`: override it in conftest.py.

    `spec` among them is the document of tests that name none.
    """
    return {}


@pytest.fixture(scope="session")
def cbmock_server(
    pytestconfig: pytest.Config, cbmock_options: dict[str, Any]
) -> Receiver:
    """Return the session's mock, which runs: its `url` is known before any test.

    Calls to that URL belong to the test that runs when they arrive.
    """
    runs = pytestconfig.pluginmanager.get_plugin(_RUNS)
    assert isinstance(runs, TestRuns)
    return runs.servers.usual(cbmock_options)
