"""The newest release of a sender, in a folder of its own."""

import shutil
import sys
from pathlib import Path

from tests.senders.about import HERE, About
from tests.support import outside_programs
from tests.support.outside_programs import NPM, PIP, named, python, run


def install(about: About, home: Path) -> None:
    """Install what the program needs: from PyPI, npm, or Debian's archive."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    copy(about, home)
    if (home / "package.json").exists():
        run(list(NPM), home)
    elif (home / "debian.txt").exists():
        run(["apt-get", "download", *_debian(home)], home)
        for package in home.glob("*.deb"):
            run(["dpkg-deb", "-x", str(package), "root"], home)
    if (home / "requirements.txt").exists():
        packages = ["install", "--upgrade", "--requirement", "requirements.txt"]
        run([sys.executable, "-m", "venv", "venv"], home)
        run([python(home), *PIP, *packages], home)


def copy(about: About, home: Path) -> None:
    """Put the program into the folder, as it is now."""
    for folder in (HERE / "shared", about.files):
        shutil.copytree(folder, home, dirs_exist_ok=True)


def command(home: Path) -> list[str]:
    """Return how the program is started."""
    if (home / "send.mjs").exists():
        return ["node", "send.mjs"]
    own = Path(python(home))
    return [str(own) if own.exists() else sys.executable, "send.py"]


def versions(about: About, home: Path) -> str:
    """Return the installed versions, that of the first package without its name."""
    if (home / "debian.txt").exists():
        query = ["dpkg-deb", "--showformat=${Version}", "--show"]
        files = [next(home.glob(f"{name}_*.deb")) for name in about.packages]
        found = [run([*query, str(each)], home) for each in files]
        found = [each.partition("-")[0] for each in found]
    else:
        found = outside_programs.versions(about.packages, home)
    return ", ".join(named(about.packages, found))


def _debian(home: Path) -> list[str]:
    return (home / "debian.txt").read_text("utf-8").split()
