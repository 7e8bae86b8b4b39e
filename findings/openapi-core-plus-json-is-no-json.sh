#!/usr/bin/env bash
# openapi-core 0.23.1 (PyPI): a body whose documented type ends in `+json` is not read as JSON,
# so that the schema judges its text. The suffix says that it is JSON (RFC 6839, 3.1); half
# of the senders of webhooks use one (`application/cloudevents+json`).
#
# Guessed: like application/json.
# Seen: the valid body is "Request body validation error"; a deserializer of one's own for
# each such type is needed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'openapi-core==0.23.1'
cat > "$folder/try.py" <<'PY'
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters


class Delivery:
    name, parameters = "paid", RequestParameters()

    def __init__(self, content_type, body, method="post"):
        self.content_type, self.body, self.method = content_type, body, method


def reader(path_item, openapi="3.1.0"):
    return OpenAPI.from_dict(
        {
            "openapi": openapi,
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "webhooks": {"paid": path_item},
        }
    )


RESPONSES = {"200": {"description": ""}}
SCHEMA = {"type": "object", "required": ["id"]}
for media_type in ("application/json", "application/cloudevents+json"):
    content = {media_type: {"schema": SCHEMA}}
    item = {"post": {"requestBody": {"content": content}, "responses": RESPONSES}}
    result = reader(item).unmarshal_webhook_request(Delivery(media_type, b'{"id": 1}'))
    print(media_type, result.body, [str(error) for error in result.errors])
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
application/json {'id': 1} []
application/cloudevents+json None ['Request body validation error: Value b\'{"id": 1}\' not valid for schema of type object: (<ValidationError: \'b\\\'{"id": 1}\\\' is not of type \\\'object\\\'\'>,)']
EXPECTED
