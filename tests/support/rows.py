"""The rows of a table in one test: tests by the thousand cost a minute by their number.

`pytest.mark.parametrize` is for rows that take long, or need a fixture of their own.
"""

from functools import wraps
from inspect import signature

import pytest

PARAM = type(pytest.param())
FAILED = (Exception, pytest.fail.Exception)


def written(value):
    try:
        return repr(value)[:80]
    except ValueError:  # Python writes no number of ten thousand digits
        return f"a very large {type(value).__name__}"


def read(called, rows, ids):
    """Return each row's values, and what it is called if it has a name."""
    names = iter(ids) if ids is not None and not callable(ids) else None
    for row in rows:
        name = next(names) if names else None
        if isinstance(row, PARAM):
            assert not row.marks, "a row with a mark is a test of its own"
            yield row.values, row.id or name
        elif isinstance(called, str):
            yield (row,), name
        else:
            yield row, name


def each_row(called, rows, ids=None):
    """Call a test with each row of a table; its failure names every row that fails.

    The arguments are those of `pytest.mark.parametrize`.
    """
    arguments = (called,) if isinstance(called, str) else called
    table = [*read(called, rows, ids)]
    assert table, "a table without rows tests nothing"

    def label(values):
        named = [ids(each) if callable(ids) else None for each in values]
        return "-".join(
            written(value) if name is None else str(name)
            for value, name in zip(values, named, strict=True)
        )

    def decorate(test):
        @wraps(test)
        def every_row(**fixtures):
            failed = {}
            for number, (values, name) in enumerate(table, 1):
                try:
                    test(**fixtures, **dict(zip(arguments, values, strict=True)))
                except FAILED as error:
                    row = f"row {number}: {name or label(values)}"
                    error.add_note(row)
                    failed[row] = error
            if failed:
                several = f"{len(failed)} of {len(table)} rows: {', '.join(failed)}"
                raise BaseExceptionGroup(several, [*failed.values()])

        whole = signature(test)
        others = [
            each for each in whole.parameters.values() if each.name not in arguments
        ]
        every_row.__signature__ = whole.replace(parameters=others)
        return every_row

    return decorate
