#!/usr/bin/env bash
# litestar 2.25.0 (PyPI): a member of the type `datetime.time` is documented as
# `format: duration`, the format of `timedelta`. What is sent is a time, "09:30:00", which no
# duration is ("PT9H30M"): every consumer that checks formats refuses what the API writes.
#
# Guessed: `format: time`, or none, as in the schema of msgspec, which writes the value.
# Seen: the same format for both types.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'litestar==2.25.0' 'msgspec==0.23.0'
cat > "$folder/attempt.py" <<'PY'
import datetime as dt

import msgspec
from litestar import Litestar, get


class Opening(msgspec.Struct):
    at: dt.time
    lasts: dt.timedelta


@get("/")
async def opening() -> Opening: ...


schemas = Litestar([opening]).openapi_schema.to_schema()["components"]["schemas"]
sent = msgspec.json.encode(Opening(dt.time(9, 30), dt.timedelta(hours=2)))
own = msgspec.json.schema(Opening)["$defs"]["Opening"]["properties"]
for name, value in msgspec.json.decode(sent).items():
    format = schemas["Opening"]["properties"][name].get("format")
    print(name, value, "litestar:", format, "msgspec:", own[name].get("format"))
PY
"$folder/venv/bin/python" "$folder/attempt.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
at 09:30:00 litestar: duration msgspec: None
lasts PT7200S litestar: duration msgspec: duration
EXPECTED
