"""A database for each test: SQLite's, and PostgreSQL's where that is installed."""

import pytest
from cbmock.journal.database import DatabaseJournal

from tests.support.postgres import binaries, postgres


@pytest.fixture(scope="module")
def cluster():
    if binaries() is None:
        pytest.skip("no PostgreSQL is installed: apt-get install postgresql")
    with postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'calls.db'}"
    server = request.getfixturevalue("cluster")
    journal = DatabaseJournal(server.url)
    journal.clear()
    journal.close()
    return server.url
