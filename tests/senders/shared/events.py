"""How a program is told to send: a line on standard input for each event."""

import sys
import traceback

URL = sys.argv[1]


def each(send):
    """Call `send(number)` for each line, and say when it is done."""
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            send(line.strip())
        except Exception:
            traceback.print_exc()
        print("sent", flush=True)
