"""The newest release of a framework, in a folder of its own; and its program, run there."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.frameworks.about import HERE, OURS, About

SECONDS = 600
PIP = ("-m", "pip", "--quiet", "--disable-pip-version-check", "--python")
NPM = (
    "npm",
    "install",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
)


def install(about: About, home: Path) -> None:
    """Install what the program needs, and nothing that is older than necessary."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home.parent / ".gitignore").write_text("*\n", "utf-8")
    _copy(about, home)
    if about.is_node:
        _ran([*NPM, "--ignore-scripts"], home)
        return
    _ran([sys.executable, "-m", "venv", "--without-pip", "venv"], home)
    packages = ["install", "--upgrade", "--requirement", "requirements.txt"]
    _ran([sys.executable, *PIP, str(_python(home)), *packages], home)


def run(about: About, home: Path) -> None:
    """Run the program: it writes folders of documents and bodies below `out`."""
    _copy(about, home)
    shutil.rmtree(home / "out", ignore_errors=True)
    command = ["npm", "start", "--silent"] if about.is_node else None
    _ran(command or [str(_python(home)), "program.py"], home)


def versions(about: About, home: Path) -> list[str]:
    """Return the versions that the page names: that of the first package without it."""
    if about.is_node:
        files = [
            home / "node_modules" / name / "package.json" for name in about.packages
        ]
        found = [json.loads(file.read_text("utf-8"))["version"] for file in files]
    else:
        code = (
            "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        )
        found = _ran([str(_python(home)), "-c", code, *about.packages], home).split()
    others = zip(about.packages[1:], found[1:], strict=True)
    return [*found[:1], *(f"{name} {version}" for name, version in others)]


def _python(home: Path) -> Path:
    return home / "venv" / "bin" / "python"


def _copy(about: About, home: Path) -> None:
    for folder in (HERE / "shared", about.files):
        shutil.copytree(folder, home, dirs_exist_ok=True)
    if about.rewrites:
        shutil.copytree(OURS, home / "ours", dirs_exist_ok=True)


def _ran(command: list[str], home: Path) -> str:
    """Run a command to its end; its last words are the error where it fails."""
    environment = {**os.environ, "PYTHONPATH": "", "NO_UPDATE_NOTIFIER": "1"}
    result = subprocess.run(
        command,
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if result.returncode:
        last = (result.stderr + result.stdout).strip()[-2_000:]
        raise ValueError(f"{' '.join(command[:4])} …: {last}")
    return result.stdout
