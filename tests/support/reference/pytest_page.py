"""The page on the pytest plugin, made from what it declares."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from cbmock import pytest_plugin
from cbmock.testing.session import TestRuns

from tests.support.reference.markdown import code, table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "pytest.md"

HEAD = """\
# pytest

Installed with the package; nothing has to be registered. What the fixture can say is in
[assertions](../assertions.md), with the message of each failure; its type is
[`Receiver`](python.md#receiver).

The document is named by, in this order: the marker, `--cbmock-spec`, `cbmock_options`,
`CBMOCK_SPEC`, pytest's ini `cbmock_spec`, and `spec` of the [configuration file](config.md).

A violation or an unmatched request that the test did not allow fails the test itself; its first line
says operation, place and reason. What comes after a test's end is reported in the session's summary.

```python
# conftest.py: what Receiver takes as arguments
import pytest


@pytest.fixture(scope="session")
def cbmock_options():
    return {"spec": "openapi.json", "on_violation": "accept"}
```

"""


class Declared:
    """Stands for pytest's parser and config, and keeps what a plugin declares."""

    def __init__(self) -> None:
        self.options: list[tuple[str, dict[str, Any]]] = []
        self.settings: list[tuple[str, str, str]] = []
        self.markers: list[str] = []
        self.pluginmanager = self

    def addini(self, name: str, help_: str, *, type: str, default: None) -> None:
        del default
        self.settings.append((name, help_, type))

    def getgroup(self, *_: str) -> Declared:
        return self

    def addoption(self, name: str, **how: Any) -> None:
        self.options.append((name, how))

    def addinivalue_line(self, name: str, line: str) -> None:
        assert name == "markers"
        self.markers.append(line)

    def getoption(self, _: str) -> None:
        return None

    def register(self, *_: object) -> None:
        """Take a plugin, and do nothing with it."""


def page() -> str:
    """Return the whole page."""
    declared = Declared()
    parser: Any = declared
    pytest_plugin.pytest_addoption(parser)
    pytest_plugin.pytest_configure(parser)
    lines = [
        "## Fixtures\n",
        *table(("fixture", "scope", "is"), map(_fixture, _fixtures())),
        "\n## Markers\n",
        *table(("marker", "means"), map(_marker, declared.markers[:1])),
        "\n## Options\n",
        *table(("option", "does"), map(_option, declared.options)),
        "\n## Settings of pytest's ini file\n",
        "Each may be an environment variable instead, `CBMOCK_` and the name in capitals.\n",
        *table(
            ("setting", "type", "as"),
            (
                (code(name), kind, help_.removeprefix("cbmock: "))
                for name, help_, kind in declared.settings
            ),
        ),
    ]
    return HEAD + "\n".join(lines) + "\n"


def _fixtures() -> list[tuple[str, str]]:
    """Return the fixtures with their docstrings."""
    return [
        (name, inspect.getdoc(value) or "")
        for place in (TestRuns, pytest_plugin)
        for name, value in vars(place).items()
        if name.startswith("cbmock")
    ]


def _fixture(fixture: tuple[str, str]) -> tuple[str, ...]:
    name, meaning = fixture
    return (
        code(name),
        "test" if name == "cbmock" else "session",
        " ".join(meaning.split()),
    )


def _marker(line: str) -> tuple[str, ...]:
    name, _, meaning = line.partition(": ")
    return code(f"@pytest.mark.{name}"), meaning


def _option(option: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    name, how = option
    value = how.get("metavar") or "|".join(how.get("choices", ()))
    return code(f"{name}={value}" if value else name), how["help"]
