import subprocess
import sys

import cbmock
import pytest

from tests.support.rows import each_row


@each_row("name", cbmock.__all__)
def test_every_public_name_is_there(name):
    assert getattr(cbmock, name) is not None


def test_an_unknown_name_is_told_as_usual():
    with pytest.raises(AttributeError, match="module 'cbmock' has no attribute 'X'"):
        _ = cbmock.X


@pytest.mark.process
def test_python_m_cbmock_is_the_command():
    told = subprocess.run(
        [sys.executable, "-m", "cbmock", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told == f"cbmock, version {cbmock.__version__}\n"
