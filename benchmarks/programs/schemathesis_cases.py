"""Schemathesis generates cases of every operation, sends and checks them.

Prints the number of cases and the processor's seconds that they took: `DOCUMENT URL|-
COUNT`, where `-` is the application `accepting` in this process.
"""

import json
import sys
import time
from pathlib import Path

import hypothesis
import schemathesis
from accepting import app


def main(document, url, count):
    schema = schemathesis.openapi.from_dict(document)
    if url == "-":
        schema.app = app
    else:
        schema.config.update(base_url=url)
    cases = 0
    settings = hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    began = time.process_time()
    for found in schema.get_all_operations():

        @settings
        @hypothesis.seed(1)
        @hypothesis.given(case=found.ok().as_strategy())
        def tried(case):
            nonlocal cases
            cases += 1
            case.call_and_validate()

        tried()
    return {"cases": cases, "seconds": time.process_time() - began}


if __name__ == "__main__":
    document = json.loads(Path(sys.argv[1]).read_bytes())
    main(document, sys.argv[2], 10)  # loads what is loaded once
    print(json.dumps(main(document, sys.argv[2], int(sys.argv[3]))))
