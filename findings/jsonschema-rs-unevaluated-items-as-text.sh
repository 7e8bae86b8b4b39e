#!/usr/bin/env bash
# jsonschema-rs 0.61.2 (PyPI): what an error of `unevaluatedItems` lists as unexpected are the
# items themselves, each written as JSON text, not where they are; for `unevaluatedProperties`
# the very same member holds names. With equal items, or items that also occur evaluated, no
# reader can find the place.
#
# Guessed: indices, as names are listed for properties.
# Seen: texts, those of two different items alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'jsonschema-rs==0.61.2'
cat > "$folder/try.py" <<'PY'
import jsonschema_rs

items = {"prefixItems": [True], "unevaluatedItems": False}
for schema, value in (
    (items, [2, 2, {"a": 1}]),
    ({"unevaluatedProperties": False}, {"a": 1}),
):
    [error] = jsonschema_rs.validator_for(schema).iter_errors(value)
    print(error.kind.name, error.instance_path, error.kind.unexpected)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
unevaluatedItems [] ['2', '{"a":1}']
unevaluatedProperties [] ['a']
EXPECTED
