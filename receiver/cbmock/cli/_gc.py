"""Objects that live until a command ends: modules, and the document.

The garbage collector skips them, while they are made and later. It must not know what
they are.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Freeze the objects made within, so that the garbage collector skips them."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
