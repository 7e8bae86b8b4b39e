"""The plugin's settings from the command line, fixtures, and pytest's ini file.

It decides which document a test uses. It must not know what is done with it.
"""

from __future__ import annotations

import inspect
import sys
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cbmock.errors import ReceiverError

if TYPE_CHECKING:
    from cbmock.testing.receiver import Receiver


def arguments(options: dict[str, Any], receiver: type[Receiver]) -> dict[str, Any]:
    """Return the arguments of a Receiver besides its document."""
    known = inspect.signature(receiver).parameters
    for name in options:
        if name not in known:
            message = (
                f"cbmock_options: {name!r} is not an option of Receiver; "
                f"these are: {', '.join(known)}"
            )
            raise ReceiverError(message)
    return {name: each for name, each in options.items() if name != "spec"}


def ini(config: pytest.Config, name: str) -> Any:
    """Return a setting of pytest's ini file; None if it is not set."""
    try:
        return config.getini(f"cbmock_{name.replace('-', '_')}")
    except ValueError:  # not one of the plugin's
        return None


def setting(config: pytest.Config, name: str) -> str | None:
    """Find a setting: command line, environment, pytest's ini, the file."""
    found: str | None = config.getoption(f"--cbmock-{name}")
    return found or setting_without_option(config, name)


def setting_without_option(config: pytest.Config, name: str) -> str | None:
    """Find a setting: environment, pytest's ini, the file."""
    from cbmock.testing import project_file  # noqa: PLC0415 - 20 ms, only when used

    file = project_file.project_file(config.rootpath)
    found: str | None = project_file.setting(name, partial(ini, config), file)
    return found


def configured(config: pytest.Config) -> dict[str, Any]:
    """Return a Receiver's arguments from the environment, the ini file and the file."""
    from cbmock.testing import project_file  # noqa: PLC0415 - 20 ms, only when used

    return project_file.arguments(
        partial(ini, config),
        project_file.project_file(config.rootpath),
        alone=not hasattr(config, "workerinput"),
    )


def omitted(config: pytest.Config) -> tuple[str, ...]:
    """Return what the coverage leaves out: by pytest's ini file, or else by the file."""
    from cbmock.testing import project_file  # noqa: PLC0415 - 20 ms, only when used

    file = project_file.project_file(config.rootpath)
    return tuple(ini(config, "coverage-omit") or file.coverage_omit)


def has_operations(config: pytest.Config) -> bool:
    """Return whether the file has settings of operations."""
    from cbmock.testing import project_file  # noqa: PLC0415 - 20 ms, only when used

    return bool(project_file.project_file(config.rootpath).operations)


def play(config: pytest.Config, receiver: Receiver) -> None:
    """Answer a test's calls with the file's responses for its operations."""
    from cbmock.testing import project_file  # noqa: PLC0415 - 20 ms, only when used

    project_file.play(receiver, project_file.project_file(config.rootpath))


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
    """Find the session's document: command line, `cbmock_options`, then the settings."""
    spec = config.getoption("--cbmock-spec")
    if spec:
        return spec
    spec = options.get("spec") or setting(config, "spec")
    if spec:
        return _in_root(spec, config)
    if setting(config, "url"):
        return None  # the running mock has its own document
    pytest.fail(
        "cbmock: which OpenAPI document? Set `cbmock_spec` in the pytest settings or `spec` "
        "in cbmock.toml, pass --cbmock-spec, or mark the test with @pytest.mark.cbmock(spec=...).",
        pytrace=False,
    )


def _in_root(spec: Any, config: pytest.Config) -> Any:
    """Resolve a path relative to pytest's root folder, not to the current one."""
    return _found(spec, config.rootpath) if isinstance(spec, str) else spec


@lru_cache(maxsize=64)
def _found(spec: str, root: Path) -> str:
    path = root / spec
    if path.exists():
        return str(path)
    if ":" in spec and str(root) not in sys.path:
        sys.path.insert(0, str(root))  # `module:attribute`
    return spec
