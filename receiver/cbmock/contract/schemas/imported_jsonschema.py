"""What is used of jsonschema, imported without the grammars of a format that it checks.

It decides when those grammars are built. It must not know schemas.

Where rfc3987-syntax is installed (the extra `format-nongpl`), jsonschema 4.26 builds 39
grammars as it is imported. That takes seconds, and the first violation to be explained
would wait for them on the event loop, while formats are checked by cbmock itself. They are
built now when somebody else in the process checks an IRI with jsonschema.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

_GRAMMARS = "rfc3987_syntax"


class _Deferred(ModuleType):
    """Stands for the grammars while jsonschema is imported, and loads them when asked."""

    def is_valid_syntax(self, rule: str, text: str) -> bool:
        return bool(importlib.import_module(_GRAMMARS).is_valid_syntax(rule, text))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # the import system asks whether it is a package
            raise AttributeError(name)
        sys.modules.pop(_GRAMMARS, None)
        return getattr(importlib.import_module(_GRAMMARS), name)


@contextmanager
def _deferred_grammars() -> Iterator[None]:
    if _GRAMMARS in sys.modules or importlib.util.find_spec(_GRAMMARS) is None:
        yield
        return
    deferred = sys.modules[_GRAMMARS] = _Deferred(_GRAMMARS)
    try:
        yield
    finally:
        if sys.modules.get(_GRAMMARS) is deferred:
            del sys.modules[_GRAMMARS]


with _deferred_grammars():
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

__all__ = ["Draft202012Validator", "ValidationError", "extend"]
