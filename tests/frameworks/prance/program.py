import json
from pathlib import Path

import prance


def again(limit, parsed_url, recursions):
    """What prance puts where a schema refers to itself."""
    return {}


parser = prance.ResolvingParser(
    "ours/openapi.yaml",
    backend="openapi-spec-validator",
    strict=False,
    recursion_limit_handler=again,
)
out = Path("out/dereference")
out.mkdir(parents=True)
(out / "openapi.json").write_text(json.dumps(parser.specification), "utf-8")
