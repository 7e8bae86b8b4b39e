#!/usr/bin/env bash
# svix 2.9.1 beside standardwebhooks 1.1.0 (PyPI): the two classes `Webhook` are of one
# origin and take the same headers, yet `verify` of standardwebhooks returns the parsed body,
# and that of svix None: `event = webhook.verify(...)` goes on with nothing once the import
# is changed. It also means that a signed body which is no JSON passes the one and raises
# JSONDecodeError in the other.
#
# Guessed: the same result from both.
# Seen: as above.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'svix==2.9.1' 'standardwebhooks==1.1.0'
cat > "$folder/try.py" <<'PY'
import base64
from datetime import UTC, datetime

import standardwebhooks
import svix.webhooks

key = "whsec_" + base64.b64encode(b"k" * 24).decode()
now = datetime.now(tz=UTC)
for library in (standardwebhooks, svix.webhooks):
    webhook = library.Webhook(key)
    for body in ('{"paid": true}', "paid=true"):
        fields = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign("msg_1", now, body),
        }
        try:
            seen = repr(webhook.verify(body, fields))
        except ValueError as error:
            seen = type(error).__name__
        print(f"{library.__name__:16} {body:14} {seen}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
standardwebhooks {"paid": true} {'paid': True}
standardwebhooks paid=true      JSONDecodeError
svix.webhooks    {"paid": true} None
svix.webhooks    paid=true      None
EXPECTED
