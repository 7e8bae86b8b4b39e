#!/usr/bin/env bash
# mlflow-skinny 3.17.2 (PyPI): webhooks, made after Standard Webhooks by their own account, are
# retried below the code that signs them. Each retry has the timestamp and the signature of the
# first attempt, where the standard wants a new timestamp per attempt. A `Retry-After` is waited
# for: a receiver that asks for more time than it tolerates, refuses what it asked for.
#
# Guessed: a timestamp of the moment, signed anew, with the same delivery id.
# Seen: everything is the same; the second attempt is as old as the receiver told it to wait.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'mlflow-skinny==3.17.2' 'urllib3==2.8.0'
cat > "$folder/try.py" <<'PY'
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

from mlflow.entities.webhook import Webhook, WebhookAction, WebhookEntity, WebhookEvent
from mlflow.webhooks.delivery import test_webhook

WAIT = 4
arrived = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        arrived.append((time.time(), self.headers))
        self.send_response(503 if len(arrived) == 1 else 204)
        self.send_header("Retry-After", str(WAIT))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
webhook = Webhook(
    webhook_id="1",
    name="models",
    url=f"http://127.0.0.1:{server.server_port}/",
    secret="made-up",
    events=[WebhookEvent(WebhookEntity.REGISTERED_MODEL, WebhookAction.CREATED)],
    creation_timestamp=0,
    last_updated_timestamp=0,
)
print("answered:", test_webhook(webhook).response_status)
(_, first), (came, second) = arrived
for name in ("Delivery-Id", "Timestamp", "Signature"):
    same = first[f"X-MLflow-{name}"] == second[f"X-MLflow-{name}"]
    print(f"{name}:", "the same" if same else "another")
print("as old as the wait:", came - int(second["X-MLflow-Timestamp"]) >= WAIT)
PY
export MLFLOW_WEBHOOK_ALLOWED_SCHEMES=http MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS=true
export MLFLOW_DISABLE_TELEMETRY=true
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
answered: 204
Delivery-Id: the same
Timestamp: the same
Signature: the same
as old as the wait: True
EXPECTED
