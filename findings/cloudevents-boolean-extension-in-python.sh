#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI): an extension attribute of type Boolean goes into its header, in
# binary mode, as Python writes it. The type system of CloudEvents 1.0.2 gives Booleans
# one form as text: `true` and `false`.
#
# Guessed: `ce-flag: true`.
# Seen: `ce-flag: True`. Structured mode is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cloudevents==2.2.0'
cat > "$folder/try.py" <<'PY'
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

event = CloudEvent(
    {"id": "1", "source": "/s", "type": "t", "specversion": "1.0", "flag": True}
)
print("binary:    ", to_binary_event(event).headers["ce-flag"])
body = to_structured_event(event).body.decode()
print("structured:", '"flag": true' in body)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
binary:     True
structured: True
EXPECTED
