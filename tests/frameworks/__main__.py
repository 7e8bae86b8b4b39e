"""`make matrix`: what the newest frameworks write, listed, linted and served.

Each framework is installed in a folder of its own. Its program writes a document and the
bodies that its own serialiser makes of it; a rewriter takes a document of ours. Results go
to the tables of `docs/frameworks.md`. Exit code 1 where something does not install or run,
or is refused without an explanation in its `about.toml`.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path

if not __package__:  # `python tests/frameworks` puts this folder first, not the root
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.frameworks import page
from tests.frameworks.about import HERE, OURS, About, every
from tests.frameworks.installed import install, run, versions
from tests.frameworks.judged import judge

PAGE = HERE.parents[1] / "docs" / "frameworks.md"


def main() -> int:
    """Read the options, try each framework, and write the page."""
    parser = argparse.ArgumentParser(prog="make matrix")
    parser.add_argument("--only", default="", help="names of folders, with commas")
    parser.add_argument("--folder", type=Path, default=Path(".matrix-frameworks"))
    parser.add_argument("--installed", action="store_true", help="install nothing")
    options = parser.parse_args()
    names = [name.strip() for name in options.only.split(",") if name.strip()]
    chosen = every(names)
    failed = []
    for number, about in enumerate(chosen, 1):
        began = time.monotonic()
        print(f"[{number}/{len(chosen)}] {about.title}", flush=True)
        try:
            rows = tried(about, options.folder.resolve(), installed=options.installed)
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            print(f"    FAILED: {error}", flush=True)
            failed.append(about.name)
            continue
        page.put(PAGE, about, rows)
        for text in rows.unexplained:
            print(f"    UNEXPLAINED: {text}")
        if rows.unexplained:
            failed.append(about.name)
        print(f"    {rows.summary} ({time.monotonic() - began:.0f} s)", flush=True)
    print(f"{len(chosen) - len(failed)} of {len(chosen)} as explained")
    if failed:
        print(f"look at: {', '.join(failed)}")
    return 1 if failed else 0


def tried(about: About, folder: Path, *, installed: bool) -> page.Rows:
    """Install a framework, run its program, and judge what it wrote."""
    home = folder / about.name
    if not installed:
        print("    installing", flush=True)
        install(about, home)
    print("    writing", flush=True)
    run(about, home)
    print("    serving", flush=True)
    if about.rewrites:
        for each in (home / "out").iterdir():
            shutil.copy(OURS / "bodies.json", each)
    results = {each.name: judge(each) for each in sorted((home / "out").iterdir())}
    if about.rewrites:
        return page.rewritten(about, versions(about, home), judge(OURS), results)
    return page.rows(about, versions(about, home), results)


if __name__ == "__main__":
    sys.exit(main())
