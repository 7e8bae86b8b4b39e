#!/usr/bin/env bash
# lilya 0.29.0 (PyPI): a model inside the model of a request body is written as
# `$ref: "#/$defs/Line"`, with the `$defs` beside it in the schema. A reference that begins
# with `#` starts at the root of the document, where no `$defs` is: it leads nowhere, and
# whoever reads the document refuses the operation.
#
# Guessed: the schemas below `components`, or the model in place of the reference.
# Seen: a reference whose target is four levels above it, but not at the root.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'lilya[openapi]==0.29.0' 'pydantic==2.14.4' 'referencing==0.37.0'
cat > "$folder/attempt.py" <<'PY'
from lilya.apps import Lilya
from lilya.contrib.openapi.decorator import openapi
from lilya.contrib.openapi.utils import get_openapi
from lilya.routing import Path
from pydantic import BaseModel
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012


class Line(BaseModel):
    sku: str


class Paid(BaseModel):
    lines: list[Line]


@openapi(request_body=Paid)
async def paid(request): ...


app = Lilya(routes=[Path("/paid", paid, methods=["POST"])])
tree = get_openapi(app=app, title="t", version="1", routes=app.routes)
body = tree["paths"]["/paid"]["post"]["requestBody"]
schema = body["content"]["application/json"]["schema"]
reference = schema["properties"]["lines"]["items"]["$ref"]
print(tree["openapi"], reference, "components:", *tree["components"]["schemas"])
document = DRAFT202012.create_resource(tree)
resolver = Registry().with_resource("urn:d", document).resolver("urn:d")
try:
    resolver.lookup(reference)
except Unresolvable as error:
    print(type(error).__name__)
PY
"$folder/venv/bin/python" "$folder/attempt.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
3.2.0 #/$defs/Line components:
PointerToNowhere
EXPECTED
