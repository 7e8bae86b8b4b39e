"""The newest release of a framework, in a folder of its own; and its program, run there."""

import shutil
import sys
from pathlib import Path

from tests.frameworks.about import HERE, OURS, About
from tests.support import outside_programs
from tests.support.outside_programs import NPM, PIP, named, python
from tests.support.outside_programs import run as run_in


def install(about: About, home: Path) -> None:
    """Install what the program needs, and nothing that is older than necessary."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home.parent / ".gitignore").write_text("*\n", "utf-8")
    _copy(about, home)
    if about.is_node:
        run_in([*NPM, "--ignore-scripts"], home)
        return
    run_in([sys.executable, "-m", "venv", "--without-pip", "venv"], home)
    packages = ["install", "--upgrade", "--requirement", "requirements.txt"]
    run_in([sys.executable, *PIP, "--python", python(home), *packages], home)


def run(about: About, home: Path) -> None:
    """Run the program: it writes folders of documents and bodies below `out`."""
    _copy(about, home)
    shutil.rmtree(home / "out", ignore_errors=True)
    command = ["npm", "start", "--silent"] if about.is_node else None
    run_in(command or [python(home), "program.py"], home)


def versions(about: About, home: Path) -> list[str]:
    """Return the versions that the page names: that of the first package without it."""
    return named(about.packages, outside_programs.versions(about.packages, home))


def _copy(about: About, home: Path) -> None:
    for folder in (HERE / "shared", about.files):
        shutil.copytree(folder, home, dirs_exist_ok=True)
    if about.rewrites:
        shutil.copytree(OURS, home / "ours", dirs_exist_ok=True)
