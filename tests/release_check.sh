#!/bin/sh
# Builds wheel and sdist twice, from two folders, and compares them byte by byte; holds them
# against the rules of the index; writes what they install with (SBOM); and starts the command
# from the wheel as a user of uv does. Results are left in dist/.
#
# BIN  the folder of the tools of requirements-release.txt
set -eu
root=$(pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2> /dev/null || echo 1764547200)}
export SOURCE_DATE_EPOCH

for each in first second; do
    mkdir -p "$work/$each"
    tar --exclude=./.venv* --exclude=./.git --exclude=./dist --exclude=./site -cf - . | tar -C "$work/$each" -xf -
    (cd "$work/$each" && "$BIN/python" -m build --outdir "$work/dist-$each" . > "$work/build.log" 2>&1) ||
        { cat "$work/build.log"; exit 1; }
done
for each in "$work"/dist-first/*; do
    cmp "$each" "$work/dist-second/$(basename "$each")"
    echo "reproducible: $(sha256sum "$each" | cut -c1-16)… $(basename "$each")"
done
mkdir -p dist
cp "$work"/dist-first/* dist/
wheel=$(ls "$work"/dist-first/*.whl)

"$BIN/twine" check --strict "$work"/dist-first/*
"$BIN/check-wheel-contents" "$wheel"
# Eight of ten: the authors have no address in common.
"$BIN/pyroma" --min=8 "$work"/dist-first/*.tar.gz
"$BIN/check-jsonschema" --builtin-schema vendor.github-actions action.yml

"$BIN/python" -m venv "$work/alone"
"$work/alone/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel[all]"
"$work/alone/bin/python" -m pip uninstall --quiet --yes pip
(cd "$work" && "$work/alone/bin/cbmock" --version && "$work/alone/bin/cbmock" lint "$root/samples/invoices/openapi.json")
"$BIN/cyclonedx-py" environment --output-reproducible --pyproject pyproject.toml \
    --output-file "dist/$(basename "$wheel" .whl).cdx.json" "$work/alone"
echo "SBOM: $(grep -c '"bom-ref"' "dist/$(basename "$wheel" .whl).cdx.json") components"

# Beside the oldest of what an application may have, by pip and by uv, and without what
# `uvicorn[standard]` would bring.
beside="fastapi==0.115.12 starlette==0.46.2 uvicorn==0.30.6 click==8.1.8"
"$BIN/python" -m pip install --quiet --disable-pip-version-check --dry-run --ignore-installed $beside "$wheel[all]"
printf '%s\n' $beside "openapi-receiver[all] @ file://$wheel" > "$work/beside.txt"
"$BIN/uv" pip compile --quiet "$work/beside.txt" --output-file "$work/resolved.txt"
if grep -E '^(websockets|watchfiles|python-dotenv)==' "$work/resolved.txt"; then exit 1; fi
echo "resolved beside $beside: $(grep -c '==' "$work/resolved.txt") packages"

(cd "$work" && "$BIN/uvx" --quiet --from "$wheel" cbmock --version)
