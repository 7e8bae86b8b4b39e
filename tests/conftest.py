import pytest
from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine is no failure; nothing here is a timed test.
settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _as_at_home(monkeypatch):
    """Let an inner pytest print as it does at home: in CI its summaries are longer."""
    monkeypatch.delenv("CI", raising=False)
