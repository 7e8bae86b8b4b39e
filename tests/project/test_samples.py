"""Samples that are not part of this process: another language, another project, containers."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
import yaml
from cbmock import Receiver

from tests.support.databases import cluster
from tests.support.serve_process import serve

__all__ = ["cluster", "serve"]

SAMPLES = Path(__file__).parents[2] / "samples"
EXPRESS = SAMPLES / "express-orders"
SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgb3JkZXJz"


def run(*command, cwd, **environment):
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def express(tmp_path_factory):
    """Install the Express sample, where Node and its registry are there."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm here")
    folder = tmp_path_factory.mktemp("express") / "sample"
    shutil.copytree(EXPRESS, folder, ignore=shutil.ignore_patterns("node_modules"))
    installed = run(
        "npm", "ci", "--no-audit", "--no-fund", "--prefer-offline", cwd=folder
    )
    if installed.returncode != 0:
        pytest.skip(f"npm cannot install: {installed.stderr[-300:]}")
    return folder


MISTAKES = {
    None: (0, set()),
    "unsigned": (1, {"signature-missing"}),
    "gives-up": (1, set()),
}
"""What `npm test` ends with, and what verify has to say besides.

Three of six: each takes a second. The others were tried by hand.
"""


@pytest.mark.process
@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_express_sample_finds_mistakes(mistake, express):
    status, codes = MISTAKES[mistake]
    with Receiver(
        EXPRESS / "openapi.yaml", signature="standard-webhooks", secret=SECRET
    ) as mock:
        ran = run(
            "node",
            "orders.test.js",
            cwd=express,
            CBMOCK_URL=mock.url,
            ORDERS_MISTAKE=mistake or "",
        )
        found = {
            each.code
            for call in mock.calls
            for each in call.violations
            if each.severity == "error"
        }
        mock.allow_violations()
    assert (ran.returncode, found) == (status, codes), ran.stdout


@pytest.mark.process
def test_the_django_sample_passes():
    ran = run(
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "samples/django-orders",
        cwd=SAMPLES.parent,
        DJANGO_SETTINGS_MODULE="shop.settings",
    )
    assert (ran.returncode, "8 passed" in ran.stdout) == (0, True), ran.stdout


# --- containers: as far as can be seen without Docker -------------------------------------

COMPOSE = SAMPLES / "compose-postgres" / "compose.yaml"


@pytest.mark.process
def test_the_compose_file_is_of_its_schema():
    pytest.importorskip("check_jsonschema")
    ran = run(
        *(sys.executable, "-m", "check_jsonschema"),
        *("--builtin-schema", "vendor.compose-spec", str(COMPOSE)),
        cwd=SAMPLES,
    )
    assert ran.returncode == 0, ran.stdout


def test_the_compose_file_mounts_files_that_are_there():
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    mounted = [
        each.partition(":")[0]
        for service in services.values()
        for each in service["volumes"]
    ]
    files = [each for each in mounted if each.startswith(".")]
    assert len(files) == 2
    assert all((COMPOSE.parent / each).exists() for each in files)


@pytest.mark.process
def test_the_command_of_the_compose_file_serves_with_postgresql(cluster, serve):
    services = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
    _, _, *options = services["callbacks"]["command"]
    named = dict(each.removeprefix("--").split("=", 1) for each in options)
    named |= {"journal": cluster.url, "host": "127.0.0.1"}
    assert named.pop("public-url") == "http://callbacks:4020"
    running = serve(
        str(SAMPLES / "invoices" / "openapi.json"),
        *(f"--{name}={value}" for name, value in named.items()),
    )
    sent = httpx2.post(
        f"{running.url}/invoices/7", json={"description": "x", "paid": True}
    )
    own = {"authorization": f"Bearer {named['token']}"}
    found = httpx2.get(f"{running.url}/_cbmock/api/calls", headers=own).json()
    assert (sent.status_code, [each["valid"] for each in found["calls"]]) == (
        200,
        [True],
    )
