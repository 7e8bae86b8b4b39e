"""The lowest version of everything that pyproject.toml names, as constraints of pip.

FastAPI is named beside it: the oldest that is promised to run beside cbmock.
"""

import re
import sys
import tomllib
from pathlib import Path

BESIDE = ("fastapi==0.115.12",)
FIRST_WHEELS = {
    (3, 13): {
        "orjson": "3.10.7",
        "psycopg": "3.2.2",
        "pyyaml": "6.0.2",
        "zstandard": "0.23",
    },
    (3, 14): {
        "httptools": "0.7.1",
        "jiter": "0.11",
        "orjson": "3.11.4",
        "psycopg": "3.2.11",
        "pyyaml": "6.0.3",
        "uvloop": "0.22.1",
        "zstandard": "0.25",
    },
}
"""By Python, what has wheels for it first where the lowest version has none."""
_REQUIREMENT = re.compile(r"(?P<name>[\w-]+)(?:\[[\w,-]+\])?(?:>=(?P<lowest>[\w.]+))?")


def constraints(project, python=sys.version_info[:2]):
    """Return `name==version` for each requirement of a project that has a lower bound."""
    groups = (project["dependencies"], *project["optional-dependencies"].values())
    found = (_REQUIREMENT.match(each) for group in groups for each in group)
    lowest = {each["name"]: each["lowest"] for each in found if each["lowest"]}
    for since, wheels in FIRST_WHEELS.items():
        if python >= since:
            lowest |= {name: wheels[name] for name in lowest.keys() & wheels.keys()}
    return [*(f"{name}=={version}" for name, version in lowest.items()), *BESIDE]


if __name__ == "__main__":
    tree = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(constraints(tree["project"])) + "\n")
