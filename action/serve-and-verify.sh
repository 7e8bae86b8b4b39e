#!/usr/bin/env bash
# What action.yml runs: serves SPEC, runs RUN, waits for what is expected, judges what came.
# Lines of the document that calls broke are annotated. Ends with 1 where the contract is
# broken or something did not come, with RUN's own status where that failed.
set -euo pipefail

export CBMOCK_URL="http://127.0.0.1:$PORT"
read -r -a options <<< "${SERVE_OPTIONS:-}"
listening=$(mktemp)
cbmock serve "$SPEC" --port "$PORT" --port-file "$listening" ${options[@]+"${options[@]}"} &
mock=$!
trap 'kill "$mock" 2> /dev/null || true; wait "$mock" 2> /dev/null || true; rm -f "$listening"' EXIT
# Not `cbmock wait --ready`: where the port is taken, another mock answers.
until [ -s "$listening" ]; do
    kill -0 "$mock" 2> /dev/null || wait "$mock"
    sleep 0.1
done

bash -e -o pipefail -c "$RUN"

judging=(--format github)
[ -z "${JUNIT:-}" ] || judging+=(--junit "$JUNIT")
while IFS= read -r each; do
    [ -n "$each" ] || continue
    judging+=(--expect "$each")
    # What does not come in time is reported by verify, beside all else.
    cbmock wait "${each%=*}" --count "${each##*=}" --timeout "${TIMEOUT:-30}" > /dev/null || true
done <<< "${EXPECT:-}"
cbmock verify "$SPEC" "${judging[@]}"
