"""Multipart bodies, written out part by part."""


def body(*parts):
    """Write parts: (name or headers, content type, octets)."""
    found = b""
    for name, media_type, data in parts:
        head = name if ":" in name else f'Content-Disposition: form-data; name="{name}"'
        if media_type:
            head += f"\r\nContent-Type: {media_type}"
        found += b"--b\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n"
    return found + b"--b--\r\n"
