#!/usr/bin/env bash
# localstack-core 2026.3.0 (PyPI) declares `Requires-Python: >=3.10`, so pip installs it on
# 3.10 and 3.11. Its modules have type parameters (`class RegionBundle[T](dict)`), which came
# with 3.12: there the runtime ends with "No component plugins found … Are entry points
# created correctly?", because loading them hides the SyntaxError.
#
# Guessed: a version that pip refuses, or that starts.
# Seen: an installation whose modules do not compile.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps \
    'localstack-core==2026.3.0'
cat > "$folder/attempt.py" <<'PY'
import importlib.metadata
import sys
from pathlib import Path

found = importlib.metadata.distribution("localstack-core")
print("requires", found.metadata["Requires-Python"], "runs on %d.%d" % sys.version_info[:2])
name = "localstack/services/stores.py"
try:
    compile(Path(found.locate_file(name)).read_text("utf-8"), name, "exec")
except SyntaxError as error:
    print(f"{name}: {error.text.strip()}")
PY
"$folder/venv/bin/python" "$folder/attempt.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
requires >=3.10 runs on 3.11
localstack/services/stores.py: class RegionBundle[BaseStoreType](dict):
EXPECTED
