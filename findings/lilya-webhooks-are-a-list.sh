#!/usr/bin/env bash
# lilya 0.29.0 (PyPI): `OpenAPIConfig(webhooks=…)` takes a sequence only, and writes it into
# the document as it is. OpenAPI's `webhooks` is a map of names to Path Items: the map is
# refused, and what is taken makes a document that is no OpenAPI.
#
# Guessed: a map, or webhooks whose names become one.
# Seen: a map is a ValidationError; a list of Path Items stays a list.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'lilya[openapi]==0.29.0' 'pydantic==2.14.4' 'httpx2==2.16.2'
cat > "$folder/attempt.py" <<'PY'
import json

from lilya.apps import Lilya
from lilya.contrib.openapi.config import OpenAPIConfig
from lilya.testclient import TestClient

paid = {"post": {"responses": {"204": {"description": "Heard."}}}}
try:
    OpenAPIConfig(webhooks={"order.paid": paid})
except ValueError as error:
    print(type(error).__name__)
app = Lilya(enable_openapi=True, openapi_config=OpenAPIConfig(webhooks=[paid]))
document = TestClient(app).get("/openapi.json").json()
print(document["openapi"], json.dumps(document["webhooks"]))
PY
"$folder/venv/bin/python" "$folder/attempt.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
ValidationError
3.2.0 [{"post": {"responses": {"204": {"description": "Heard."}}}}]
EXPECTED
