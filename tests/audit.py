"""Look up what is known against the installed packages, where the index answers.

`make audit` runs it: exit code 1 where pip-audit finds a vulnerability. Where nothing
answers, or too slowly, it says so and is content.
"""

import subprocess
import sys
import urllib.request
from importlib.metadata import version

SECONDS = 15
INDEX = "https://pypi.org/pypi/{}/{}/json"
COMMAND = ("pip_audit", "--progress-spinner=off", "--timeout=5", "--skip-editable")


def unreachable(index: str = INDEX) -> str | None:
    """Return why the index of vulnerabilities cannot be asked; None if it can."""
    url = index.format("pip", version("pip"))
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            found = answer.status
    except OSError as error:
        return str(error)
    return None if found == 200 else f"status {found}"


def main() -> int:
    """Audit, within seconds."""
    reason = unreachable()
    if reason is None:
        try:
            command = [sys.executable, "-m", *COMMAND]
            return subprocess.run(command, timeout=SECONDS, check=False).returncode
        except subprocess.TimeoutExpired:
            reason = f"no answer within {SECONDS} s"
    sys.stdout.write(f"pip-audit: nothing was looked up: {reason}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
