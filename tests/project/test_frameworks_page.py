"""The page on frameworks: pydantic's contradictions are as it says, and so is the cure."""

import datetime as dt
import math
import re
import sys
import types
from pathlib import Path
from typing import Any

import pytest
from cbmock import sources
from cbmock.mock.mock import Mock
from fastapi import FastAPI
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    Json,
    NaiveDatetime,
    computed_field,
    field_serializer,
)

from tests.support.findings import with_body
from tests.support.mocks import sent
from tests.support.rows import each_row

PAGE = (Path(__file__).parents[2] / "docs" / "frameworks.md").read_text(
    encoding="utf-8"
)
JSON = {"content-type": "application/json"}


class Computed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    @computed_field
    @property
    def total(self) -> int:
        return 7


class Renamed(BaseModel):
    order_name: int = Field(serialization_alias="orderName")


class Aliased(BaseModel):
    user_id: int = Field(alias="userId")


class Written(BaseModel):
    a: int

    @field_serializer("a")
    def as_text(self, value: int) -> str:
        return str(value)


class Excluded(BaseModel):
    secret: int = Field(exclude=True)


class Seconds(BaseModel):
    model_config = ConfigDict(ser_json_timedelta="float")
    took: dt.timedelta


class Packed(BaseModel):
    a: Json[dict[str, int]]


class Endless(BaseModel):
    model_config = ConfigDict(ser_json_inf_nan="strings")
    a: float


class Duration(BaseModel):
    took: dt.timedelta


class Time(BaseModel):
    at: dt.time


class Naive(BaseModel):
    at: NaiveDatetime


class Pattern(BaseModel):
    a: re.Pattern[str]


def judged(model: type[BaseModel], body: str, mode: str = "validation") -> list[str]:
    schema = model.model_json_schema(mode=mode)  # type: ignore[arg-type]
    mock = Mock(sources.describe({"openapi": "3.1.0", **with_body(schema)}))
    call = sent(mock, "POST", "/webhooks/event", body.encode(), JSON)
    return [each.detail for each in call.violations if each.severity == "error"]


CURED = [
    (Computed(), {}),
    (Renamed(order_name=1), {"by_alias": True}),
    (Written(a=7), {}),
    (Excluded(secret=1), {}),
    (Seconds(took=dt.timedelta(seconds=1.5)), {}),
    (Packed(a='{"x": 1}'), {}),
]
ALIAS = (Aliased(userId=1), {"by_alias": False})
UNCURED = [(Endless(a=math.inf), {})]


@each_row(("value", "options"), [*CURED, ALIAS, *UNCURED])
def test_what_pydantic_sends_is_refused_in_the_words_of_the_page(
    value: BaseModel, options: dict[str, Any]
) -> None:
    (detail,) = judged(type(value), value.model_dump_json(**options))
    assert f"| `{detail}` |" in PAGE


@each_row(("value", "options"), CURED)
def test_the_schema_of_serialization_mode_takes_what_is_sent(
    value: BaseModel, options: dict[str, Any]
) -> None:
    body = value.model_dump_json(**options)
    assert judged(type(value), body, "serialization") == []


@each_row(
    ("value", "written"),
    [
        (Duration(took=dt.timedelta(hours=1, seconds=30)), "PT1H30S"),
        (Duration(took=dt.timedelta(seconds=0.5)), "PT0.5S"),
        (Duration(took=dt.timedelta(seconds=-5)), "-PT5S"),
        (Time(at=dt.time(1, 2, 3)), "01:02:03"),
        (Naive(at=dt.datetime(2026, 1, 1)), "no offset"),  # noqa: DTZ001 - naive
        (Pattern(a=re.compile("(?P<name>x)")), "(?P<name>"),
    ],
)
def test_what_a_type_writes_is_refused_in_both_modes(
    value: BaseModel, written: str
) -> None:
    body = value.model_dump_json()
    refused = [
        judged(type(value), body, mode) for mode in ("validation", "serialization")
    ]
    assert written in PAGE
    assert refused[0] == refused[1] != []


def test_the_function_of_the_page_documents_what_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Paid(BaseModel):
        lines: list[Computed]

        @computed_field
        @property
        def total(self) -> int:
            return 7

    app = FastAPI()

    @app.webhooks.post("paid")
    def paid(body: Paid) -> None: ...

    shop = types.ModuleType("shop")
    vars(shop).update(Paid=Paid, app=app)
    monkeypatch.setitem(sys.modules, "shop", shop)
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    body = Paid(lines=[Computed()]).model_dump_json().encode()

    def valid(tree: dict[str, Any]) -> bool:
        mock = Mock(sources.describe(tree))
        return sent(mock, "POST", "/webhooks/paid", body, JSON).valid

    assert valid(app.openapi()) is False
    assert valid(found["document"]()) is True


@each_row(
    "framework",
    [
        *("FastAPI 0.165", "pydantic 2.14", "drf-spectacular 0.30", "django-ninja 1.7"),
        *("Litestar 2.25", "msgspec 0.23", "NestJS 12", "zod-to-openapi 9.1"),
        *("zod-openapi 5.4", "@hono/zod-openapi 1.6", "hono-openapi 1.3"),
        *("apispec 6.10", "APIFlask 3.1", "flask-smorest 0.47", "BlackSheep 2.6"),
        *("Elysia 1.4", "@fastify/swagger 9.9", "feTS 0.8", "TypeSpec 1.11"),
        *("express-zod-api 29", "spectree 3.0", "Quart-Schema 0.25", "tsoa 6.6"),
        *("sanic-ext 25.12", "Robyn", "Lilya", "openapi-down-convert 0.14"),
        *("redocly 2.77", "swagger-parser 13", "openapi-merge-cli 2.0", "Scalar"),
        *("prance", "openapi-format 1.33", "PyYAML", "jq 1.6", "connexion"),
    ],
)
def test_every_framework_that_was_tried_is_on_the_page(framework: str) -> None:
    assert framework in PAGE


def refused(schema: dict[str, Any], body: str) -> list[tuple[str, str]]:
    """Return the violations of a body as code and severity."""
    tree = {**with_body(schema), "openapi": "3.1.0"}
    mock = Mock(sources.describe(tree))
    call = sent(mock, "POST", "/webhooks/event", body.encode(), JSON)
    return [(each.code, each.severity) for each in call.violations]


def of_format(name: str) -> dict[str, Any]:
    return {"type": "string", "format": name}


@each_row(
    ("schema", "body", "violations"),
    [
        pytest.param(
            of_format("base64"), '"a-_="', [("format", "error")], id="fault 13.2"
        ),
        pytest.param(
            {"type": "string", "contentEncoding": "base64"},
            '"_-8="',
            [("contentEncoding", "warning")],
            id="fault 13.2: another alphabet",
        ),
        pytest.param(
            of_format("email"),
            '"jörg@exämple.de"',
            [("format", "error")],
            id="fault 13.2: letters beyond ASCII",
        ),
        pytest.param(
            of_format("time"), '"04:05:06"', [("format", "error")], id="fault 13.3"
        ),
        pytest.param(
            of_format("duration"),
            '"PT3600.5S"',
            [("format", "error")],
            id="fault 13.6: a fraction",
        ),
        pytest.param(
            of_format("duration"),
            '"04:05:00"',
            [("format", "error")],
            id="fault 13.6: a time",
        ),
        pytest.param(
            {"enum": ["p"]}, "null", [("enum", "error")], id="fault 13.8: a literal"
        ),
        pytest.param(
            {"type": "number"}, '"1.20"', [("type", "error")], id="fault 13.9: as text"
        ),
        pytest.param(
            {"format": None}, '"x"', [], id="fault 13.9: a format that is null"
        ),
        pytest.param(
            {"type": "string", "nullable": True},
            "null",
            [("nullable-ineffective", "warning")],
            id="fault 13.10",
        ),
        pytest.param(
            {"$id": "#/components/schemas/Ev", "type": "integer"},
            '"x"',
            [("type", "error")],
            id="fault 13.10: an $id that is a fragment",
        ),
    ],
)
def test_a_framework_that_contradicts_itself_is_refused(
    schema: dict[str, Any], body: str, violations: list[tuple[str, str]]
) -> None:
    assert refused(schema, body) == violations


@each_row(
    "words",
    [
        pytest.param('`computed_field` with `extra="forbid"`', id="fault 13.1"),
        pytest.param('`ser_json_bytes="base64"`', id="fault 13.2"),
        pytest.param("`z.iso.time()` documents `time`", id="fault 13.3"),
        pytest.param("A security scheme that only a callback uses", id="fault 13.4"),
        pytest.param("without its parameters, security and", id="fault 13.5"),
        pytest.param("`datetime.time` is documented as `duration`", id="fault 13.6"),
        pytest.param("`@ApiExtraModels(PaidDto)`", id="fault 13.7"),
        pytest.param("`OpenApiGeneratorV31`", id="fault 13.8"),
        pytest.param("`Decimal(as_string=True)`", id="fault 13.9"),
        pytest.param("Both write `nullable`", id="fault 13.10"),
        pytest.param('`@extension("callbacks", 1)`', id="fault 13.11"),
        pytest.param("callbacks nor webhooks", id="fault 13.12"),
        pytest.param("openapi-down-convert 0.14 | `webhooks`", id="fault 13.13"),
    ],
)
def test_the_page_explains_what_each_framework_contradicts(words: str) -> None:
    assert words in PAGE
