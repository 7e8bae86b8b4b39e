"""Mocks in processes of their own, whose journals are in one database."""

import contextlib
import json
import subprocess
import sys
import threading

from cbmock.journal import patience

from tests.support.invoices import DOCUMENT
from tests.support.noting_senders import send_until_it_ends

_SENDERS = 8
_SERVE = """
import json, sys
from cbmock import sources
from cbmock.journal import patience
from cbmock.journal.database import DatabaseJournal
from cbmock.mock.mock import Mock
from cbmock.server.app import App
from cbmock.server.run import Running

url, document, on_failure, patience.PATIENCE = *sys.argv[1:4], float(sys.argv[4])
mock = Mock(sources.describe(json.loads(document)))
journal = DatabaseJournal(url, mock.operations, on_failure=on_failure)
running = Running(App(mock, journal), host="127.0.0.1", port=0)
running.start()
print(running.url, flush=True)
sys.stdin.read()
running.stop()
print(journal.write_waiting(), flush=True)
"""


def start(url, *, on_failure="reject"):
    """Start a mock; return its process and its URL.

    It ends with its standard input, and prints how many calls it could not write.
    """
    arguments = [url, json.dumps(DOCUMENT), on_failure, str(patience.PATIENCE)]
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


@contextlib.contextmanager
def sending(bases, name, answered):
    """Let several senders send to mocks inside, while those answer."""
    over = threading.Event()
    senders = [
        threading.Thread(
            target=send_until_it_ends,
            args=(bases[number % len(bases)], f"{name}{number}", answered, over),
        )
        for number in range(_SENDERS)
    ]
    for each in senders:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in senders:
            each.join()
