#!/usr/bin/env bash
# oas-patch 0.6.0 (PyPI): `remove` of an overlay's action is a Boolean, false where it is not set
# (Overlay 1.0.0, Action Object). Written out as false, as templates and generators do, it
# removes the target all the same, because only the presence of the name is asked for, and
# the `update` beside it is dropped. The tool's own check calls the overlay valid.
#
# Guessed: the same document with and without `remove: false`, with a summary.
# Seen: with it, the webhook has lost its operation; both exit with 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check 'oas-patch==0.6.0'
cat > openapi.json <<'JSON'
{
  "openapi": "3.1.1",
  "info": {"title": "t", "version": "1"},
  "webhooks": {"paid": {"post": {"responses": {"204": {"description": "-"}}}}}
}
JSON
cat > without.yaml <<'YAML'
overlay: 1.0.0
info: {title: t, version: "1"}
actions:
  - target: $.webhooks.paid.post
    update: {summary: Paid}
YAML
{ cat without.yaml; echo '    remove: false'; } > with.yaml
for overlay in without with; do
    venv/bin/oas-patch validate "$overlay.yaml"
    venv/bin/oas-patch overlay openapi.json "$overlay.yaml" > "$overlay.txt"
    sed -n '/^ *"webhooks"/,$p' "$overlay.txt" | tr -d ' \n'
    echo
done | tee seen
diff seen - <<'EXPECTED'
Validation successful
"webhooks":{"paid":{"post":{"responses":{"204":{"description":"-"}},"summary":"Paid"}}}}
Validation successful
"webhooks":{"paid":{}}}
EXPECTED
