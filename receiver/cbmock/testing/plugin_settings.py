"""Where the plugin has its settings from: command line, fixtures, and pytest's ini file.

It decides which document a test is about. It must not know what is done with it.
"""

from __future__ import annotations

import functools
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.errors import ReceiverError

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver


def arguments(options: dict[str, Any], receiver: type[Receiver]) -> dict[str, Any]:
    """Return the arguments of a Receiver beside its document."""
    known = inspect.signature(receiver).parameters
    for name in options:
        if name not in known:
            message = (
                f"cbmock_options: {name!r} is not an option of Receiver; "
                f"these are: {', '.join(known)}"
            )
            raise ReceiverError(message)
    return {name: each for name, each in options.items() if name != "spec"}


def setting(config: pytest.Config, name: str) -> str | None:
    """Find a setting: command line, then ini."""
    found: str | None = config.getoption(f"--cbmock-{name}")
    return found or config.getini(f"cbmock_{name}") or None


def spec_of(item: pytest.Item, options: dict[str, Any]) -> Any:
    """Find a test's document: its marker's, else the session's."""
    marker = item.get_closest_marker("cbmock")
    if marker is None:
        return default_spec(item.config, options)
    if marker.args:
        return _in_root(marker.args[0], item.config)
    if "spec" in marker.kwargs:
        return _in_root(marker.kwargs["spec"], item.config)
    pytest.fail(
        "cbmock: the marker names no document: @pytest.mark.cbmock(spec=...)",
        pytrace=False,
    )


def default_spec(config: pytest.Config, options: dict[str, Any]) -> Any:
    """Find the session's document: command line, then `cbmock_options`, then ini."""
    spec = config.getoption("--cbmock-spec")
    if spec:
        return spec
    spec = options.get("spec") or config.getini("cbmock_spec")
    if spec:
        return _in_root(spec, config)
    if setting(config, "url"):
        return None  # the mock that runs there knows its own
    pytest.fail(
        "cbmock: which OpenAPI document? Set `cbmock_spec` in the pytest settings, pass "
        "--cbmock-spec, or mark the test with @pytest.mark.cbmock(spec=...).",
        pytrace=False,
    )


def _in_root(spec: Any, config: pytest.Config) -> Any:
    """Read a path relative to the root folder of the tests, whatever the current one."""
    return _found(spec, config.rootpath) if isinstance(spec, str) else spec


@functools.lru_cache(maxsize=64)
def _found(spec: str, root: Path) -> str:
    path = root / spec
    if path.exists():
        return str(path)
    if ":" in spec and str(root) not in sys.path:
        sys.path.insert(0, str(root))  # `module:attribute`
    return spec
