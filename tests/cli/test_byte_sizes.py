"""A size may be written alike wherever one is taken."""

import click
import pytest
from cbmock import byte_sizes
from cbmock.cli import main
from cbmock.cli._limits import size as size_of_option
from cbmock.description import limits as documents
from cbmock.server import limits as server

from tests.support.rows import each_row

WRITTEN = [
    ("0", 0),
    ("65536", 65536),
    ("1_000_000", 1_000_000),
    ("200B", 200),
    ("200KB", 200_000),
    ("200 kb", 200_000),
    ("1.5MB", 1_500_000),
    ("2.3MB", 2_300_000),
    ("2GB", 2_000_000_000),
    ("1TB", 10**12),
    ("64KiB", 65536),
    ("64 kib", 65536),
    ("0.5MiB", 524_288),
    ("1GiB", 2**30),
    (" 1 MiB ", 2**20),
]
WRONG = [
    "",
    "KB",
    "-1",
    "1.5",
    "1.5B",
    "1K",
    "1 k",
    "1Kb/s",
    "1e3",
    "0x10",
    "1 000",
    "9" * 5000,
    "\N{ARABIC-INDIC DIGIT ONE}",
]


@each_row(("text", "size"), WRITTEN)
def test_a_size_is_bytes_or_has_a_unit(text, size):
    assert byte_sizes.read(text) == size


@each_row("text", WRONG)
def test_what_is_no_size_is_told_how_to_write_one(text):
    with pytest.raises(
        ValueError, match="is not a size: write bytes, or a number with"
    ):
        byte_sizes.read(text)


# --- every option that takes bytes ---


def commands(command, name):
    """Yield each command, with those of its group, and its name."""
    context = click.Context(command)
    if not isinstance(command, click.Group):
        yield name, command
        return
    for each in command.list_commands(context):
        yield from commands(
            command.get_command(context, each), f"{name} {each}".strip()
        )


def takes_bytes(option):
    """Return what must precede a size in the option's value, for each size that it takes."""
    if getattr(option.type, "func", None) is size_of_option:
        return [""]
    known = {"limits": server.DEFAULT, "document_limits": documents.DEFAULT}
    default = known.get(option.name)
    if default is None:
        return []
    names = default.__dataclass_fields__
    sizes = [name for name, field in names.items() if byte_sizes.is_size(field)]
    return [f"{name.replace('_', '-')}=" for name in sizes]


TAKEN = [
    (name, option, prefix)
    for name, command in commands(main, "")
    for option in command.params
    for prefix in takes_bytes(option)
]


def test_these_are_the_options_that_take_bytes():
    assert {f"{option.opts[0]} {prefix}".strip() for _, option, prefix in TAKEN} == {
        "--limit head=",
        "--limit target=",
        "--limit body=",
        "--limit control-body=",
        "--document-limit size=",
        "--most-bytes",
    }
    told = [
        f"{name} {option.opts[0]}"
        for name, command in commands(main, "")
        for option in command.params
        if "bytes" in (getattr(option, "help", None) or "")
    ]
    assert sorted(told) == sorted(
        {f"{name} {option.opts[0]}" for name, option, _ in TAKEN}
    )


@each_row(("name", "option", "prefix"), TAKEN)
def test_an_option_takes_each_way_of_writing_a_size(name, option, prefix):
    context = click.Context(click.Command(name))
    for text, size in WRITTEN:
        given = f"{prefix}{text}"
        if not prefix:
            assert option.process_value(context, given) == size
        elif size:
            found = option.process_value(context, (given,))
            field = prefix.removesuffix("=").replace("-", "_")
            assert getattr(found, field) == size


@each_row(("name", "option", "prefix"), TAKEN)
def test_an_option_refuses_what_is_no_size(name, option, prefix):
    context = click.Context(click.Command(name))
    for text in WRONG:
        given = f"{prefix}{text}"
        with pytest.raises(click.BadParameter, match="is not a size"):
            option.process_value(context, (given,) if prefix else given)


@each_row("name", server._SIZES)
def test_a_limit_of_the_python_api_takes_them_too(name):
    for text, size in WRITTEN[1:]:
        assert getattr(server.limits_of({name: text}), name) == size
