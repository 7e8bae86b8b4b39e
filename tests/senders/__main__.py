"""`make senders`: what programs send when they are installed and made to send.

Each sender is installed in a folder of its own and sends to a mock of its payloads, which
fails in several ways. What came is kept in `seen.json` beside its program; from these
files docs/senders.md is written. Exit code 1 where a sender does not install or send.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

if not __package__:  # `python tests/senders` puts this folder first, not the root
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.senders import page, trial
from tests.senders.about import every
from tests.senders.installed import copy, install


def main() -> int:
    """Read the options, try each sender, and write the page."""
    parser = argparse.ArgumentParser(prog="make senders")
    parser.add_argument("--only", default="", help="names of folders, with commas")
    parser.add_argument("--folder", type=Path, default=Path(".senders"))
    parser.add_argument("--installed", action="store_true", help="install nothing")
    options = parser.parse_args()
    chosen = every([name.strip() for name in options.only.split(",") if name.strip()])
    failed = []
    for number, about in enumerate(chosen, 1):
        home = options.folder.resolve() / about.name
        began = time.monotonic()
        print(f"[{number}/{len(chosen)}] {about.title}", flush=True)
        try:
            if options.installed:
                copy(about, home)
            else:
                print("    installing", flush=True)
                install(about, home)
            trial.write(about, trial.tried(about, home))
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            print(f"    FAILED: {error}", flush=True)
            failed.append(about.name)
        print(f"    {time.monotonic() - began:.0f} s", flush=True)
    page.PAGE.write_text(page.written(), "utf-8")
    print(f"{len(chosen) - len(failed)} of {len(chosen)} were seen to send")
    if failed:
        print(f"look at: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
