#!/usr/bin/env bash
# flask-openapi 5.0.0 (PyPI) writes documents of OpenAPI 3.2.0, whose schemas are those of JSON
# Schema 2020-12. Of what pydantic writes, it keeps the keywords that it knows itself:
# `propertyNames` and `patternProperties`, by which pydantic describes the keys of a
# dictionary, are not among them, and go without a word. Values of the second disappear too.
#
# Guessed: pydantic's own schema, as for other members.
# Seen: any object, where the application answers 422 for the wrong key or value.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'flask-openapi==5.0.0' 'pydantic==2.14.4'
cat > "$folder/attempt.py" <<'PY'
from typing import Annotated, Literal

from flask_openapi import OpenAPI
from pydantic import BaseModel, Field


class Paid(BaseModel):
    amounts: dict[Literal["EUR", "USD"], int]
    labels: dict[Annotated[str, Field(pattern="^x-")], int]


app = OpenAPI("orders")


@app.post("/paid")
def paid(body: Paid):
    return "taken"


def show(schema):
    return {name: keyword for name, keyword in schema.items() if name != "title"}


theirs = app.api_doc["components"]["schemas"]["Paid"]["properties"]
for name, own in Paid.model_json_schema()["properties"].items():
    print(name, "pydantic:", show(own))
    print(name, "flask-openapi:", show(theirs[name]))
print(app.api_doc["openapi"])
for sent in ({"EUR": 1}, {}), ({"GBP": 1}, {}), ({}, {"x-a": "one"}):
    body = dict(zip(("amounts", "labels"), sent, strict=True))
    print(body, app.test_client().post("/paid", json=body).status_code)
PY
"$folder/venv/bin/python" "$folder/attempt.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
amounts pydantic: {'additionalProperties': {'type': 'integer'}, 'propertyNames': {'enum': ['EUR', 'USD']}, 'type': 'object'}
amounts flask-openapi: {'type': 'object', 'additionalProperties': {'type': 'integer'}}
labels pydantic: {'patternProperties': {'^x-': {'type': 'integer'}}, 'type': 'object'}
labels flask-openapi: {'type': 'object'}
3.2.0
{'amounts': {'EUR': 1}, 'labels': {}} 200
{'amounts': {'GBP': 1}, 'labels': {}} 422
{'amounts': {}, 'labels': {'x-a': 'one'}} 422
EXPECTED
