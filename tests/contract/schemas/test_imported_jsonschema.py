import subprocess
import sys

import pytest

pytest.importorskip("rfc3987_syntax")

PROGRAM = """
import sys
from cbmock.contract.schemas import jsonschema_narrowed
print("rfc3987_syntax" in sys.modules, "lark" in sys.modules)
import jsonschema
check = jsonschema.Draft202012Validator.FORMAT_CHECKER.conforms
print(check("http://\\u00e4.example/", "iri"), check("no iri", "iri"))
print("lark" in sys.modules)
import rfc3987_syntax
print(rfc3987_syntax.is_valid_syntax("iri", "http://a/"))
"""


@pytest.mark.process
def test_grammars_of_iris_are_built_when_somebody_checks_one():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False
    )
    assert (done.stdout.split(), done.stderr) == (
        ["False", "False", "True", "False", "True", "True"],
        "",
    )
