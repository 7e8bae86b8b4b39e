"""One fact, one place: a literal that stands for a fact is in one module only."""

import ast
from collections import defaultdict

import pytest
from cbmock.mock.faults import FAULTS
from cbmock.mock.routing.event_names import HEADERS
from cbmock.server.control import description

from tests.support.modules import TOGETHER, modules
from tests.support.rows import each_row

pytestmark = TOGETHER


@pytest.fixture(scope="module")
def literals():
    """Return where each constant and each tuple stands, by itself and its type."""
    places = defaultdict(set)
    for module in modules():
        place = module.path.as_posix()
        for node in module.nodes:
            if isinstance(node, ast.Constant):
                places[type(node.value), node.value].add(place)
            elif isinstance(node, ast.Tuple):
                places[str, ast.unparse(node)].add(place)
    return places


@each_row(
    ("fact", "module"),
    [
        (4020, "cli/_defaults.py"),
        ("pipeDelimited", "contract/parameters/styles.py"),
        ("postgresql://…", "journal/stores.py"),
        ("trace", "description/path_items.py"),
        *((f"(3, {minor})", "description/versions.py") for minor in range(3)),
        *((name, "mock/routing/event_names.py") for name in HEADERS),
        *(
            (name, "contract/schemas/dialects.py")
            for name in ("int32", "int64", "double")
        ),
    ],
)
def test_a_fact_stands_in_one_module(fact, module, literals):
    assert literals[type(fact), fact] == {module}


ESCAPING = {"quote", "quote_plus", "urlencode"}


def test_whatever_is_percent_encoded_may_be_no_unicode_text():
    """Half a surrogate pair comes in documents, journals and arguments."""
    raising = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in module.nodes
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in ESCAPING
        and not any(each.arg == "errors" for each in node.keywords)
    ]
    assert raising == []


def test_the_control_api_documents_the_faults_of_replies():
    schemas = description()["components"]["schemas"]
    assert schemas["Reply"]["properties"]["fault"]["enum"] == [*FAULTS, None]
    recorded = schemas["Call"]["properties"]["scripted"]["anyOf"][1]
    assert recorded["properties"]["fault"]["enum"] == [*FAULTS, None]
