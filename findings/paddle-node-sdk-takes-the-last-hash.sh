#!/usr/bin/env bash
# @paddle/paddle-node-sdk 3.10.0 (npm) beside paddle-python-sdk 1.16.1 (PyPI): a Paddle-Signature
# may hold `h1` more than once, one per secret, while the secret of an endpoint is replaced. The
# Python SDK compares each of them. The one for Node keeps the last: who still has the old
# secret is refused from then on, although the header has a good signature for it.
#
# Guessed: two SDKs of one vendor take the same header.
# Seen: in Node, the order of the hashes decides.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund @paddle/paddle-node-sdk@3.10.0 > npm.txt 2>&1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'paddle-python-sdk==1.16.1'
cat > verify.cjs <<'JS'
const { Paddle, LogLevel } = require("@paddle/paddle-node-sdk");

const [body, secret, header] = process.argv.slice(2);
const { webhooks } = new Paddle("made-up", { logLevel: LogLevel.none });
webhooks.isSignatureValid(body, secret, header).then((good) => console.log(good ? "good" : "bad"));
JS
cat > try.py <<'PY'
import hashlib
import hmac
import subprocess
import time
from types import SimpleNamespace

from paddle_billing.Notifications import Secret, Verifier

BODY = '{"event_type": "made.up"}'


def header(names):
    now = int(time.time())
    signed = f"{now}:{BODY}".encode()
    hashes = [hmac.digest(name.encode(), signed, hashlib.sha256).hex() for name in names]
    return ";".join([f"ts={now}", *(f"h1={each}" for each in hashes)])


for names in (["old"], ["old", "new"], ["new", "old"]):
    for secret in ("old", "new"):
        fields = {"Paddle-Signature": header(names)}
        request = SimpleNamespace(body=BODY.encode(), headers=fields)
        python = "good" if Verifier().verify(request, Secret(secret)) else "bad"
        command = ["node", "verify.cjs", BODY, secret, *fields.values()]
        node = subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()
        print(f"hashes of {'+'.join(names):7} secret: {secret} Python: {python:4} Node: {node}")
PY
venv/bin/python try.py 2> log | tee seen
diff seen - <<'EXPECTED'
hashes of old     secret: old Python: good Node: good
hashes of old     secret: new Python: bad  Node: bad
hashes of old+new secret: old Python: good Node: bad
hashes of old+new secret: new Python: good Node: good
hashes of new+old secret: old Python: good Node: good
hashes of new+old secret: new Python: good Node: bad
EXPECTED
