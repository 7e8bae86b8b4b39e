#!/bin/sh
# Builds the wheel, installs it into an environment of its own, lints the checkout with what
# is there, and runs the tests from a folder without the checkout's package: what is tested
# is what ships. The developer's environment is left as it is.
#
# PYTHON  which Python (python3)     WHEEL_VENV  where the environment is kept (.venv-wheel)
# LOWEST  if set, the lowest versions of everything that pyproject.toml names, not the newest
# SMOKE   if set, without lint and coverage    SMALL  if set too, without cbmock's extras
# Arguments are pytest's.
set -eu
python=${PYTHON:-python3}
root=$(pwd)
venv=${WHEEL_VENV:-.venv-wheel}
case $venv in /*) ;; *) venv=$root/$venv ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
pip() { "$venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"; }

: > "$work/constraints.txt"
needed=requirements-dev.txt
extras='[all]'
[ -z "${SMOKE:-}" ] || needed=tests/requirements.txt
if [ -n "${SMALL:-}" ]; then
    needed=tests/requirements-smoke.txt
    extras=
fi
if [ -n "${LOWEST:-}" ]; then
    "$venv/bin/python" tests/support/lowest_versions.py pyproject.toml > "$work/constraints.txt"
fi
pip wheel --no-deps --wheel-dir "$work/dist" . > "$work/build.log" 2>&1 ||
    { cat "$work/build.log"; exit 1; }
wheel=$(ls "$work"/dist/*.whl)
pip install --constraint "$work/constraints.txt" --requirement "$needed" "$wheel$extras" \
    ${SMALL:+--no-compile}
# The same version again is not the same wheel.
pip install --force-reinstall --no-deps "$wheel"

if [ -z "${SMOKE:-}" ]; then
    touch "$venv/bin/cbmock" "$venv/bin/ruff" # here they are, `make` need not install them
    make --no-print-directory lint VENV="$venv"
fi

cp -r tests samples pyproject.toml "$work/"
for each in README.md ARCHITECTURE.md CONTRIBUTING.md SECURITY.md Makefile docs benchmarks fuzz CHANGELOG.md requirements-dev.txt zensical.toml Dockerfile action.yml action .dockerignore .pre-commit-hooks.yaml; do
    [ ! -e "$each" ] || cp -r "$each" "$work/"
done
cd "$work"
if [ -n "${SMOKE:-}" ]; then
    # Old versions of others may use what newer Pythons and libraries call deprecated.
    workers=2
    [ -z "${SMALL:-}" ] || workers=0 # few tests take less time than a process takes to begin
    "$venv/bin/python" -m pytest -n "$workers" -q -W default::DeprecationWarning "$@"
    exit
fi
# Documents and vectors by the thousand run without coverage: they take twice as long with
# it, and what they reach is reached by the others too.
failed=0
"$venv/bin/coverage" run -m pytest -n 3 --dist loadgroup -q -m "not slow" "$@" || failed=1
"$venv/bin/python" -m pytest -n 3 --dist loadgroup -q -m slow "$@" || failed=1
"$venv/bin/coverage" combine --quiet
"$venv/bin/coverage" report
exit $failed
