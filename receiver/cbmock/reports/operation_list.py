"""The operations of a document as a list, for `cbmock list` and the control API.

It decides which facts of an operation are shown. It must not know anything of a server
but its base URL.
"""

from __future__ import annotations

from typing import Any

from cbmock.mock.call import reference
from cbmock.mock.mock import Mock


def listing(mock: Mock, base_url: str) -> dict[str, Any]:
    """Return every operation with the URL to hand out for it, None if it has none."""
    entry = mock.description.entry
    return {
        "document": entry.name,
        "openapi": entry.openapi,
        "operations": [
            {
                **reference(operation),
                "url": None if mount is None else base_url + mount.path,
                "direction": operation.direction,
                "referenced": operation.referenced,
                "error": operation.error,
            }
            for operation in mock.operations
            for mount in (mock.mount_of(operation),)
        ],
    }
