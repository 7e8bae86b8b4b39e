#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI): a header value in double quotes is read with its quotes. The HTTP
# binding (CloudEvents 1.0.2, 3.1.3.2) tells receivers to take such a value as a quoted string
# first, and to undo the percent-encoding afterwards.
#
# Guessed: the id is `a b`.
# Seen: the quotes are part of the id, so the same event has two identities.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cloudevents==2.2.0'
cat > "$folder/try.py" <<'PY'
from cloudevents.core.bindings.http import HTTPMessage, from_http_event

fields = {"ce-source": "/s", "ce-type": "t", "ce-specversion": "1.0"}
for value in ("a%20b", '"a b"'):
    event = from_http_event(HTTPMessage({**fields, "ce-id": value}, b""))
    print(f"ce-id: {value:8} id: {event.get_id()}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
ce-id: a%20b    id: a b
ce-id: "a b"    id: "a b"
EXPECTED
