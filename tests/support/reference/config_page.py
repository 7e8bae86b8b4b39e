"""The page on the configuration, made from the settings and the options that have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
from cbmock.cli import COMMANDS, main
from cbmock.cli._settings import option_key, variables
from cbmock.config import OPERATION_SETTINGS, SETTINGS
from cbmock.pytest_plugin import INI

from tests.support.reference.markdown import code, codes, table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "config.md"

HEAD = """\
# Configuration

Settings are in `cbmock.toml`, or under `[tool.cbmock]` in pyproject.toml, the nearest file
upwards from the current folder (pytest: from its root folder); `--config FILE` names another. The
command line comes before the environment, the environment before the file. `cbmock config [SPEC]`
shows what is in force, and where each setting comes from.

```toml
[tool.cbmock]
spec = "openapi.json"            # SPEC may be left out then
port = 4020

[tool.cbmock.formats]            # a habit of the framework, for the whole project
time = "offset-optional"         # date-time too; "off" does not check a format

[tool.cbmock.coverage]
omit = ["HTTPValidationError"]   # operations, statuses, or both

[tool.cbmock.operations."invoice_*"]   # names or patterns
signature = "standard-webhooks"
secret = "env:WEBHOOK_SECRET"
responses = [{status = 503, times = 2}, {status = 200}]
```

Paths start at the folder of the file that names them. An unknown setting is an error that names the
nearest one.

## Settings of the whole project

Each is an option of the commands that use it. `cbmock_` and the name with `_` is the setting in
pytest's ini file, where there is one.

"""
OPERATIONS = """
## Settings of operations

`[tool.cbmock.operations.NAME]` holds for the operation of that name, or for all whose names match a
pattern (`*`, `?`, `[abc]`). Of several that match, the more specific one holds, setting by setting:
an exact name before a pattern, then the pattern with more characters that are not wildcards, then the
later one.

"""
MEANINGS = {
    "signature": "the [scheme](../signatures.md) by which requests must be signed",
    "secret": "`env:NAME`, `file:PATH` or the text; several while keys rotate",
    "identity": "where the sender names the event: `header NAME`, `path NAME`, `body #/POINTER`",
    "handshake": "the [questions](../handshakes.md) that are answered",
    "conduct": "what is required of the way in which it [delivers](../conduct.md)",
    "responses": "what is [answered](responses.md), call by call",
}
"""What settings of operations mean; no option of a command says it."""
OTHERS = {
    "spec": "The OpenAPI document.",
    "late": "What calls after a test's end do to the session of pytest.",
    "url": "The running mock that commands and tests talk to.",
}


def page() -> str:
    """Return the whole page."""
    assert {*MEANINGS} == {*OPERATION_SETTINGS}
    lines = [
        *table(
            ("setting", "is", "does", "commands", "environment", "pytest"),
            map(_row, SETTINGS),
        ),
        OPERATIONS.rstrip("\n"),
        "",
        *table(
            ("setting", "is", "means"),
            (
                (code(name), kind.words, MEANINGS[name])
                for name, kind in OPERATION_SETTINGS.items()
            ),
        ),
    ]
    return HEAD + "\n".join(lines) + "\n"


def _row(name: str) -> tuple[str, ...]:
    options = dict(_options(name))
    helps = (getattr(each, "help", None) or "" for each in options.values())
    meaning = OTHERS.get(name) or " ".join(next(filter(None, helps), "").split())
    everywhere = variables("serve", name)[-1]
    key = name.replace("-", "_")
    return (
        code(name),
        SETTINGS[name].words,
        meaning,
        codes(options),
        code(everywhere),
        code(f"cbmock_{key}") if key in INI else "",
    )


def _options(name: str) -> Iterator[tuple[str, click.Parameter]]:
    """Return each command that has the setting as an option or as SPEC, with that."""
    context = click.Context(main)
    for command in COMMANDS:
        found = main.get_command(context, command)
        assert found is not None
        for each in found.params:
            if option_key(each) == name:
                yield command, each
