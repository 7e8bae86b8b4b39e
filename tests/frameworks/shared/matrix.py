"""How a program hands over what its framework wrote: documents, and bodies that fit them."""

import json
from pathlib import Path

BY_HAND = json.loads(Path("by_hand.json").read_text("utf-8"))
RECEIPT = {"file": "%PDF-1.7", "amount": "12.50", "issued": "2026-11-29"}


def by_hand(document, **schemas):
    """Add callbacks, webhooks and schemas that the framework has no place for."""
    components = document.setdefault("components", {})
    known = components.get("schemas", {})
    components["schemas"] = {"Receipt": BY_HAND["receipt"], **known, **schemas}
    components["securitySchemes"] = BY_HAND["securitySchemes"]
    document["paths"]["/orders"]["post"]["callbacks"] = BY_HAND["callbacks"]
    document["webhooks"] = BY_HAND["webhooks"]
    return document


def write(name, document, bodies, formats=None):
    """Write a document, an object or YAML, the bodies by their names, and settings."""
    folder = Path("out") / name
    folder.mkdir(parents=True)
    is_yaml = isinstance(document, str)
    text = document if is_yaml else json.dumps(document, indent=1)
    (folder / f"openapi.{'yaml' if is_yaml else 'json'}").write_text(text, "utf-8")
    (folder / "bodies.json").write_text(json.dumps(bodies), "utf-8")
    if formats:
        lines = [f"{each} = {json.dumps(how)}" for each, how in formats.items()]
        (folder / "cbmock.toml").write_text("\n".join(["[formats]", *lines]), "utf-8")
