"""Numbers of options: what clocks and timers cannot take ends no command with a traceback."""

import click
import pytest
from cbmock.cli import main
from click.testing import CliRunner

from tests.support.rows import each_row


def commands(command, name):
    """Yield each command, with those of its group, and its name."""
    if not isinstance(command, click.Group):
        yield name, command
        return
    for each in command.list_commands(click.Context(command)):
        yield from commands(command.get_command(None, each), f"{name} {each}".strip())


TAKEN = [
    (name, option)
    for name, command in commands(main, "")
    for option in command.params
    if isinstance(option.type, click.types.FloatParamType)
]


def test_these_are_the_options_that_take_a_number():
    assert {option.opts[0] for _, option in TAKEN} == {
        "--cov-fail-under",
        "--max-time",
        "--now",
        "--older-than",
        "--rate",
        "--retry-scale",
        "--settle",
        "--timeout",
        "--timestamp",
        "--within",
    }


@each_row(("name", "option"), TAKEN)
def test_an_option_takes_nothing_that_is_no_number(name, option):
    with pytest.raises(click.BadParameter, match="'nan' is not a number"):
        option.process_value(click.Context(click.Command(name)), "nan")


@pytest.mark.parametrize(
    ("command", "option"), [("sign", "--timestamp"), ("check-signature", "--now")]
)
@pytest.mark.parametrize("given", ["inf", "-inf"])
def test_a_time_is_finite(command, option, given):
    arguments = [command, "stripe", __file__, "--secret", "x", option, given]
    found = CliRunner().invoke(main, arguments)
    assert (found.exit_code, f"'{given}' is not a time" in found.output) == (2, True)
