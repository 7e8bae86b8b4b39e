#!/usr/bin/env bash
# httptools 0.9.0 (PyPI): the fields of a trailer are handed to `on_header`, as those of the head are,
# after the body. What collects headers by that method, as servers do, takes a trailer for a
# part of the head unless it also notes when the head was over; RFC 9110, 6.5.1 forbids to
# merge them unless the field allows it.
#
# Guessed: a method of their own, as there is for chunks.
# Seen: on_header again, after on_body; the last one only once the end of the message is there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'httptools==0.9.0'
cat > "$folder/try.py" <<'PY'
import httptools


class Protocol:
    def on_header(self, name, value):
        print("on_header", name.decode(), value.decode())

    def on_headers_complete(self):
        print("on_headers_complete")

    def on_body(self, body):
        print("on_body", body.decode())

    def on_message_complete(self):
        print("on_message_complete")


parser = httptools.HttpRequestParser(Protocol())
parser.feed_data(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
parser.feed_data(b"0\r\nDigest: x\r\n")
print("-- before the last line")
parser.feed_data(b"\r\n")
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
on_header Transfer-Encoding chunked
on_headers_complete
on_body a
-- before the last line
on_header Digest x
on_message_complete
EXPECTED
