#!/usr/bin/env bash
# jsonschema-rs 0.61.2 (PyPI): `instance_path` of an error does not always lead to the value
# that is wrong. Member names are read as if they were tokens of an array: "01" and "+1"
# arrive as the integer 1, and an empty name is left out, although any text is a name in JSON
# (RFC 8259, 4).
#
# Guessed: the path holds the names as they are.
# Seen: three members have the same path, and that of "" is the path of its parent. The error's
# own `instance` is right each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'jsonschema-rs==0.61.2'
cat > "$folder/try.py" <<'PY'
import jsonschema_rs

schema = {"additionalProperties": {"type": "boolean"}}
value = {"1": "one", "01": "padded", "+1": "signed", "": "empty"}
for error in jsonschema_rs.validator_for(schema).iter_errors(value):
    print(f"{error.instance:8} {error.instance_path}")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
one      [1]
padded   [1]
signed   [1]
empty    []
EXPECTED
