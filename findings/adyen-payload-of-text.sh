#!/usr/bin/env bash
# Adyen 16.0.0 (PyPI): the verifier of notifications, `is_valid_hmac_notification`, takes
# text all through; the verifier of the newer webhooks that are signed in a header,
# `is_valid_hmac_payload`, beside it in the same module, raises for a body that is text.
#
# Guessed: both take the body as frameworks hand it out, or answer False.
# Seen: ValueError "Must Provide payload as bytes", also where the signature is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'Adyen==16.0.0'
cat > "$folder/try.py" <<'PY'
import base64
import hashlib
import hmac

from Adyen.util import is_valid_hmac_payload

key = "00112233445566778899AABBCCDDEEFF"
body = '{"type": "made.up"}'
digest = hmac.digest(bytes.fromhex(key), body.encode(), hashlib.sha256)
header = base64.b64encode(digest).decode()
print("bytes:", is_valid_hmac_payload(header, key, body.encode()))
try:
    print("text: ", is_valid_hmac_payload(header, key, body))
except ValueError as error:
    print("text:  ValueError:", error)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
bytes: True
text:  ValueError: Must Provide payload as bytes
EXPECTED
