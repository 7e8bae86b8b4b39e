import copy
import json
from pathlib import Path

import pytest
from cbmock.cli import main
from click.testing import CliRunner

OLD = json.loads(Path("samples/subscriptions/openapi.json").read_text("utf-8"))
NEW = copy.deepcopy(OLD)
NEW["components"]["schemas"]["Subscription"]["required"].remove("monthly_fee")


@pytest.fixture
def files(tmp_path):
    paths = []
    for name, document in (("old", OLD), ("new", NEW)):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(document, indent=1), "utf-8")
        paths.append(str(path))
    return paths


def run(*arguments):
    return CliRunner().invoke(main, ["diff", *arguments])


def test_a_breaking_change_is_told_with_its_payload(files):
    compared = run(*files)
    lines = compared.stdout.splitlines()
    assert (compared.exit_code, lines[0], lines[-1]) == (
        1,
        "breaking  new-subscription  body #: 'monthly_fee' is missing: this may be sent now",
        "1 changes, 1 breaking",
    )
    assert lines[3].startswith("    valid in the new version only: {")


def test_it_is_one_record_for_machines(files):
    compared = run(*files, "--format", "json", "--fail-on", "never")
    (change,) = json.loads(compared.stdout)["changes"]
    assert (compared.exit_code, set(change)) == (
        0,
        {
            "operation",
            "severity",
            "kind",
            "old",
            "new",
            "payload",
            "valid_in",
            "detail",
        },
    )


def test_it_annotates_and_it_is_a_table(files):
    assert run(*files, "--format", "github").stdout.startswith(
        "::error file=new.json,line="
    )
    table = run(*files, "--format", "markdown").stdout.splitlines()
    assert table[2].startswith("| breaking | new-subscription | body #: 'monthly_fee'")


def test_no_change_is_exit_code_0(files):
    compared = run(files[0], files[0])
    assert (compared.exit_code, compared.stdout) == (0, "0 changes, 0 breaking\n")
