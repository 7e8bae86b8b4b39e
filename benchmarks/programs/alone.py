"""The parts of a delivery alone, in one loop without a socket: HTTP, JSON, and schema.

`python alone.py ROUNDS SCHEMA` with the request on standard input prints the microseconds of
each part in each round, as JSON. Their sum is what no receiver in Python can go below.
"""

import json
import sys
import time
from pathlib import Path

import httptools
import orjson
from jsonschema_rs import Draft202012Validator

TIMES = 2_000

request = sys.stdin.buffer.read()
body = request.partition(b"\r\n\r\n")[2]
value = orjson.loads(body)
is_valid = Draft202012Validator(json.loads(Path(sys.argv[2]).read_bytes())).is_valid
assert is_valid(value)


class Parts:
    def on_header(self, name, value):
        pass

    def on_body(self, data):
        pass


def http():
    httptools.HttpRequestParser(Parts()).feed_data(request)


def read():
    orjson.loads(body)


def unambiguous():
    assert orjson.dumps(value) == body


def check():
    is_valid(value)


def microseconds(part):
    began = time.perf_counter()
    for _ in range(TIMES):
        part()
    return (time.perf_counter() - began) / TIMES * 1e6


PARTS = {
    "httptools": http,
    "orjson": read,
    "repeated names": unambiguous,
    "jsonschema-rs": check,
}
rounds = [
    {name: microseconds(part) for name, part in PARTS.items()}
    for _ in range(int(sys.argv[1]))
]
print(json.dumps(rounds))
