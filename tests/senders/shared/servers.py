"""Servers of a trial: a free port on loopback, and a wait until something listens there."""

import json
import socket
import time
import urllib.request


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port, process, seconds=550):
    """Wait until a process listens at the port; raise where it has ended."""
    deadline = time.monotonic() + seconds
    while not _listens(port):
        if process.poll() is not None or time.monotonic() > deadline:
            message = f"nothing listens at {port}"
            raise OSError(message)
        time.sleep(0.2)


def _listens(port):
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def ask(method, url, body=None, **fields):
    """Send JSON; return the answer, which is JSON too."""
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"content-type": "application/json", **headers},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read() or b"null")
