#!/usr/bin/env bash
# openapi-core 0.23.1 (PyPI) takes documents of OpenAPI 3.2, and serves their new method
# `query`; operations below `additionalOperations`, which came with the same version for all
# other methods, are not found.
#
# Guessed: both or none.
# Seen: OperationNotFound for NOTIFY.
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


operation = {"responses": {"200": {"description": ""}}}
item = {"query": operation, "additionalOperations": {"NOTIFY": operation}}
for method in ("query", "NOTIFY"):
    result = reader(item, "3.2.0").unmarshal_webhook_request(Delivery("", b"", method))
    print(method, result.errors)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
query []
NOTIFY [OperationNotFound(url='paid', method='NOTIFY')]
EXPECTED
