"""Small projects as users have them: a document, an API, tests, run in a process."""

import json
import re

import pytest

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "orders", "version": "1"},
    "paths": {
        "/orders": {
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {}}}},
                "responses": {"202": {"description": "taken"}},
                "callbacks": {
                    "paid": {
                        "{$request.body#/cb}": {
                            "post": {
                                "requestBody": {
                                    "required": True,
                                    "content": {
                                        "application/json": {
                                            "schema": {
                                                "type": "object",
                                                "required": ["id", "amount"],
                                                "properties": {
                                                    "id": {"type": "string"},
                                                    "amount": {"type": "integer"},
                                                },
                                            }
                                        }
                                    },
                                },
                                "responses": {"200": {"description": "seen"}},
                            }
                        }
                    }
                },
            }
        }
    },
    "webhooks": {
        "shipped": {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["type"],
                                "properties": {
                                    "type": {"const": "shipped"},
                                    "n": {"type": "integer"},
                                },
                            }
                        }
                    },
                },
                "responses": {"200": {"description": "seen"}},
            }
        }
    },
}

API = '''
"""The API under test: `SEND` says after how many seconds a callback is sent, None never."""
import threading

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

SEND = {"delay": None, "body": {"id": "1", "amount": 1}}


def later(delay, url, body):
    def go():
        threading.Event().wait(delay)
        httpx.post(url, json=body)
    threading.Thread(target=go, daemon=True).start()


async def orders(request):
    body = await request.json()
    if SEND["delay"] is not None:
        later(SEND["delay"], body["cb"], SEND["body"])
    return JSONResponse({}, 202)


app = Starlette(routes=[Route("/orders", orders, methods=["POST"])])
'''


@pytest.fixture
def suite(pytester, monkeypatch):
    """Run a project whose test file is given; return outcomes and text of the run.

    It has `cbmock` and the plugins that are named, by their entry points: to load all that
    is installed takes longer than most scenarios.
    """
    monkeypatch.delenv("PYTEST_ADDOPTS")  # each scenario says which plugins it has
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    pytester.makefile(".json", spec=json.dumps(SPEC))
    pytester.makepyfile(api=API)
    pytester.makeini("[pytest]\ncbmock_spec = spec.json\n")

    def run(test, *arguments, ini=None, plugins=(), timeout=120, **files):
        if ini is not None:
            pytester.makeini(f"[pytest]\ncbmock_spec = spec.json\n{ini}")
        for name, text in files.items():
            pytester.makepyfile(**{name: text})
        pytester.makepyfile(test_it=test)
        loaded = [f"-p{name}" for name in ("cbmock", *plugins)]
        return pytester.runpytest_subprocess(
            "--disable-plugin-autoload", *loaded, *arguments, timeout=timeout
        )

    return run


HEADING = re.compile(r"(?m)^(?:_{3,} (?P<name>\S+) _{3,}|={3,} .* ={3,})$")


@pytest.fixture
def red():
    """Return what a run says of each test that failed, by name."""

    def said(outcome):
        text = outcome.stdout.str()
        heads = [*HEADING.finditer(text)]
        ends = [each.start() for each in heads[1:]] + [len(text)]
        return {
            head["name"]: text[head.end() : end]
            for head, end in zip(heads, ends, strict=True)
            if head["name"]
        }

    return said
