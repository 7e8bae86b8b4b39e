"""A tracking server of MLflow, with a webhook for models that are registered."""

import base64
import os
import subprocess
import sys
import tempfile

import events
import mlflow
import servers

folder = tempfile.mkdtemp(prefix="mlflow-")
port = servers.free_port()
os.environ |= {
    "MLFLOW_WEBHOOK_ALLOWED_SCHEMES": "http",
    "MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS": "true",
    "MLFLOW_WEBHOOK_REQUEST_TIMEOUT": "5",
    "MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY": base64.b64encode(b"k" * 32).decode(),
}
process = subprocess.Popen(
    [
        *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--backend-store-uri", f"sqlite:///{folder}/db"),
        *("--artifacts-destination", folder),
    ],
    stdout=sys.stderr,
)
servers.wait_for(port, process)
client = mlflow.MlflowClient(
    tracking_uri=f"http://127.0.0.1:{port}", registry_uri=f"http://127.0.0.1:{port}"
)
client.create_webhook(
    name="trial",
    url=events.URL,
    events=["registered_model.created"],
    secret="a-secret-of-the-trial",
)


def send(event):
    client.create_registered_model(f"phase-{event}", description="A model.")


events.each(send)
process.terminate()
