#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI), the reference library: whatever is wrong with a signature is a
# WebhookVerificationError, for which receivers answer 400, but for a word in the header that
# has no comma, or two: it raises a bare ValueError of unpacking, which answers 500, and a
# sender then tries again. A good signature beside it does not help.
#
# Guessed: such a word is passed over, or refused as any other.
# Seen: ValueError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'standardwebhooks==1.1.0'
cat > "$folder/try.py" <<'PY'
import base64
from datetime import UTC, datetime

from standardwebhooks import Webhook

key = "whsec_" + base64.b64encode(b"k" * 24).decode()
webhook, now = Webhook(key), datetime.now(tz=UTC)


def fields(signature):
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }


good = webhook.sign("msg_1", now, "{}")
for words in ("v2,unknown", f"v2,unknown {good}", "plain", f"plain {good}", f"v1,a,b {good}"):
    try:
        seen = webhook.verify("{}", fields(words))
    except Exception as error:
        seen = f"{type(error).__name__}: {error}"
    print(f"{words.replace(good, 'GOOD'):18} {seen}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
v2,unknown         WebhookVerificationError: No matching signature found
v2,unknown GOOD    {}
plain              ValueError: not enough values to unpack (expected 2, got 1)
plain GOOD         ValueError: not enough values to unpack (expected 2, got 1)
v1,a,b GOOD        ValueError: too many values to unpack (expected 2)
EXPECTED
