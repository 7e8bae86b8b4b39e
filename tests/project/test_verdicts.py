"""The page on verdicts: what it shows of cbmock is what cbmock says."""

import re
from pathlib import Path

import pytest
from cbmock import sources
from cbmock.mock.mock import Mock
from cbmock.reports.text import violations

from tests.support.rows import each_row

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "verdicts.md"


def shown():
    """Return each payload of the page with the lines that stand for cbmock."""
    text = PAGE.read_text(encoding="utf-8")
    pattern = r"^### (.+?)\n\n```json\n(.+?)\n```.+?^\| cbmock \| (.+?) \|$"
    return [
        pytest.param(payload, re.findall(r"`(.+?)`", said), id=name)
        for name, payload, said in re.findall(pattern, text, re.MULTILINE | re.DOTALL)
    ]


def test_the_page_shows_ten_payloads():
    assert len(shown()) == 10


@pytest.mark.parametrize(("payload", "said"), shown())
def test_the_page_shows_what_is_said(payload, said):
    mock = Mock(sources.describe(HERE / "verdicts.json"))
    found = mock.check_body(payload.encode(), None, mock.names.find("event"))
    assert list(violations(found)) == said


@each_row(("payload", "said"), shown())
def test_one_fault_is_one_violation(payload, said):
    assert len(said) == 1
