import subprocess
import sys

import pytest

import receiver


@pytest.mark.parametrize("name", receiver.__all__)
def test_every_public_name_is_there(name):
    assert getattr(receiver, name) is not None


def test_an_unknown_name_is_told_as_usual():
    with pytest.raises(AttributeError, match="module 'receiver' has no attribute 'X'"):
        _ = receiver.X


def test_python_m_receiver_is_cbmock():
    told = subprocess.run(
        [sys.executable, "-m", "receiver", "--version"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert told == f"cbmock, version {receiver.__version__}\n"
