"""`cbmock reset`: make a running mock as if it had just started."""

from __future__ import annotations

import json

import click

from cbmock.cli._calls_source import remote, url_option
from cbmock.cli._options import format_option
from cbmock.reports.text import numbered


@click.command("reset")
@url_option
@click.option("--token", default=None, help="Only those of one test.")
@format_option
def command(url: str, token: str | None, format_: str) -> None:
    """Delete the calls, triggers and scripted responses of a running mock."""
    mock = remote(url)
    deleted = {
        name: int(mock.ask("DELETE", name, token=token)["deleted"])
        for name in ("responses", "triggers", "calls")
    }
    if format_ == "json":
        click.echo(json.dumps({"deleted": deleted}))
        return
    click.echo(
        f"deleted {numbered(deleted['calls'])}, "
        f"{numbered(deleted['triggers'], 'trigger')}, "
        f"{numbered(deleted['responses'], 'script')}"
    )
