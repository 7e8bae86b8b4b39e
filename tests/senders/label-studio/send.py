"""Label Studio tells a webhook of a project which tasks were imported."""

import os
import subprocess
import sys
import tempfile

import events
import servers

folder = tempfile.mkdtemp(prefix="label-studio-")
port = servers.free_port()
TOKEN = "a" * 40
environment = {
    **os.environ,
    "LABEL_STUDIO_BASE_DATA_DIR": folder,
    "SSRF_PROTECTION_ENABLED": "false",
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "COLLECT_ANALYTICS": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
}
process = subprocess.Popen(
    [
        *(
            "venv/bin/label-studio",
            "start",
            "--no-browser",
            "--enable-legacy-api-token",
        ),
        *("--data-dir", folder, "--internal-host", "127.0.0.1", "--port", str(port)),
        *(
            "--username",
            "a@example.com",
            "--password",
            "a-password",
            "--user-token",
            TOKEN,
        ),
    ],
    env=environment,
    stdout=sys.stderr,
)
servers.wait_for(port, process)
api = f"http://127.0.0.1:{port}/api"


def ask(method, path, body):
    return servers.ask(method, api + path, body, authorization=f"Token {TOKEN}")


label = '<View><Text name="text" value="$text"/></View>'
project = ask("POST", "/projects", {"title": "Trial", "label_config": label})["id"]
webhook = {
    "project": project,
    "url": events.URL,
    "headers": {"X-Trial": "yes"},
    "send_payload": True,
    "send_for_all_actions": False,
    "actions": ["TASKS_CREATED"],
}
ask("POST", "/webhooks/", webhook)


def send(event):
    ask("POST", f"/projects/{project}/import", [{"text": event}])


events.each(send)
process.terminate()
