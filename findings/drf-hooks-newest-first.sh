#!/usr/bin/env bash
# drf-hooks 0.1.5 (PyPI): events that wait for a free thread are sent newest first. The queue of
# its client is filled at the right end, and emptied there too: while a receiver is slow, an
# order is "paid" before it is "created". More threads only hide it.
#
# Guessed: first in, first out, as far as three threads allow.
# Seen: the event that came last is sent next; the oldest waits longest.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'drf-hooks==0.1.5' 'django==4.2.30' 'requests==2.34.2'
cat > "$folder/try.py" <<'PY'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from django.conf import settings

settings.configure(HOOK_EVENTS={})

from drf_hooks.client import Client

arrived, may_answer, came, all_came = [], threading.Event(), threading.Event(), threading.Event()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        arrived.append(self.rfile.read(int(self.headers["content-length"])).decode())
        came.set()
        if len(arrived) == 4:
            all_came.set()
        may_answer.wait(30)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = Client(num_threads=1)
for event in ("created", "paid", "packed", "delivered"):
    client.post(f"http://127.0.0.1:{server.server_port}/", data=event)
    came.wait(30)  # the first one is under way; the others wait
may_answer.set()
all_came.wait(30)
print(*arrived)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
created delivered packed paid
EXPECTED
