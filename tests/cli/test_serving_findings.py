"""Examples that break their own schemas are reported while a mock is serving."""

from cbmock import sources
from cbmock.cli.serving import findings
from cbmock.journal.protocol import JournalFailure
from cbmock.mock.mock import Mock

from tests.support.waiting import until

BROKEN = {"schema": {"type": "string"}, "example": 1}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "webhooks": {
        "paid": {
            "post": {
                "responses": {
                    "200": {
                        "description": "Taken.",
                        "content": {"application/json": BROKEN},
                    }
                }
            }
        }
    },
}


class _Failing:
    """A journal whose database is away for the first two looks."""

    looks = 0

    @property
    def last_id(self):
        self.looks += 1
        if self.looks < 3:
            raise JournalFailure("the database is away")
        return 0


def test_examples_are_checked_once_the_database_is_back(monkeypatch, capsys):
    monkeypatch.setattr(findings, "_QUIET", 0.001)
    mock, said = Mock(sources.describe(DOCUMENT)), []

    def told():
        said.append(capsys.readouterr().err)
        return "1 is not a string" in "".join(said)

    with findings.reporting_findings(mock, _Failing()):
        until(told)
    assert "Examples were not checked" not in "".join(said)
