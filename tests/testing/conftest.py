from tests.support.serve_process import serve  # noqa: F401 - a fixture
