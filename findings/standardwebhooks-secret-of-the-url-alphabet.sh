#!/usr/bin/env bash
# standardwebhooks 1.1.0 (PyPI): a secret in the URL-safe alphabet of base64, such as
# `secrets.token_urlsafe` makes, is not refused for its alphabet. The letters that differ are
# dropped while it is decoded, so another key comes out, and no signature fits; where nothing
# else is in it, the message says that the secret is empty.
#
# Guessed: refused, or read as meant.
# Seen: a shorter key, which signs otherwise than the key that was meant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'standardwebhooks==1.1.0'
cat > "$folder/try.py" <<'PY'
import base64
from datetime import UTC, datetime

from standardwebhooks import Webhook

raw = b"\xfb\xef\xbe" * 4 + b"abc" * 4
when = datetime(2026, 1, 1, tzinfo=UTC)
plain = "whsec_" + base64.b64encode(raw).decode()
url_safe = "whsec_" + base64.urlsafe_b64encode(raw).decode()
print(plain)
print(url_safe)
same = Webhook(plain).sign("m", when, "{}") == Webhook(url_safe).sign("m", when, "{}")
print("sign alike:", same)
try:
    Webhook("whsec_----")
except Exception as error:
    print(f"whsec_----: {error}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
whsec_++++++++++++++++YWJjYWJjYWJjYWJj
whsec_----------------YWJjYWJjYWJjYWJj
sign alike: False
whsec_----: webhook secret may not be empty
EXPECTED
