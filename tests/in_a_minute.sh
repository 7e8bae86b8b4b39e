#!/bin/sh
# Runs every test that starts no process, with the Python that is named: `make fast`.
# Those of some folders wait for sockets more than they compute: three workers run them,
# beside one process for all others.
set -eu
WAITING="tests/server tests/testing tests/cli tests/journal samples"
quick() {
    HYPOTHESIS_PROFILE=fast "$python" -m pytest -q -m "not slow and not process" "$@"
}
python=$1
others=$(mktemp)
trap 'rm -f "$others"' EXIT
# shellcheck disable=SC2046,SC2086 # words
quick tests $(printf -- '--ignore=%s ' $WAITING) > "$others" 2>&1 &
computing=$!
code=0
# shellcheck disable=SC2086
quick -n 3 --dist loadgroup $WAITING || code=$?
wait "$computing" || code=$?
cat "$others"
exit "$code"
