"""`cbmock config`: the settings in force, and where each comes from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

import click
from click.core import ParameterSource

from cbmock.cli import serve
from cbmock.cli._options import SpecOptions, format_option, table
from cbmock.cli._settings import configurable, current, option_key, variables
from cbmock.config import Config, Setting
from cbmock.description.operation_names import aliases
from cbmock.description.operations import Scope
from cbmock.reports.text import printable

_ALSO = ("url", "timeout", "late", "signature")
"""Settings of files that are not options of `serve`, or that may be tables."""
_HIDDEN = "***"


@click.command("config")
@click.argument("spec", required=False)
@format_option
def command(spec: str | None, format_: str) -> None:
    """Show the settings that `cbmock serve` would have, and where each comes from.

    If SPEC is given, or a file has settings of operations, it also shows those of each
    operation.
    """
    found = current()
    source = click.get_current_context().get_parameter_source("spec")
    given = spec if source is ParameterSource.COMMANDLINE else None
    settings = {each.name: each for each in _settings(given, found)}
    operations = dict(_operations(settings, found)) if given or found.operations else {}
    file = None if found.file is None else str(found.file)
    if format_ == "json":
        record = {
            "file": file,
            "settings": _records(settings.values()),
            "operations": [
                {"operation": name, "settings": _records(each)}
                for name, each in operations.items()
            ],
        }
        click.echo(json.dumps(record, indent=2))
        return
    click.echo(f"file: {printable(file or 'none')}\n")
    for line in _table(settings.values()):
        click.echo(line)
    for name, each in operations.items():
        click.echo(f"\n{printable(name)}")
        for line in _table(each):
            click.echo(f"  {line}")


def _settings(spec: str | None, found: Config) -> Iterator[Setting]:
    """Return the values that click would pass to `serve`."""
    arguments = [] if found.file is None else ["--config", str(found.file)]
    serving = configurable(serve.command, "serve")
    parent = click.get_current_context().parent
    # Without a configured SPEC any value will do; only the others are shown.
    given = spec or (_configured_spec(found) or "-")
    context = serving.make_context("serve", [*arguments, given], parent=parent)
    with context:
        for each in serving.params:
            key, name = option_key(each), each.name
            if key is None or name is None or name not in context.params:
                continue
            value = context.params[name]
            if key == "spec":
                origin = "command line" if spec else _origin_of_spec(found)
                value = None if origin == "default" else value
            else:
                origin = _origin(context.get_parameter_source(name), key, found)
            yield Setting(name=key, value=value, origin=origin)
    also = {name: found.settings[name] for name in _ALSO if name in found.settings}
    also |= {f"formats.{name}": value for name, value in found.formats.items()}
    if found.coverage_omit:
        also["coverage.omit"] = list(found.coverage_omit)
    for name, value in also.items():
        yield Setting(name=name, value=value, origin=found.origin)


def _configured_spec(found: Config) -> str | None:
    """Return the SPEC from the environment or the file, as for `serve`."""
    for each in variables("serve", "spec"):
        if os.environ.get(each):
            return os.environ[each]
    spec: str | None = found.settings.get("spec")
    return spec


def _origin_of_spec(found: Config) -> str:
    source = (
        ParameterSource.DEFAULT_MAP
        if "spec" in found.settings
        else ParameterSource.DEFAULT
    )
    if any(os.environ.get(each) for each in variables("serve", "spec")):
        source = ParameterSource.ENVIRONMENT
    return _origin(source, "spec", found)


def _origin(source: ParameterSource | None, key: str, found: Config) -> str:
    if source is ParameterSource.ENVIRONMENT:
        names = (each for each in variables("serve", key) if os.environ.get(each))
        return next(names, "environment")
    if source is ParameterSource.DEFAULT_MAP:
        return found.origin
    return "default"


def _operations(
    settings: dict[str, Setting], found: Config
) -> Iterator[tuple[str, list[Setting]]]:
    if settings["spec"].value is None:
        return
    scope = Scope(
        paths=tuple(settings["paths"].value),
        unreferenced=settings["include-unreferenced"].value,
    )
    reading = SpecOptions(
        settings["spec"].value,
        settings["allow-remote"].value,
        tuple(settings["allow-files"].value),
        scope,
    )
    mock = reading.mock()
    for operation in mock.operations:
        own = found.operation_settings(*aliases(operation))
        yield mock.names.shortest(operation), list(own.values())


def _records(settings: Iterable[Setting]) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "value": _shown(each), "origin": each.origin}
        for each in settings
    ]


def _table(settings: Iterable[Setting]) -> list[str]:
    rows = [
        (each.name, json.dumps(_shown(each), ensure_ascii=False), each.origin)
        for each in settings
    ]
    return [*table(rows, ("SETTING", "VALUE", "ORIGIN"))] if rows else ["no settings"]


def _shown(setting: Setting) -> Any:
    """Return a value without its secrets; their sources are shown."""
    if setting.name in ("secret", "token"):
        return _hidden(setting.value)
    if isinstance(setting.value, dict) and "secret" in setting.value:
        return {**setting.value, "secret": _hidden(setting.value["secret"])}
    value = setting.value
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return value


def _hidden(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_hidden(each) for each in value]
    if value is None or str(value).startswith(("env:", "file:")):
        return value
    return _HIDDEN
