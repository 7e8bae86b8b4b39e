#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI): an event that is read from a request gets a `time` that the
# request did not have: the moment of reading. The attribute is optional (CloudEvents
# 1.0.2), so whoever reads an event and forwards it, or compares two attempts of one
# delivery, sees an attribute that the sender never set, another one at each reading.
#
# Guessed: the attributes that are read are those that were sent.
# Seen: `time` is among them; two readings of the same request differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cloudevents==2.2.0'
cat > "$folder/try.py" <<'PY'
from cloudevents.core.bindings.http import HTTPMessage, from_http_event

fields = {"ce-id": "1", "ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}
first = from_http_event(HTTPMessage(fields, b"")).get_attributes()
second = from_http_event(HTTPMessage(fields, b"")).get_attributes()
print("sent:", sorted(name.removeprefix("ce-") for name in fields))
print("read:", sorted(first))
print("the same when read again:", first == second)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
sent: ['id', 'source', 'specversion', 'type']
read: ['id', 'source', 'specversion', 'time', 'type']
the same when read again: False
EXPECTED
