"""The page on signatures: its example holds. Its table is compared with the reference."""

import re

from tests.support.signatures_page import PAGE


def test_the_example_on_the_page_holds():
    (code,) = re.findall(
        r"^```python\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(code, str(PAGE), "exec"), {})
