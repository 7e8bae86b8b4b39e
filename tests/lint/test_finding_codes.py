from typing import get_args

from cbmock.description.runtime_expressions import GrammarCode
from cbmock.lint.finding_codes import FindingName
from cbmock.lint.findings import FINDING_CODES


def names(literals):
    return [name for each in get_args(literals) for name in get_args(each) or [each]]


def test_every_name_has_one_row_and_every_row_a_name():
    assert sorted(FINDING_CODES) == sorted(names(FindingName))
    assert [code for code, row in FINDING_CODES.items() if row.code != code] == []


def test_the_codes_of_grammar_are_names_of_findings():
    assert set(names(GrammarCode)) <= set(FINDING_CODES)
