"""The smallest program that keeps calls in a database: it does nothing but commit rows.

`python commits.py URL SECONDS` prints how often a second it commits a row of 300 bytes,
about as many as the records of sixteen small callbacks leave.
"""

import itertools
import sqlite3
import sys
import time

CONTENT = bytes(300)
ROWS = "CREATE TABLE benchmark_rows (id {} PRIMARY KEY, content {})"

url, seconds = sys.argv[1], float(sys.argv[2])
if url.startswith("sqlite"):
    path = url.removeprefix("sqlite:///")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    types, mark = ("INTEGER", "BLOB"), "?"
else:
    import psycopg

    connection = psycopg.connect(url, autocommit=True)
    types, mark = ("BIGINT", "BYTEA"), "%s"

connection.execute("DROP TABLE IF EXISTS benchmark_rows")
connection.execute(ROWS.format(*types))
insert = f"INSERT INTO benchmark_rows VALUES ({mark}, {mark})"
began = time.perf_counter()
for count in itertools.count():
    taken = time.perf_counter() - began
    if taken >= seconds:
        break
    connection.execute(insert, (count, CONTENT))
connection.close()
print(count / taken)
