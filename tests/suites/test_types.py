"""A user's test file, as a type checker in strict mode sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cbmock
from cbmock import __all__ as names

SOURCES = Path(__file__).parents[2] / "receiver"
GOOD = """
from collections.abc import Mapping

from cbmock import Call, Exactly, IsInstance, Receiver, Violation


def test_it(cbmock: Receiver) -> None:
    cbmock.respond("paid", status=503, times=2).then(status=200).all_played()
    call: Call = cbmock.wait_for("paid", timeout=1)
    calls: tuple[Call, ...] = cbmock.wait_for("paid", 2, matching=[{"a": IsInstance(int)}])
    headers: Mapping[str, str] = call.headers
    violations: tuple[Violation, ...] = calls[0].violations
    cbmock.expect("paid").times(2).within(5).matching(Exactly({"paid": True})).wait()
    cbmock.allow_violations("type", operation="paid")
    print(headers, violations)


async def test_awaitable(cbmock: Receiver) -> None:
    call: Call = await cbmock.aio.wait_for("paid")
    print(call.form, call.query, call.url)
"""
BAD = {
    'cbmock.allow_violations("tpye")': "arg-type",
    'cbmock.wait_for("paid", 2).json': "attr-defined",
    "cbmock.respond('paid', statsu=503)": "call-arg",
}


def _checked(path: Path, text: str) -> str:
    (path / "user.py").write_text(text)
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null"]
    environment = {**os.environ, "MYPYPATH": str(SOURCES)}
    done = subprocess.run(
        [*command, "user.py"],
        cwd=path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_users_file_is_typed(tmp_path):
    assert _checked(tmp_path, GOOD) == "Success: no issues found in 1 source file\n"


def test_mistakes_in_a_users_file_are_found(tmp_path):
    lines = "".join(f"    {each}\n" for each in BAD)
    text = f"from cbmock import Receiver\n\ndef f(cbmock: Receiver) -> None:\n{lines}"
    found = _checked(tmp_path, text)
    for number, code in enumerate(BAD.values(), start=4):
        (line,) = [
            each
            for each in found.splitlines()
            if f":{number}:" in each and "error" in each
        ]
        assert line.endswith(f"[{code}]")


def test_names_that_are_not_loaded_yet_are_listed():
    assert set(names) <= set(dir(cbmock))


def test_pyright_agrees(tmp_path):
    """Strict mode, on the same file and the same mistakes."""
    wrong = "".join(f"    {each}\n" for each in BAD)
    (tmp_path / "good.py").write_text(GOOD)
    (tmp_path / "bad.py").write_text(
        f"from cbmock import Receiver\n\n\ndef test_it(cbmock: Receiver) -> None:\n{wrong}"
    )
    settings = {"typeCheckingMode": "strict", "extraPaths": [str(SOURCES)]}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson"]
    command += ["--pythonpath", sys.executable, "good.py", "bad.py"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = [
        (Path(each["file"]).name, each["rule"])
        for each in json.loads(done.stdout)["generalDiagnostics"]
        if each["severity"] == "error"
    ]
    assert found == [
        ("bad.py", "reportArgumentType"),
        ("bad.py", "reportUnknownMemberType"),
        ("bad.py", "reportAttributeAccessIssue"),
        ("bad.py", "reportCallIssue"),
    ]
