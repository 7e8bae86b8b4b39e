"""The newest release of a sender, in a folder of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.senders.about import HERE, About

SECONDS = 900
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade")
NPM = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent")


def install(about: About, home: Path) -> None:
    """Install what the program needs: from PyPI, npm, or Debian's archive."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    copy(about, home)
    if (home / "package.json").exists():
        _ran(list(NPM), home)
    elif (home / "debian.txt").exists():
        _ran(["apt-get", "download", *_debian(home)], home)
        for package in home.glob("*.deb"):
            _ran(["dpkg-deb", "-x", str(package), "root"], home)
    if (home / "requirements.txt").exists():
        _ran([sys.executable, "-m", "venv", "venv"], home)
        _ran([_python(home), *PIP, "--requirement", "requirements.txt"], home)


def copy(about: About, home: Path) -> None:
    """Put the program into the folder, as it is now."""
    for folder in (HERE / "shared", about.files):
        shutil.copytree(folder, home, dirs_exist_ok=True)


def command(home: Path) -> list[str]:
    """Return how the program is started."""
    if (home / "send.mjs").exists():
        return ["node", "send.mjs"]
    own = Path(_python(home))
    return [str(own) if own.exists() else sys.executable, "send.py"]


def versions(about: About, home: Path) -> str:
    """Return the installed versions, that of the first package without its name."""
    if (home / "package.json").exists():
        files = [
            home / "node_modules" / name / "package.json" for name in about.packages
        ]
        found = [json.loads(file.read_text("utf-8"))["version"] for file in files]
    elif (home / "debian.txt").exists():
        query = ["dpkg-deb", "--showformat=${Version}", "--show"]
        found = [_ran([*query, str(each)], home) for each in home.glob("*.deb")]
        found = [each.partition("-")[0] for each in found]
    else:
        code = (
            "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        )
        found = _ran([_python(home), "-c", code, *about.packages], home).split()
    others = zip(about.packages[1:], found[1:], strict=True)
    return ", ".join((found[0], *(f"{name} {each}" for name, each in others)))


def _debian(home: Path) -> list[str]:
    return (home / "debian.txt").read_text("utf-8").split()


def _python(home: Path) -> str:
    return str(home / "venv" / "bin" / "python")


def _ran(words: list[str], home: Path) -> str:
    """Run a command to its end; its last words are the error where it fails."""
    result = subprocess.run(
        words,
        cwd=home,
        env={**os.environ, "PYTHONPATH": "", "NO_UPDATE_NOTIFIER": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if result.returncode:
        last = (result.stderr + result.stdout).strip()[-2_000:]
        raise ValueError(f"{' '.join(words[:4])} …: {last}")
    return result.stdout
