#!/usr/bin/env bash
# mercadopago 3.6.0 (PyPI): the validator of webhooks documents the header that it takes as
# `ts=<ms>,v1=<hex>`, and its clock, `now`, is asked for milliseconds as well. With
# `tolerance_seconds` it reads the number of the header as seconds: a header of this very
# moment lies tens of thousands of years ahead. The changelog calls that a mended unit.
#
# Guessed: the documented header, of this moment, is within any tolerance.
# Seen: out of it by every tolerance; only a header in seconds is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'mercadopago==3.6.0'
cat > "$folder/try.py" <<'PY'
import hashlib
import hmac
import re

from mercadopago.webhook import InvalidWebhookSignatureError, WebhookSignatureValidator

NOW = 1_796_000_000_000  # in milliseconds
validate = WebhookSignatureValidator.validate
print("documented:", *re.findall(r"ts=<\w+>", validate.__doc__))
for stamp in (NOW, NOW // 1000):
    manifest = f"id:7;request-id:r;ts:{stamp};"
    digest = hmac.digest(b"secret", manifest.encode(), hashlib.sha256).hex()
    header = f"ts={stamp},v1={digest}"
    for tolerance in (None, 300):
        try:
            validate(header, "r", "7", "secret", tolerance_seconds=tolerance, now=lambda: NOW)
            seen = "valid"
        except InvalidWebhookSignatureError as error:
            seen = error.reason.value
        print(f"ts={stamp:<13} tolerance: {tolerance} {seen}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
documented: ts=<ms>
ts=1796000000000 tolerance: None valid
ts=1796000000000 tolerance: 300 TimestampOutOfTolerance
ts=1796000000    tolerance: None valid
ts=1796000000    tolerance: 300 valid
EXPECTED
