"""Contracts of an operation with security requirements."""

from cbmock.contract.contract import Contract
from cbmock.contract.policy import Policy
from cbmock.description.discovery import discover

from tests.support.documents import describe

SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "raw": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "query": {"type": "apiKey", "in": "query", "name": "k"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "nowhere": {"type": "apiKey", "in": "body", "name": "k"},
    "basic": {"type": "http", "scheme": "Basic"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "jwt": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "digest": {"type": "http", "scheme": "Digest"},
    "hmac": {"type": "http", "scheme": "hmac"},
    "signature": {"type": "apiKey", "in": "header", "name": "X-Hub-Signature-256"},
    "oauth": {"type": "oauth2", "flows": {}},
    "oidc": {"type": "openIdConnect", "openIdConnectUrl": "https://i.example"},
    "tls": {"type": "mutualTLS"},
    "odd": {"type": "odd"},
    "linked": {"$ref": "#/components/securitySchemes/key"},
    "broken": {"$ref": "#/nowhere"},
    "text": "no scheme",
}


def contract(requirements, root=None, policy=None):
    operation = {} if requirements is None else {"security": requirements}
    paths = {
        "/subscribe": {
            "post": {"callbacks": {"event": {"{$url}": {"post": operation}}}}
        }
    }
    tree = {
        "openapi": "3.1.0",
        "paths": paths,
        "components": {"securitySchemes": SCHEMES},
    }
    if root is not None:
        tree["security"] = root
    description = describe(tree)
    (found,) = discover(description)
    return Contract(found, description, policy or Policy())
