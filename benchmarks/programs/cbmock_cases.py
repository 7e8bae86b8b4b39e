"""cbmock generates cases of every operation, sends and checks them.

Prints the number of cases and the processor's seconds that they took: `DOCUMENT URL|-
COUNT`, where `-` is the application `accepting` in this process.
"""

import json
import sys
import time
from pathlib import Path

import cbmock
from accepting import app


def main(document, url, count):
    sender = cbmock.Sender(document)
    to = app if url == "-" else url
    began = time.process_time()
    found = sender.test(to, phases=["generated"], max_examples=count)
    seconds = time.process_time() - began
    assert not found.failures, found.failures[0]
    return {"cases": found.cases, "seconds": seconds}


if __name__ == "__main__":
    document = json.loads(Path(sys.argv[1]).read_bytes())
    main(document, sys.argv[2], 10)  # loads what is loaded once
    print(json.dumps(main(document, sys.argv[2], int(sys.argv[3]))))
