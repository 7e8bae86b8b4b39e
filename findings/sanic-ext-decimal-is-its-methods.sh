#!/usr/bin/env bash
# sanic-ext 25.12.0 (PyPI): a member of the type `Decimal` is documented as an object whose
# properties are the methods of Python's class, `adjusted` to `to_integral_value`. What a
# model of pydantic's takes and writes there is a number or text, as the `anyOf` beside it
# says; no value is an object and one of these, so the document allows none.
#
# Guessed: pydantic's own schema of the model, `anyOf` a number and a string.
# Seen: that, and `type: object` with some seventy properties.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'sanic-ext==25.12.0' 'sanic==25.12.1' 'sanic-testing==24.6.0' 'pydantic==2.14.4'
cat > "$folder/attempt.py" <<'PY'
from decimal import Decimal

from pydantic import BaseModel
from sanic import Sanic
from sanic.response import empty
from sanic_ext import Extend, openapi


class Paid(BaseModel):
    amount: Decimal


app = Sanic("orders")
Extend(app)


@app.post("/paid")
@openapi.body({"application/json": Paid})
async def paid(request):
    return empty()


_, answer = app.test_client.get("/docs/openapi.json")
body = answer.json["paths"]["/paid"]["post"]["requestBody"]
amount = body["content"]["application/json"]["schema"]["properties"]["amount"]
print("amount:", amount["type"], *(each["type"] for each in amount["anyOf"]))
print("properties:", *[each for each in amount["properties"] if each.startswith("to_")])
print("sent:", Paid(amount="12.50").model_dump_json())
PY
"$folder/venv/bin/python" "$folder/attempt.py" 2> /dev/null | grep -v INFO | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
amount: object number string
properties: to_eng_string to_integral to_integral_exact to_integral_value
sent: {"amount":"12.50"}
EXPECTED
