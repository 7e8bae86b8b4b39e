"""What several commands share: arguments, formats and tables.

It must not know any one command.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import click

spec_argument = click.argument("spec", metavar="SPEC")
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the output is written.",
)


def table(rows: Iterable[Sequence[str]], heads: Sequence[str]) -> Iterator[str]:
    """Write rows in columns that are never wrapped or cut: URLs are there to be copied."""
    lines = [tuple(heads), *map(tuple, rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    for position, line in enumerate(lines):
        text = "  ".join(
            cell.ljust(width) for cell, width in zip(line, widths, strict=True)
        )
        yield click.style(text.rstrip(), bold=True) if position == 0 else text.rstrip()
