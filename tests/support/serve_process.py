"""The fixture `serve`: `cbmock serve` in processes of its own, ended with the test."""

import os
import subprocess
import sys

import pytest

from tests.support.serving import Serving


@pytest.fixture
def serve():
    processes = []

    def start(*arguments, cwd=None):
        process = subprocess.Popen(
            [sys.executable, "-m", "cbmock", "serve", *arguments, "--port", "0"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=cwd,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        processes.append(process)
        return Serving(process)

    yield start
    for process in processes:
        process.kill()
        process.communicate()
