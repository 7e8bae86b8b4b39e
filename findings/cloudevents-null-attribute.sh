#!/usr/bin/env bash
# cloudevents 2.2.0 (PyPI): an optional attribute that is null in structured mode is refused.
# The JSON format (CloudEvents 1.0.2, JSON Event Format 2.2) lets senders write an attribute
# that is not set as null, which means as much as leaving it out.
#
# Guessed: an event without a subject.
# Seen: CloudEventValidationError, twice for the one attribute.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'cloudevents==2.2.0'
cat > "$folder/try.py" <<'PY'
import json

from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from cloudevents.core.exceptions import CloudEventValidationError

event = {"id": "1", "source": "/s", "type": "t", "specversion": "1.0", "subject": None}
fields = {"content-type": "application/cloudevents+json"}
try:
    from_http_event(HTTPMessage(fields, json.dumps(event).encode()))
except CloudEventValidationError as error:
    print(error)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
Failed to create CloudEvent due to the validation errors:: subject: Attribute 'subject' must be a <class 'str'>, Attribute 'subject' must not be empty
EXPECTED
