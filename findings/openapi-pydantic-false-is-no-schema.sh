#!/usr/bin/env bash
# openapi-pydantic 0.6.0 (PyPI) models OpenAPI 3.1.1, whose schemas may be `true` or `false`
# wherever a schema may stand (Schema Object; JSON Schema 2020-12, Core 4.3.2). The models take
# them for `additionalProperties` alone: `unevaluatedProperties: false`, which 3.1 brought and which
# is hardly ever anything else, is refused, and with it the whole document.
#
# Guessed: what `additionalProperties` may be, `unevaluatedProperties` may be.
# Seen: taken in one of five places.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'openapi-pydantic==0.6.0' 'pydantic==2.14.4'
cat > "$folder/try.py" <<'PY'
from openapi_pydantic import OpenAPI
from pydantic import ValidationError

SCHEMAS = {
    "additionalProperties": {"additionalProperties": False},
    "unevaluatedProperties": {"unevaluatedProperties": False},
    "items": {"prefixItems": [{"type": "string"}], "items": False},
    "a member": {"properties": {"gone": False}},
    "a body": True,
}
for place, schema in SCHEMAS.items():
    body = {"content": {"application/json": {"schema": schema}}}
    document = {
        "openapi": "3.1.1",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"paid": {"post": {"requestBody": body}}},
    }
    try:
        OpenAPI.model_validate(document)
        print(f"{place}: taken")
    except ValidationError as error:
        print(f"{place}: {type(error).__name__}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
additionalProperties: taken
unevaluatedProperties: ValidationError
items: ValidationError
a member: ValidationError
a body: ValidationError
EXPECTED
