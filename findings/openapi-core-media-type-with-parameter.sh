#!/usr/bin/env bash
# openapi-core 0.23.1 (PyPI): parameters of a request's Content-Type do not matter where the
# document has the plain type. The other way round they do: where the document's key has a
# parameter, as springdoc and others write it, only the very same text is found.
#
# Guessed: `application/json` is found under both keys.
# Seen: with `application/json; charset=utf-8` as key, neither `application/json` nor the same
# charset in capitals, which RFC 9110, 8.3.2 calls the same, is found.
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
CHARSET = "application/json; charset=utf-8"
for key in ("application/json", CHARSET):
    content = {key: {"schema": {"type": "object"}}}
    item = {"post": {"requestBody": {"content": content}, "responses": RESPONSES}}
    for sent in ("application/json", CHARSET, "application/json; charset=UTF-8"):
        result = reader(item).unmarshal_webhook_request(Delivery(sent, b"{}"))
        print(f"{key} | {sent} |", "not found" if result.errors else "found")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
application/json | application/json | found
application/json | application/json; charset=utf-8 | found
application/json | application/json; charset=UTF-8 | found
application/json; charset=utf-8 | application/json | not found
application/json; charset=utf-8 | application/json; charset=utf-8 | found
application/json; charset=utf-8 | application/json; charset=UTF-8 | not found
EXPECTED
