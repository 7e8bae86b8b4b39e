"""The site: it is built without a warning, and loads nothing from elsewhere."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = re.compile(r'<(?:script|img|iframe)[^>]* src="([^"]+)"|<link ([^>]+)>')


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("zensical")
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "zensical.toml", folder)
    shutil.copytree(ROOT / "docs", folder / "docs")
    built = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder / "site"


@pytest.mark.process
def test_the_site_is_built_without_a_warning(site):
    pages = {each.relative_to(ROOT / "docs") for each in (ROOT / "docs").rglob("*.md")}
    assert {
        each for each in pages if not (site / each).with_suffix(".html").exists()
    } == set()


@pytest.mark.process
def test_the_site_loads_nothing_from_elsewhere(site):
    outside = {
        found
        for page in site.rglob("*.html")
        for source, link in LOADED.findall(page.read_text(encoding="utf-8"))
        for found in [source or link]
        if "//" in found and "canonical" not in found
    }
    assert outside == set()


def test_every_page_is_in_the_navigation():
    named = set(re.findall(r'"([\w./-]+\.md)"', (ROOT / "zensical.toml").read_text()))
    there = {
        each.relative_to(ROOT / "docs").as_posix()
        for each in (ROOT / "docs").rglob("*.md")
    }
    assert named == there
