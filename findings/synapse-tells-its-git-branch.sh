#!/usr/bin/env bash
# matrix-synapse 1.163.2 (PyPI): where its virtual environment lies somewhere below a git working tree,
# as `.venv` in a project of one's own does, the User-Agent of what it sends (to application
# services, push gateways and other servers) has the branch and the commit of that tree,
# though Synapse itself was installed from a wheel.
#
# Guessed: the version of the package.
# Seen: the version, and the state of a repository that has nothing to do with it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git init --quiet --initial-branch=secret-customer "$folder/project"
git -C "$folder/project" -c user.name=a -c user.email=a@example.com -c commit.gpgsign=false \
    commit --quiet --allow-empty --message "one"
python3 -m venv "$folder/project/.venv"
"$folder/project/.venv/bin/pip" install --quiet --disable-pip-version-check 'matrix-synapse==1.163.2'
cat > "$folder/try.py" <<'PY'
from synapse.util import SYNAPSE_VERSION

print(f"Synapse/{SYNAPSE_VERSION}")
PY
cd "$folder"
"$folder/project/.venv/bin/python" "$folder/try.py" | sed -E 's/[0-9a-f]{7,}/COMMIT/' | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
Synapse/1.163.2 (b=secret-customer,COMMIT)
EXPECTED
