"""Alertmanager takes alerts by its API, groups them, and sends each group."""

import subprocess
import sys
import tempfile
from pathlib import Path

import events
import servers

CONFIGURATION = """
route:
  receiver: trial
  group_by: [alertname]
  group_wait: 0s
  group_interval: 10s
  repeat_interval: 1h
receivers:
  - name: trial
    webhook_configs: [{url: "%s", send_resolved: false}]
"""
# Debian's build reads its template there, and nowhere else.
OWN_SHARE = 'mount --bind root/usr/share /usr/share && exec "$0" "$@"'
folder = Path(tempfile.mkdtemp(prefix="alertmanager-"))
(folder / "alertmanager.yml").write_text(CONFIGURATION % events.URL)
port = servers.free_port()
process = subprocess.Popen(
    [
        *("unshare", "--map-root-user", "--mount", "sh", "-c", OWN_SHARE),
        "root/usr/bin/prometheus-alertmanager",
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/data",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.external-url=http://alertmanager.example",
        "--web.route-prefix=/",
        "--cluster.listen-address=",
    ],
    stdout=sys.stderr,
)
servers.wait_for(port, process)


def send(event):
    alert = {
        "labels": {"alertname": f"phase-{event}", "severity": "page"},
        "annotations": {"summary": f"The phase is {event}."},
        "generatorURL": "http://prometheus.example/graph",
    }
    servers.ask("POST", f"http://127.0.0.1:{port}/api/v2/alerts", [alert])


events.each(send)
process.terminate()
