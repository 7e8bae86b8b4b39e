"""Programs of others, each in a folder of its own, for `make matrix` and `make senders`."""

import json
import os
import subprocess
from pathlib import Path

SECONDS = 900
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check")
NPM = ("npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent")
_VERSIONS = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"


def chosen(here: Path, names: list[str]) -> list[Path]:
    """Return the folders of these names, by default all that have an `about.toml`."""
    folders = {path.parent.name: path.parent for path in here.glob("*/about.toml")}
    unknown = [name for name in names if name not in folders]
    if unknown:
        raise SystemExit(f"{unknown[0]!r} is none of {', '.join(sorted(folders))}")
    return [folders[name] for name in names or sorted(folders)]


def python(home: Path) -> str:
    """Return the interpreter of a folder's virtual environment."""
    return str(home / "venv" / "bin" / "python")


def run(words: list[str], home: Path) -> str:
    """Run a command to its end; its last words are the error if it fails."""
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


def versions(packages: tuple[str, ...], home: Path) -> list[str]:
    """Return the installed versions of packages of npm, else of PyPI."""
    if (home / "package.json").exists():
        files = [home / "node_modules" / name / "package.json" for name in packages]
        return [json.loads(file.read_text("utf-8"))["version"] for file in files]
    return run([python(home), "-c", _VERSIONS, *packages], home).split()


def named(packages: tuple[str, ...], found: list[str]) -> list[str]:
    """Return versions with the names of their packages, the first one without."""
    others = zip(packages[1:], found[1:], strict=True)
    return [*found[:1], *(f"{name} {version}" for name, version in others)]
