"""Every page that is made from code; `make reference` writes them."""

from tests.support import codes_page, handshakes_page, signatures_page
from tests.support.reference import (
    cli_page,
    config_page,
    control_page,
    openapi_page,
    pytest_page,
    python_page,
)

PAGES = (
    codes_page,
    signatures_page,
    handshakes_page,
    cli_page,
    config_page,
    control_page,
    openapi_page,
    pytest_page,
    python_page,
)
