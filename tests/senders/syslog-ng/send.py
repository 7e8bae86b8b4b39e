"""syslog-ng sends each line that it reads by its destination `http()`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import events

CONFIGURATION = """
@version: current
source lines { stdin(flags(no-parse)); };
destination hook {
  http(
    url("%s") method("POST") headers("Content-Type: application/json")
    body('{"host": "$HOST", "message": "$MSG", "seconds": $R_UNIXTIME}')
    retries(3) time-reopen(1) timeout(10)
  );
};
log { source(lines); destination(hook); flags(flow-control); };
"""
root = Path("root/usr").absolute()
own = root / "lib/syslog-ng"
modules = next(own.glob("*/libhttp.so")).parent
libraries = (root / "lib/x86_64-linux-gnu", root.parent / "lib/x86_64-linux-gnu", own)
folder = Path(tempfile.mkdtemp(prefix="syslog-ng-"))
(folder / "syslog-ng.conf").write_text(CONFIGURATION % events.URL, "utf-8")
process = subprocess.Popen(
    [
        root / "sbin/syslog-ng",
        *("--foreground", "--no-caps"),
        f"--cfgfile={folder}/syslog-ng.conf",
        f"--module-path={modules}",
        f"--persist-file={folder}/persist",
        f"--control={folder}/control",
        f"--pidfile={folder}/pid",
    ],
    stdin=subprocess.PIPE,
    stdout=sys.stderr,
    env={**os.environ, "LD_LIBRARY_PATH": ":".join(map(str, libraries))},
)


def send(event):
    process.stdin.write(f"The phase is {event}.\n".encode())
    process.stdin.flush()


events.each(send)
process.terminate()
