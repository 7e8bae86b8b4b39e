#!/usr/bin/env bash
# drf-spectacular 0.30.0 (PyPI): the body of a webhook is described as an answer is, since
# the API writes it. In an answer a file is a URL: a webhook that sends a file as
# multipart/form-data has a part of `format: uri`, although the same serializer in an
# endpoint's form has `format: binary`.
#
# Guessed: `format: binary` in both; the media type says that it is a form.
# Seen: binary in the endpoint, uri in the webhook, where the media type is the same.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'drf-spectacular==0.30.0' 'djangorestframework==3.18.3'
cat > "$folder/attempt.py" <<'PY'
import django
from django.conf import settings

settings.configure(
    ROOT_URLCONF="attempt",
    INSTALLED_APPS=["django.contrib.contenttypes", "rest_framework", "drf_spectacular"],
    REST_FRAMEWORK={"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"},
    SPECTACULAR_SETTINGS={
        "OAS_VERSION": "3.1.1",
        "WEBHOOKS": ["attempt.WEBHOOK"],
        "COMPONENT_SPLIT_REQUEST": True,
    },
)
django.setup()

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import OpenApiWebhook, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view


class Receipt(serializers.Serializer):
    file = serializers.FileField()


form = extend_schema(request={"multipart/form-data": Receipt}, responses={204: None})
WEBHOOK = OpenApiWebhook("receipt", form)
urlpatterns = [path("receipt", form(api_view(["POST"])(lambda request: None)))]


def show():
    tree = SchemaGenerator().get_schema(public=True)
    for name, item in {"endpoint": tree["paths"]["/receipt"], "webhook": tree["webhooks"]["receipt"]}.items():
        ((media_type, content),) = item["post"]["requestBody"]["content"].items()
        component = content["schema"]["$ref"].rpartition("/")[2]
        schema = tree["components"]["schemas"][component]
        print(name, media_type, component, schema["properties"]["file"]["format"])
PY
cd "$folder"
"$folder/venv/bin/python" -c 'import attempt; attempt.show()' | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
endpoint multipart/form-data ReceiptRequest binary
webhook multipart/form-data Receipt uri
EXPECTED
