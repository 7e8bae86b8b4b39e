#!/usr/bin/env bash
# uvicorn 0.54.0 (PyPI): making a `Config` with `access_log=False`, which starts no server and is
# asked to configure no logging (`log_config=None`), takes the handlers from the logger
# `uvicorn.access` of the whole process and stops its records from reaching those of the root.
# A second server in the process, such as a mock beside the API under test, silences the first
# one by that. The order of the two does not matter.
#
# Guessed: the setting is that server's own, or takes hold when it starts.
# Seen: the records of every server in the process are gone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'uvicorn==0.54.0'
cat > "$folder/try.py" <<'PY'
import logging

import uvicorn


async def app(scope, receive, send):
    pass


def seen():
    logger = logging.getLogger("uvicorn.access")
    return f"{len(logger.handlers)} handler, propagate: {logger.propagate}"


logging.getLogger("uvicorn.access").addHandler(logging.NullHandler())
uvicorn.Config(app, log_config=None)
print("one server:            ", seen())
uvicorn.Config(app, log_config=None, access_log=False)
print("a second one, unstarted:", seen())
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
one server:             1 handler, propagate: True
a second one, unstarted: 0 handler, propagate: False
EXPECTED
