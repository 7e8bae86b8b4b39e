"""A PostgreSQL of our own: a cluster in a temporary folder, on a free port of loopback."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg


def binaries():
    """Return the folder of initdb and postgres; None if they are not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    folders += [Path(found).parent] if found else []
    return next((each for each in folders if (each / "postgres").exists()), None)


def _as_somebody():
    """PostgreSQL does not run as root; its package made a user for it."""
    return {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}


@contextmanager
def postgres():
    """Run a cluster; gives a server with its URL, that can be stopped and started again."""
    where = binaries()
    folder = Path(tempfile.mkdtemp(prefix="cbmock-postgres-"))
    who = _as_somebody()
    if who:
        shutil.chown(folder, **who)
    try:
        yield from _running(where, folder / "data", who)
    finally:
        shutil.rmtree(folder)


def _running(where, data, who):
    env = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    command = [
        str(where / "initdb"),
        "-D",
        str(data),
        "-U",
        "cbmock",
        "--auth=trust",
        "--no-sync",
    ]
    subprocess.run(command, check=True, capture_output=True, env=env, **who)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = _Server(
        [
            str(where / "postgres"),
            "-D",
            str(data),
            "-p",
            str(port),
            "-k",
            str(data),
            "-h",
            "127.0.0.1",
        ],
        who,
        env,
    )
    server.url = f"postgresql://cbmock@127.0.0.1:{port}/postgres"
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Server:
    def __init__(self, command, who, env):
        self._command, self._who, self._env = command, who, env
        self._process = None
        self.url = ""

    def start(self):
        if self._process is not None:
            return
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._env,
            **self._who,
        )
        end = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            else:
                return

    def kill(self):
        """End it at once: it loses what was not committed durably."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        self._process = None

    def stop(self):
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # clients are not waited for
            self._process.wait(30)
            self._process = None
