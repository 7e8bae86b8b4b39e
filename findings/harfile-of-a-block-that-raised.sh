#!/usr/bin/env bash
# harfile 0.6.0 (PyPI): where the `with` block of an archive ends by an exception, its end is not
# written. The entries before, which are just what one wants to look at then, stand in a file
# that is no JSON, and no HAR viewer opens it.
#
# Guessed: closed all the same, as files are.
# Seen: JSONDecodeError; the list of entries is never closed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'harfile==0.6.0'
cat > "$folder/try.py" <<'PY'
import io
import json
from datetime import UTC, datetime

import harfile


def archive(failing):
    written = io.StringIO()
    try:
        with harfile.HarFile(written) as har:
            har.add_entry(
                startedDateTime=datetime(2026, 1, 1, tzinfo=UTC),
                time=1,
                request=harfile.Request("POST", "http://host/", "HTTP/1.1"),
                response=harfile.Response(204, "No Content", "HTTP/1.1"),
                timings=harfile.Timings(send=0, wait=1, receive=0),
            )
            if failing:
                raise TimeoutError
    except TimeoutError:
        pass
    return written.getvalue()


for failing in (False, True):
    try:
        print("entries:", len(json.loads(archive(failing))["log"]["entries"]))
    except json.JSONDecodeError as error:
        print("JSONDecodeError:", error.msg)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
entries: 1
JSONDecodeError: Expecting ',' delimiter
EXPECTED
