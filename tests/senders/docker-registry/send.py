"""A registry of images, which notifies an endpoint of what is pushed."""

import hashlib
import json
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

import events
import servers

folder = Path(tempfile.mkdtemp(prefix="docker-registry-"))
port = servers.free_port()
endpoint = {
    "name": "trial",
    "url": events.URL,
    "headers": {"Authorization": ["Bearer trial"]},
    "timeout": "3s",
    "threshold": 3,
    "backoff": "4s",
}
configuration = {
    "version": 0.1,
    "storage": {"filesystem": {"rootdirectory": str(folder)}},
    "http": {"addr": f"127.0.0.1:{port}", "host": "http://registry.example"},
    "notifications": {"endpoints": [endpoint]},
}
(folder / "config.yml").write_text(json.dumps(configuration))  # JSON is YAML
process = subprocess.Popen(
    ["root/usr/bin/docker-registry", "serve", str(folder / "config.yml")],
    stdout=sys.stderr,
)
servers.wait_for(port, process)


def send(event):
    layer = f"The phase is {event}.".encode()
    digest = f"sha256:{hashlib.sha256(layer).hexdigest()}"
    base = f"http://127.0.0.1:{port}"
    begin = urllib.request.Request(f"{base}/v2/trial/blobs/uploads/", method="POST")
    with urllib.request.urlopen(begin) as begun:
        _, _, path = begun.headers["Location"].partition("registry.example")
    whole = urllib.request.Request(
        f"{base}{path}&digest={digest}",
        method="PUT",
        data=layer,
        headers={"Content-Type": "application/octet-stream"},
    )
    urllib.request.urlopen(whole).close()


events.each(send)
process.terminate()
