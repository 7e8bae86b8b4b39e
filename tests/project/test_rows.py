"""A table in one test: it says of each row that fails which one it is, and why."""

import re

import pytest

from tests.support.rows import each_row


def failures(test, **fixtures):
    with pytest.raises(BaseExceptionGroup) as raised:
        test(**fixtures)
    return raised.value.message, [
        (str(each).splitlines()[0], each.__notes__) for each in raised.value.exceptions
    ]


def test_every_row_that_fails_is_named_with_its_reason():
    @each_row(
        ("number", "limit"), [(1, 2), (3, 2), pytest.param(9, 8, id="nine"), (2, 2)]
    )
    def test(number, limit):
        if number > limit:
            raise ValueError(f"{number} is above {limit}")

    assert failures(test) == (
        "2 of 4 rows: row 2: 3-2, row 3: nine",
        [("3 is above 2", ["row 2: 3-2"]), ("9 is above 8", ["row 3: nine"])],
    )


@pytest.mark.parametrize(
    ("ids", "named"),
    [
        (["one", "two"], "row 1: one, row 2: two"),
        ([None, "two"], "row 1: 1, row 2: two"),
        (lambda each: f"<{each}>", "row 1: <1>, row 2: <2>"),
        (lambda each: None, "row 1: 1, row 2: 2"),
        (None, "row 1: 1, row 2: 2"),
    ],
)
def test_a_row_has_the_name_that_parametrize_would_give_it(ids, named):
    @each_row("number", [1, 2], ids)
    def test(number):
        pytest.fail(f"{number} as expected")

    assert failures(test) == (
        f"2 of 2 rows: {named}",
        [
            (f"{number} as expected", [name])
            for number, name in enumerate(named.split(", "), 1)
        ],
    )


def test_a_number_that_python_does_not_write_is_named_all_the_same():
    @each_row("number", [10**9999])
    def test(number):
        assert False, "it fails"  # noqa: B011, PT015 - what a test does

    assert failures(test)[0] == "1 of 1 rows: row 1: a very large int"


def test_tables_above_each_other_are_gone_through_row_by_row():
    seen = []

    @each_row("letter", "ab")
    @each_row("number", [1, 2])
    def test(letter, number, fixture):
        seen.append((letter, number, fixture))

    test(fixture="given")
    assert seen == [(letter, n, "given") for letter in "ab" for n in (1, 2)]


@each_row("number", [1, 2])
def test_fixtures_are_given_to_each_row(number, tmp_path):
    (tmp_path / str(number)).touch()
    assert len([*tmp_path.iterdir()]) == number


def test_a_table_without_rows_is_refused():
    with pytest.raises(AssertionError, match=re.escape("without rows tests nothing")):
        each_row("number", [])
