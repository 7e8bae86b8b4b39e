"""Settings: `cbmock.toml`, or `[tool.cbmock]` in pyproject.toml.

It decides which settings exist, which values are errors, and which of several patterns
applies to an operation. It must not know who uses a setting or the environment.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cbmock.errors import ReceiverError

FILE = "cbmock.toml"
PROJECT = "pyproject.toml"
SERVICE = re.compile(r"(?:tcp|udp|sctp)://")
"""How the value of a variable begins that is none of ours: Kubernetes and Docker set CBMOCK_PORT
to `tcp://10.0.0.1:4020` where a service is named `cbmock`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value in force, and where it comes from."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTable:
    """What a file says about the operations whose names match `pattern`."""

    pattern: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one file; `file` is None if there is none.

    `settings` are those of the whole project, by their names in the file.
    """

    file: Path | None = None
    origin: str = "default"
    settings: Mapping[str, Any] = field(default_factory=dict)
    formats: Mapping[str, str] = field(default_factory=dict)
    coverage_omit: tuple[str, ...] = ()
    operations: tuple[OperationTable, ...] = ()

    def operation_settings(self, *names: str) -> Mapping[str, Setting]:
        """Return the settings that apply to the operation with these names.

        If several patterns match one of its names, the most specific one applies: an
        exact name before a pattern, then the one with more characters that are not
        wildcards, then the later one.
        """
        found: dict[str, Setting] = {}
        for table in sorted(self.operations, key=_specificity):
            if any(fnmatch.fnmatchcase(name, table.pattern) for name in names):
                origin = f"{self.origin}, operations.{_quoted(table.pattern)}"
                for name, value in table.settings.items():
                    found[name] = Setting(name=name, value=value, origin=origin)
        return found

    def patterns(self) -> Iterator[tuple[str, Mapping[str, Setting]]]:
        """Return each pattern with all settings that apply to the names it matches."""
        for table in self.operations:
            yield table.pattern, self.operation_settings(table.pattern)


NONE = Config()
"""The settings without a file."""


def find(folder: Path) -> Config:
    """Read the nearest file, from `folder` upwards.

    A pyproject.toml without `[tool.cbmock]` is ignored.
    """
    for each in (folder, *folder.parents):
        # Unlike `Path.is_file`, this says no in a folder that cannot be entered.
        if os.path.isfile(each / FILE):  # noqa: PTH113
            return read(each / FILE)
        if os.path.isfile(each / PROJECT):  # noqa: PTH113
            found = read(each / PROJECT)
            if found is not NONE:
                return found
    return NONE


def read(file: Path) -> Config:
    """Read one file; raises `ReceiverError` with the place of what is wrong."""
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ReceiverError(f"{file}: cannot be read: {reason}") from None
    return parse(text, file)


def parse(text: str, file: Path) -> Config:
    """Read the text of a file; its name decides which of the two kinds it is.

    cbmock.toml may have its settings at the top, or under `[tool.cbmock]`.
    """
    import tomllib  # noqa: PLC0415 - 2 ms, most have no file

    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ReceiverError(f"{file}: is not TOML: {error}") from None
    project = tree.get("tool")
    table = project.get("cbmock") if isinstance(project, dict) else None
    if table is None:
        if file.name == PROJECT:
            return NONE
        table = tree
        where = ""
    else:
        where = "tool.cbmock."
    if not isinstance(table, dict):
        raise ReceiverError(f"{file}: `tool.cbmock` must be a table")
    return _config(table, file, where)


def _config(table: Mapping[str, Any], file: Path, where: str) -> Config:
    place = _SettingPlace(file, where)
    rest = dict(table)
    formats = place.table(rest.pop("formats", {}), "formats")
    for name, value in formats.items():
        place.check(value, _TEXT, f"formats.{name}")
    coverage = place.table(rest.pop("coverage", {}), "coverage")
    place.known(coverage, {"omit": _TEXTS}, "coverage.")
    operations = place.table(rest.pop("operations", {}), "operations")
    tables = []
    for pattern, settings in operations.items():
        name = f"operations.{_quoted(pattern)}"
        place.known(place.table(settings, name), OPERATION_SETTINGS, f"{name}.")
        tables.append(OperationTable(pattern=pattern, settings=settings))
    place.known(rest, SETTINGS, "", others=("formats", "coverage", "operations"))
    return Config(
        file=file,
        origin=f"{file.name} [tool.cbmock]" if where else file.name,
        settings={name: _located(name, value, file) for name, value in rest.items()},
        formats=formats,
        coverage_omit=tuple(coverage.get("omit", ())),
        operations=tuple(tables),
    )


# --- what a value may be ---


@dataclass(frozen=True, slots=True)
class _ValueType:
    """What a setting's value must be, in words and as a test."""

    words: str
    fits: Callable[[Any], bool]


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _choice(*values: str) -> _ValueType:
    return _ValueType("one of " + ", ".join(values), lambda value: value in values)


_TEXT = _ValueType("a string", lambda value: isinstance(value, str))
_TEXTS = _ValueType("an array of strings", _is_texts)
_TEXT_OR_TEXTS = _ValueType(
    "a string or an array of strings",
    lambda value: isinstance(value, str) or _is_texts(value),
)
_FLAG = _ValueType("true or false", lambda value: isinstance(value, bool))
_PORT = _ValueType(
    "an integer from 0 to 65535",
    lambda value: _is_number(value) and value in range(65536),
)
_SECONDS = _ValueType(
    "a number of seconds", lambda value: _is_number(value) and value >= 0
)
_COUNT = _ValueType(
    "an integer of at least 1",
    lambda value: _is_number(value) and isinstance(value, int) and value > 0,
)
_SCHEME = _ValueType(
    "the name of a scheme, or a table", lambda value: isinstance(value, str | dict)
)
_CONDUCT = _ValueType(
    "the name of a profile, or a table", lambda value: isinstance(value, str | dict)
)
_HANDSHAKES = _ValueType(
    "a name, a table with `name`, or an array of these",
    lambda value: all(
        isinstance(each, str) or (isinstance(each, dict) and "name" in each)
        for each in (value if isinstance(value, list) else [value])
    ),
)
_TABLE = _ValueType("a table", lambda value: isinstance(value, dict))
_REPLIES = _ValueType(
    "an array of tables",
    lambda value: (
        isinstance(value, list) and all(isinstance(each, dict) for each in value)
    ),
)

SETTINGS: Mapping[str, _ValueType] = {
    "spec": _TEXT,
    "host": _TEXT,
    "port": _PORT,
    "public-url": _TEXT,
    "url": _TEXT,
    "journal": _TEXT,
    "on-violation": _choice("reject", "accept", "documented"),
    "security": _choice("explicit", "inherit", "off"),
    "strict": _FLAG,
    "fail-on": _choice("error", "warning", "never"),
    "prefer": _FLAG,
    "allow-remote": _FLAG,
    "allow-files": _TEXT_OR_TEXTS,
    "include-unreferenced": _FLAG,
    "paths": _TEXT_OR_TEXTS,
    "late": _choice("error", "warning", "ignore"),
    "proxy": _TEXT,
    "proxy-port": _PORT,
    "missing": _choice("auto", "error", "every", "warning", "off"),
    "settle": _SECONDS,
    "timeout": _SECONDS,
    "token": _TEXT,
    "signature": _SCHEME,
    "secret": _TEXT_OR_TEXTS,
    "handshake": _HANDSHAKES,
    "responses": _TEXT,
    "forward-to": _TEXT,
    "port-file": _TEXT,
    "reload": _FLAG,
    "workers": _COUNT,
    "tls": _FLAG,
    "ssl-certfile": _TEXT,
    "ssl-keyfile": _TEXT,
    "ssl-ca-certs": _TEXT,
    "http2": _FLAG,
}
"""The settings of the whole project; each is also an option of the commands that use
it."""

OPERATION_SETTINGS: Mapping[str, _ValueType] = {
    "signature": _SCHEME,
    "secret": _TEXT_OR_TEXTS,
    "identity": _TEXT,
    "handshake": _HANDSHAKES,
    "conduct": _CONDUCT,
    "responses": _REPLIES,
}
"""The settings of operations."""


@dataclass(frozen=True, slots=True)
class _SettingPlace:
    """A place in a file, for messages."""

    file: Path
    where: str

    def table(self, value: Any, name: str) -> Mapping[str, Any]:
        self.check(value, _TABLE, name)
        found: Mapping[str, Any] = value
        return found

    def check(self, value: Any, kind: _ValueType, name: str) -> None:
        if not kind.fits(value):
            message = f"{self.file}: `{self.where}{name}` must be {kind.words}"
            raise ReceiverError(message)

    def known(
        self,
        table: Mapping[str, Any],
        kinds: Mapping[str, _ValueType],
        prefix: str,
        others: tuple[str, ...] = (),
    ) -> None:
        for name, value in table.items():
            if name not in kinds:
                hint = _hint(name, (*kinds, *others))
                message = (
                    f"{self.file}: unknown setting `{self.where}{prefix}{name}`.{hint}"
                )
                raise ReceiverError(message)
            self.check(value, kinds[name], f"{prefix}{name}")


def _hint(name: str, known: Iterable[str]) -> str:
    import difflib  # noqa: PLC0415 - 1 ms, only for mistakes

    names = [*known]
    near = difflib.get_close_matches(name.replace("_", "-"), names, n=1)
    return f" Did you mean `{near[0]}`?" if near else f" Known: {', '.join(names)}."


# --- patterns and paths ---


def _specificity(table: OperationTable) -> tuple[bool, int]:
    literal = re.sub(r"\[[^\]]*\]|[*?]", "", table.pattern)
    return literal == table.pattern, len(literal)


def _quoted(pattern: str) -> str:
    return pattern if re.fullmatch(r"[\w-]+", pattern) else f'"{pattern}"'


_FILES = frozenset(
    {"responses", "ssl-certfile", "ssl-keyfile", "ssl-ca-certs", "port-file"}
)


def _located(name: str, value: Any, file: Path) -> Any:
    """Make paths start at the folder of the file that names them."""
    is_path = name in _FILES or (
        name in ("spec", "journal")
        and value != "-"
        and not re.match(r"\w[\w+.-]*:", value)
    )
    return str(file.parent / value) if is_path else value
