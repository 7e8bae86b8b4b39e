#!/bin/sh
# Runs tests on the built wheel, for each Python with each set of versions of everything
# that cbmock needs. A Python that is not here is named and left out.
#
# PYTHONS   which Pythons (python3)      VERSIONS  which versions (lowest newest)
# MATRIX    the folder of the environments (.matrix)
# Arguments are pytest's.
# `make newest-python` brings one that neither pyenv nor the system has.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$work/results"
for brought in "$PWD"/.pythons/*/usr/bin; do
    PATH=$PATH:$brought
done
# pyenv hands out those Pythons only that are chosen: choose all that it has, and first of
# all the one that is chosen now, which stays what `python3` is.
if command -v pyenv > /dev/null; then
    PYENV_VERSION=$(pyenv version-name):$(pyenv versions --bare | paste -s -d :)
    export PYENV_VERSION
fi
for python in ${PYTHONS:-python3}; do
    number=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || {
        echo "$python is not here: left out" >> "$work/results"
        continue
    }
    for versions in ${VERSIONS:-lowest newest}; do
        lowest=
        [ "$versions" = newest ] || lowest=1
        name="Python $number, $versions versions"
        echo "$name"
        {
            PYTHON=$python WHEEL_VENV=${MATRIX:-.matrix}/$number-$versions LOWEST=$lowest SMOKE=1 \
                sh tests/on_the_wheel.sh "$@" && verdict=green || verdict=RED
            echo "$verdict" > "$work/verdict"
        } 2>&1 | tee "$work/log"
        echo "$(cat "$work/verdict"): $name: $(tail -n 1 "$work/log")" >> "$work/results"
    done
done
echo
cat "$work/results"
! grep -q ^RED "$work/results"
