"""A Matrix homeserver, with an application service that is told what happens in a room."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import events
import servers

folder = Path(tempfile.mkdtemp(prefix="synapse-"))
port = servers.free_port()
service = {
    "id": "trial",
    "url": events.URL,
    "as_token": "as-token",
    "hs_token": "hs-token",
    "sender_localpart": "trial",
    "rate_limited": False,
    "namespaces": {"users": [{"exclusive": True, "regex": "@trial_.*"}]},
}
client = {"names": ["client"], "compress": False}
home = {
    "server_name": "home.example",
    "pid_file": str(folder / "pid"),
    "listeners": [
        {
            "port": port,
            "type": "http",
            "bind_addresses": ["127.0.0.1"],
            "resources": [client],
        }
    ],
    "database": {"name": "sqlite3", "args": {"database": str(folder / "db")}},
    "media_store_path": str(folder / "media"),
    "signing_key_path": str(folder / "key"),
    "macaroon_secret_key": "macaroon",
    "registration_shared_secret": "registration",
    "report_stats": False,
    "trusted_key_servers": [],
    "app_service_config_files": [str(folder / "service.yaml")],
}
# JSON is YAML.
(folder / "service.yaml").write_text(json.dumps(service))
(folder / "home.yaml").write_text(json.dumps(home))
command = [
    sys.executable,
    "-m",
    "synapse.app.homeserver",
    "-c",
    str(folder / "home.yaml"),
]
subprocess.run([*command, "--generate-keys"], check=True, stdout=sys.stderr)
process = subprocess.Popen(command, stdout=sys.stderr)
servers.wait_for(port, process)
api = f"http://127.0.0.1:{port}/_matrix/client/v3"


def ask(method, path, body):
    return servers.ask(method, api + path, body, authorization="Bearer as-token")


def as_bot(path):
    return f"{path}?user_id={quote('@trial_bot:home.example')}"


ask(
    "POST",
    "/register",
    {"type": "m.login.application_service", "username": "trial_bot"},
)
room = ask("POST", as_bot("/createRoom"), {"name": "Hall"})["room_id"]
time.sleep(5)  # until the service was told all that


def send(event):
    message = {"msgtype": "m.text", "body": f"The phase is {event}."}
    path = f"/rooms/{quote(room)}/send/m.room.message/{event}"
    ask("PUT", as_bot(path), message)


events.each(send)
process.terminate()
