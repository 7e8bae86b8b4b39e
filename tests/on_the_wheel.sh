#!/bin/sh
# Builds the wheel, installs it alone into an environment beside the usual one, and runs the
# tests there from a folder without the checkout's package: what is tested is what ships.
set -eu
venv=${VENV:-.venv}
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$venv/bin/python" -m build --quiet --wheel --outdir "$work/dist" .
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    --force-reinstall --no-deps "$work"/dist/*.whl
trap 'rm -rf "$work"; cd "$root" && "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .' EXIT

cp -r tests samples pyproject.toml "$work/"
for each in README.md Makefile docs benchmarks CHANGELOG.md; do
    [ -e "$each" ] && cp -r "$each" "$work/"
done
cd "$work"
case $venv in /*) bin=$venv/bin ;; *) bin=$root/$venv/bin ;; esac
"$bin/coverage" run -m pytest -n 2 -q "$@"
"$bin/coverage" combine --quiet
"$bin/coverage" report
