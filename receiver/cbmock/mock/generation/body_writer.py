"""Body writer: a value as the body of a message, by its Media Type Object.

It decides which writer a media type takes. It must not know requests, responses or how
values are made.
"""

from __future__ import annotations

from typing import Any

from cbmock.contract.bodies.media_type_object import MediaTypeObject
from cbmock.contract.schemas.subschemas import Shape
from cbmock.mock.generation import content_writer, form_writer
from cbmock.mock.generation.content_writer import FORM


def write_body(
    key: str, value: Any, described: MediaTypeObject | None = None
) -> tuple[str, bytes]:
    """Write a value as the media type `key` asks; return its Content-Type as well.

    A range becomes a type within it; bytes stay as they are, `ABSENT` is written as no
    content.
    """
    shape = None if described is None else described.shape
    if "*" in key and isinstance(value, str) and shape is not None:
        value = _octets(value, shape)
    key, media_type = content_writer.concrete(key, value)
    if isinstance(value, dict | list) and media_type.type == "multipart":
        from cbmock.mock.generation import multipart_writer  # noqa: PLC0415 - 50 ms, few need it

        return multipart_writer.write_multipart(media_type, value, described)
    if isinstance(value, dict) and described and media_type.essence == FORM:
        return key, form_writer.write_form(value, described.encoding)
    return content_writer.write_content(key, value, shape)


def _octets(text: str, shape: Shape) -> str | bytes:
    """Return a text as bytes if the schema describes a file (OAS 3.0.4 §4.7.14)."""
    is_file = any(each == "binary" for each in shape.says("format"))
    return text.encode("utf-8", "replace") if is_file else text
