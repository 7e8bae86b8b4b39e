#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI): a request in batched mode, `application/cloudevents-batch+json`, is
# one of the three modes of the HTTP binding. The reader takes it for an event in structured
# mode and looks for attributes in the list.
#
# Guessed: a list of events, or a refusal that names the mode.
# Seen: AttributeError of a list, none of the package's own errors.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cloudevents==2.2.0'
cat > "$folder/try.py" <<'PY'
import json

from cloudevents.core.bindings.http import HTTPMessage, from_http_event

event = {"id": "1", "source": "/s", "type": "t", "specversion": "1.0", "data": {"a": 1}}
fields = {"content-type": "application/cloudevents-batch+json"}
try:
    from_http_event(HTTPMessage(fields, json.dumps([event]).encode()))
except AttributeError as error:
    print("AttributeError:", error)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
AttributeError: 'list' object has no attribute 'get'
EXPECTED
