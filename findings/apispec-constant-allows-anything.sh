#!/usr/bin/env bash
# apispec 6.10.1 with marshmallow 4.4.0 (PyPI): `fields.Constant("paid")`, a member that always
# has one value, as the kind of an event, is documented as `{"default": "paid"}`. The default
# says nothing about other values: a discriminated `oneOf` cannot tell its alternatives by it.
# `validate.Equal("paid")` on a string does reach the document, as `enum`.
#
# Guessed: `const: paid`, or `enum: ["paid"]`, which documents of 3.0 have as well.
# Seen: any value is valid; the field itself gives "paid" whatever it is given.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'apispec==6.10.1' 'marshmallow==4.4.0'
cat > "$folder/try.py" <<'PY'
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate


class Paid(Schema):
    constant = fields.Constant("paid", required=True)
    equal = fields.String(validate=validate.Equal("paid"), required=True)


for version in ("3.0.3", "3.1.0"):
    spec = APISpec("t", "1", version, plugins=[MarshmallowPlugin()])
    spec.components.schema("Paid", schema=Paid)
    print(version, spec.to_dict()["components"]["schemas"]["Paid"]["properties"])
print(Paid().load({"constant": "refunded", "equal": "paid"}))
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
3.0.3 {'constant': {'default': 'paid'}, 'equal': {'type': 'string', 'enum': ['paid']}}
3.1.0 {'constant': {'default': 'paid'}, 'equal': {'type': 'string', 'enum': ['paid']}}
{'constant': 'paid', 'equal': 'paid'}
EXPECTED
