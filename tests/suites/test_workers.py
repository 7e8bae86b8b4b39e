"""Fault 7.5: xdist with coverage and reports, whatever the document."""

import json

import pytest

TEST = """
import httpx, pytest

@pytest.mark.parametrize("n", range(4))
def test_it(cbmock, n):
    httpx.post(cbmock.url + "/webhooks/e", json={"n": n, "of": "x" if n % 2 else 1})
"""
ONE_OF = {
    "openapi": "3.1.0",
    "info": {"title": "t", "version": "1"},
    "webhooks": {
        "e": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "properties": {
                                    "of": {
                                        "oneOf": [
                                            {"type": "string"},
                                            {"$ref": "#/components/schemas/N"},
                                        ]
                                    }
                                },
                            }
                        }
                    }
                },
                "responses": {"200": {"description": "seen"}},
            }
        }
    },
    "components": {"schemas": {"N": {"type": ["integer", "null"]}}},
}


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_workers_hand_over_coverage_and_calls(suite, pytester, workers):
    pytester.makefile(".json", oneof=json.dumps(ONE_OF))
    outcome = suite(
        TEST,
        workers,
        "--cbmock-spec=oneof.json",
        "--cbmock-cov",
        "--cbmock-cov-fail-under=70",
        "--cbmock-report=out.json",
        plugins=["xdist"],
    )
    outcome.assert_outcomes(passed=4)
    assert outcome.ret == 0, outcome.stdout.str()
    report = json.loads((pytester.path / "out.json").read_text())
    assert sorted(len(each["calls"]) for each in report["tests"]) == [1, 1, 1, 1]
    assert report["coverage"] is not None
