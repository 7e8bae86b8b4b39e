"""The lowest version of everything that pyproject.toml names, as constraints of pip.

FastAPI is named beside it: the oldest that is promised to run beside cbmock.
"""

import re
import sys
import tomllib
from pathlib import Path

BESIDE = ("fastapi==0.115.12",)
_REQUIREMENT = re.compile(r"(?P<name>[\w-]+)(?:\[[\w,-]+\])?(?:>=(?P<lowest>[\w.]+))?")


def constraints(project):
    """Return `name==version` for each requirement of a project that has a lower bound."""
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    found = (_REQUIREMENT.match(each) for group in groups for each in group)
    lowest = {each["name"]: each["lowest"] for each in found if each["lowest"]}
    return [*(f"{name}=={version}" for name, version in lowest.items()), *BESIDE]


if __name__ == "__main__":
    tree = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(constraints(tree["project"])) + "\n")
