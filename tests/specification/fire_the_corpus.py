"""cbmock fires every operation of the corpus at cbmock, over HTTP or in process.

`python -m tests.specification.fire_the_corpus` prints how many valid deliveries were taken
and how many broken ones were refused. What was not is listed, with exit code 1.
`CBMOCK_CORPUS` names the folder; `--help` shows the options.
"""

import argparse
import sys
from collections import Counter
from itertools import islice

from cbmock import Receiver, sources
from cbmock.errors import ReceiverError
from cbmock.firing.cases import cases
from cbmock.firing.receivers import Connection, target
from cbmock.firing.sender import ShotSender, run
from cbmock.firing.unsendable import must_be_sendable
from cbmock.mock.mock import Mock

from tests.support.corpus import CORPUS, rows

BATCH = 32


async def failures(sender, operation, to, options, counts):
    """Send the cases of one operation; return those that were not answered as they must."""
    found = []
    async with Connection(target(to)) as connection:
        for phase in options.phases:
            sent = cases(sender, operation, phase, most=options.most)
            while batch := list(islice(sent, BATCH)):
                shots = [each.make(to) for each in batch]
                answers = await sender.send_through(connection, shots)
                for case, answer in zip(batch, answers, strict=True):
                    status = answer.status or 0
                    way = "refused" if case.must_be_refused else "taken"
                    wanted = 4 if case.must_be_refused else 2
                    counts[way] += status // 100 == wanted
                    if status // 100 != wanted:
                        found.append(f"{phase}: {case.name}: {status}: {answer.curl}")
    return found


def fired(path, options, counts):
    """Fire one document at itself; yield what went wrong."""
    receiver = Receiver(path, allow_files=[CORPUS])
    mock = Mock(sources.describe(path, allow_files=[CORPUS]))
    sender = ShotSender(mock)
    if not options.in_process:
        receiver.start()
    try:
        both = zip(mock.operations, receiver.operations, strict=True)
        for operation, own in both:
            if not own.served:
                continue
            try:
                must_be_sendable(mock, operation)
            except ReceiverError as error:
                counts["operations that cannot be sent"] += 1
                print(f"{path}: {operation.qualified}: {error}", flush=True)
                continue
            counts["operations"] += 1
            url = receiver.url_for(own)
            at = receiver.app, url.removeprefix(receiver.url)
            to = at if options.in_process else url
            yield from run(failures(sender, operation, to, options, counts))
    finally:
        receiver.stop()


def main():
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--in-process", action="store_true", help="no socket")
    reader.add_argument("--most", type=int, default=25, help="generated bodies of each")
    reader.add_argument("--every", type=int, default=1, help="every n-th document only")
    reader.add_argument(
        "--phases", nargs="+", default=["examples", "coverage", "broken"]
    )
    options = reader.parse_args()
    counts, wrong = Counter(), 0
    for row in [each.values[0] for each in rows()][:: options.every]:
        counts["documents"] += 1
        try:
            for each in fired(CORPUS / row["path"], options, counts):
                wrong += 1
                print(f"{row['path']}: {each[:2000]}", flush=True)
        except ReceiverError as error:
            counts["documents that cannot be read"] += 1
            print(f"{row['path']}: {error}", flush=True)
    print(", ".join(f"{count} {name}" for name, count in counts.items()))
    print(f"{wrong} answers are wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
