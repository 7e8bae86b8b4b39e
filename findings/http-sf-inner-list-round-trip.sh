#!/usr/bin/env bash
# http-sf 1.5.0 (Structured Fields, RFC 9651): what `parse` returns for a member of a
# dictionary that is an inner list cannot be given to `ser`, which takes it for an item.
# RFC 9421 needs just that: the value of a label in Signature-Input, serialised again.
#
# Guessed: ser(parse(text)["sig"]) is the text of the member.
# Seen: ValueError "Can't serialise; unrecognised item with type <class 'list'>"; the
# member wrapped into a list of one is serialised as expected.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'http-sf==1.5.0'
cat > "$folder/try.py" <<'PY'
import http_sf

text = 'sig=("@method" "@path";req);created=1;keyid="k"'
member = http_sf.parse(text.encode(), tltype="dictionary")["sig"]
try:
    found = http_sf.ser(member)
except ValueError as error:
    found = f"ValueError: {error}"
print("alone:  ", found)
print("in list:", http_sf.ser([member]))
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
alone:   ValueError: Can't serialise; unrecognised item with type <class 'list'>
in list: ("@method" "@path";req);created=1;keyid="k"
EXPECTED
