#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI): data that is a text, with `datacontenttype: application/json`, is
# written as it is in binary mode, without the quotes that make it JSON; in structured mode
# the very same event holds the JSON string. A receiver that reads by Content-Type fails for
# one of the two modes.
#
# Guessed: both modes carry the JSON string "paid".
# Seen: the body in binary mode is no JSON.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cloudevents==2.2.0'
cat > "$folder/try.py" <<'PY'
import json

from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

event = CloudEvent(
    {
        "id": "1",
        "source": "/s",
        "type": "t",
        "specversion": "1.0",
        "datacontenttype": "application/json",
    },
    "paid",
)
structured = json.loads(to_structured_event(event).body)
print("structured:", repr(structured["data"]))
binary = to_binary_event(event)
print("binary:    ", binary.headers["content-type"], binary.body)
try:
    json.loads(binary.body)
except json.JSONDecodeError:
    print("which is no JSON")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
structured: 'paid'
binary:     application/json b'paid'
which is no JSON
EXPECTED
