#!/usr/bin/env bash
# openapi-spec-validator 0.9.0 (PyPI): that operationIds are unique is checked among `paths`
# alone. The same two operations below `webhooks`, or one below `paths` and one in its own
# `callbacks`, pass, although the id MUST be unique among all operations of the API (OAS
# 3.1.1, Operation Object).
#
# Guessed: the check visits every operation of the document.
# Seen: it does not enter `webhooks` and `callbacks`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'openapi-spec-validator==0.9.0'
cat > "$folder/try.py" <<'PY'
from openapi_spec_validator import validate
from openapi_spec_validator.validation.exceptions import DuplicateOperationIDError


def operation(**more):
    return {"post": {"operationId": "x", "responses": {"200": {"description": ""}}, **more}}


DOCUMENTS = {
    "two paths": {"paths": {"/a": operation(), "/b": operation()}},
    "two webhooks": {"webhooks": {"a": operation(), "b": operation()}},
    "a path and its callback": {
        "paths": {"/a": operation(callbacks={"c": {"{$url}": operation()}})}
    },
}
for name, fields in DOCUMENTS.items():
    try:
        validate({"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, **fields})
        print(f"{name}: valid")
    except DuplicateOperationIDError as error:
        print(f"{name}: {error}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
two paths: Operation ID 'x' for 'post' in '/b' is not unique
two webhooks: valid
a path and its callback: valid
EXPECTED
