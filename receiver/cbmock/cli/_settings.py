"""The sources of a command's options beside the command line.

It decides the order: command line, `CBMOCK_<COMMAND>_<OPTION>`, `CBMOCK_<OPTION>`, the
configuration file, the default. It must not know what an option does.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cbmock import config
from cbmock.cli._defaults import DEFAULT_HOST, mock_url
from cbmock.config import Config
from cbmock.errors import ReceiverError

_META = "cbmock.config"
# Settings of the mock; in other commands they mean a journal to read, and a test's token.
_ONLY_SERVED = frozenset({"journal", "token"})


class SpecCommand(click.Command):
    """A command with arguments after SPEC, which may be left out if it is configured."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; if one is missing, it is SPEC."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as missing:
            spec = (ctx.default_map or {}).get("spec")
            is_argument = isinstance(missing.param, click.Argument)
            if not is_argument or not isinstance(spec, str):
                raise
        ctx.params.clear()
        return super().parse_args(ctx, [spec, *given])


def forget_services() -> None:
    """Forget the variables that say where a service named `cbmock` is."""
    for name, value in list(os.environ.items()):
        if name.startswith("CBMOCK_") and config.SERVICE.match(value):
            del os.environ[name]


def configurable(command: click.Command, name: str) -> click.Command:
    """Let a command read its options from the environment and from a file, too."""
    if any(each.name == "config_file" for each in command.params):
        return command
    for each in command.params:
        key = option_key(each)
        if key is not None:
            each.envvar = list(variables(name, key))
    command.params.append(
        click.Option(
            ["--config", "config_file"],
            metavar="FILE",
            is_eager=True,
            expose_value=False,
            envvar="CBMOCK_CONFIG",
            callback=lambda ctx, _, file: _configure(ctx, file, name),
            help="The configuration file; default: cbmock.toml or pyproject.toml, in this folder or above.",
        )
    )
    return command


def option_key(parameter: click.Parameter) -> str | None:
    """Return a parameter's name in files: `public-url`; None for most arguments."""
    if isinstance(parameter, click.Argument):
        return "spec" if parameter.name == "spec" else None
    return max(parameter.opts, key=len).lstrip("-")


def variables(command: str, key: str) -> tuple[str, ...]:
    """Return the environment variables for an option; the first one that is set counts."""
    own, every = (
        f"CBMOCK_{text.replace('-', '_').upper()}" for text in (f"{command}_{key}", key)
    )
    return (own,) if key in _ONLY_SERVED and command != "serve" else (own, every)


def current() -> Config:
    """Return the configuration of the running command."""
    found: Config = click.get_current_context().meta.get(_META, config.NONE)
    return found


def access_token() -> str | None:
    """Return the token for the mock's control API, if one is set."""
    for each in variables("serve", "token"):
        if os.environ.get(each):
            return os.environ[each]
    found: str | None = current().settings.get("token")
    return found


def _configure(ctx: click.Context, file: str | None, name: str) -> None:
    found = config.find(_folder()) if file is None else config.read(Path(file))
    ctx.meta[_META] = found
    defaults = dict(ctx.default_map or {})
    skipped = frozenset() if name == "serve" else _ONLY_SERVED
    for each in ctx.command.params:
        key = option_key(each)
        value = None if key in skipped else found.settings.get(key or "")
        if each.name is not None and value is not None and _is_option(value):
            defaults[each.name] = _as_option(value, each)
    address = _address(found.settings, name)
    if address is not None:
        defaults.setdefault("url", address)
        if name == "list":
            defaults.setdefault("public_url", address)
    ctx.default_map = defaults


def _is_option(value: Any) -> bool:
    """Return whether an option can have a value; a table, as for a scheme, cannot be one."""
    several = value if isinstance(value, list) else [value]
    return not any(isinstance(each, dict) for each in several)


def _folder() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise ReceiverError(f"the current folder: {error.strerror}") from None


def _as_option(value: Any, parameter: click.Parameter) -> Any:
    if isinstance(parameter, click.Option) and parameter.multiple:
        return value if isinstance(value, list) else [value]
    return value


def _address(settings: Mapping[str, Any], name: str) -> str | None:
    """Return the URL of the mock with the configured port; None without a port."""
    if name == "serve":
        return None
    ports = [os.environ.get(each) for each in variables("serve", "port")]
    port = next(filter(None, ports), settings.get("port"))
    if not port or port == "0":
        return None
    return mock_url(settings.get("host", DEFAULT_HOST), port)
