#!/usr/bin/env bash
# paddle-python-sdk 1.16.1 (PyPI): `Verifier.verify` is documented to give True or False. Where the
# secrets are a list, as they are while one is replaced by the next, it gives no False: for a
# signature of neither it raises ConnectionRefusedError, an OSError of the operating system's,
# which servers, clients and retries take for a network that does not answer.
#
# Guessed: False, as for one secret, also in a list of one.
# Seen: ConnectionRefusedError, for one secret in a list as well.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'paddle-python-sdk==1.16.1'
cat > "$folder/try.py" <<'PY'
import hashlib
import hmac
import time
from types import SimpleNamespace

from paddle_billing.Notifications import Secret, Verifier

body = b'{"event_type": "made.up"}'
now = int(time.time())
digest = hmac.digest(b"old", b"%d:%b" % (now, body), hashlib.sha256).hex()
request = SimpleNamespace(body=body, headers={"Paddle-Signature": f"ts={now};h1={digest}"})
for names in ("old", "new", ["old", "new"], ["new"], ["new", "newer"]):
    secrets = Secret(names) if isinstance(names, str) else [Secret(name) for name in names]
    try:
        seen = Verifier().verify(request, secrets)
    except OSError as error:
        seen = f"{type(error).__name__}: {error}"
    print(f"{names!s:16} {seen}")
PY
"$folder/venv/bin/python" "$folder/try.py" 2> "$folder/log" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
old              True
new              False
['old', 'new']   True
['new']          ConnectionRefusedError: Paddle signature failed integrity check
['new', 'newer'] ConnectionRefusedError: Paddle signature failed integrity check
EXPECTED
