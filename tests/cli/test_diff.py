import copy
import json
from pathlib import Path

import pytest
from cbmock import Mock, sources
from cbmock.cli import main
from cbmock.firing.documented_request import documented_request
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
        "1 change, 1 breaking",
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


def test_recorded_calls_are_counted(files, tmp_path):
    mock = Mock(sources.describe(files[0]))
    request = documented_request(mock, mock.names.find("new-subscription")).request
    call = mock.receive(request, id=1, now=0.0)
    journal = tmp_path / "calls.jsonl"
    journal.write_text(json.dumps(call.record()), "utf-8")
    lines = run(*files, "--journal", str(journal)).stdout.splitlines()
    assert "    recorded calls that it affects: 0" in lines
    table = run(*files, "--journal", str(journal), "--format", "markdown").stdout
    assert table.splitlines()[0].endswith("| payload | calls |")
    compared = run(*files, "--journal", str(journal), "--format", "json")
    assert json.loads(compared.stdout)["changes"][0]["calls"] == 0
