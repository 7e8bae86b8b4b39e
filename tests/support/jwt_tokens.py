"""JSON Web Tokens, with a signature that nobody checks."""

import base64
import json


def part(value):
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token(claims, header=None):
    return f"{part(header or {'alg': 'HS256'})}.{part(claims)}.c2ln"
