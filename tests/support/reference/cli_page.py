"""The page on the command line, made from the commands themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click
from cbmock.cli import main
from cbmock.cli._settings import option_key, variables

from tests.support.reference.markdown import code, codes, table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "cli.md"

HEAD = """\
# Command line

Written from the code. `cbmock COMMAND --help` says the same.

SPEC is an OpenAPI document: a path, a URL, `-`, or `module:attribute`: an app with `.openapi()`, a
dict, or a function that returns one. As with uvicorn, the module is found from the current folder,
and its code runs; a file of that name is read instead. SPEC may be left out where `spec` is
[configured](config.md). A document reaches files below its own folder or repository, and below
`--allow-files DIR`; one from a URL reaches none. `--allow-remote` fetches what it refers to over
HTTP, from private addresses only where it came from one itself.

SECRET is `env:NAME`, `file:PATH`, or the text itself.

Options come from the command line, else from the environment (`CBMOCK_SERVE_PORT` for one command,
`CBMOCK_PORT` for all), else from the [configuration file](config.md).

| exit code | means |
| --- | --- |
| 0 | good |
| 1 | the contract is broken, or a wait timed out |
| 2 | wrong use, an unreadable document, no mock that answers, or an output that cannot be written |
| 130 | interrupted |

`serve` ends with 0 or 1 at Ctrl-C, SIGTERM and SIGHUP, and at once at a second one. `NO_COLOR` and
`FORCE_COLOR` are honoured. What is named like a credential (`Authorization`, cookies, `X-Api-Key`,
`access_token`, every signature, the document's API keys) is shown as `***` in all output; `--hide
NAME` hides more, `--hide-form-fields` form fields too, `--show-secrets` hides nothing.

`eval "$(_CBMOCK_COMPLETE=bash_source cbmock)"` in `~/.bashrc` completes commands and options
(`zsh_source`, `fish_source` for others).
"""


def page() -> str:
    """Return the whole page."""
    context = click.Context(main, info_name="cbmock")
    lines = [HEAD]
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        lines += _section(command, f"cbmock {name}", name)
    return "\n".join(lines)


def _section(command: click.Command, path: str, name: str) -> Iterator[str]:
    level = "#" * (path.count(" ") + 1)
    yield f"{level} `{path}`\n"
    if isinstance(command, click.Group):
        yield f"{_prose(command)}\n"
        context = click.Context(command, info_name=path)
        for each in command.list_commands(context):
            inner = command.get_command(context, each)
            assert inner is not None
            yield from _section(inner, f"{path} {each}", name)
        return
    arguments = [each for each in command.params if isinstance(each, click.Argument)]
    usage = " ".join([path, "[OPTIONS]", *map(_argument, arguments)])
    yield f"```text\n{usage}\n```\n"
    yield f"{_prose(command)}\n"
    yield from table(("option", "does", "default", "environment"), _rows(command, name))
    yield ""


def _prose(command: click.Command) -> str:
    return inspect.cleandoc(command.help or "").replace("\b\n", "")


def _argument(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required else f"[{name.strip('[]')}]"


def _rows(command: click.Command, name: str) -> Iterator[tuple[str, ...]]:
    for each in command.params:
        if not isinstance(each, click.Option) or each.hidden:
            continue
        key = option_key(each)
        environment = variables(name, key) if key else ()
        if each.name == "config_file":
            environment = ("CBMOCK_CONFIG",)
        shown = code(f"{', '.join(each.opts)}{_value(each)}")
        yield shown, _help(each), _default(each), codes(environment)


def _help(option: click.Option) -> str:
    return " ".join((option.help or "").split())


def _value(option: click.Option) -> str:
    if option.is_flag:
        return ""
    if option.metavar:
        return f" {option.metavar}"
    if isinstance(option.type, click.Choice):
        return f" {'|'.join(map(str, option.type.choices))}"
    return f" {option.type.name.upper().removesuffix(' RANGE')}"


def _default(option: click.Option) -> str:
    value = option.default
    if option.is_flag or callable(value) or option.multiple:
        return ""
    # Some versions of click have a value of their own for "none".
    plain = isinstance(value, str | int | float) and not isinstance(value, bool)
    return code(str(value)) if plain else ""
