import copy
import pickle

from cbmock.description import documents
from cbmock.description.documents import Document
from cbmock.description.references import Node
from cbmock.description.source_pointer import SourcePointer
from cbmock.violations import Violation


def at(text, *tokens):
    document = documents.parse(text.encode(), name="d.json", uri="file:///d.json")
    return Node(document.tree, document).child(*tokens).pointer


def test_a_pointer_knows_its_line_and_is_a_text_like_any_other():
    pointer = at('{\n "a": {\n  "b c": 1\n }\n}', "a", "b c")
    assert (pointer, pointer.line) == ("d.json#/a/b%20c", 3)
    assert hash(pointer) == hash("d.json#/a/b%20c")


def test_a_text_of_one_line_has_one_line():
    assert at('{"a": 1}', "a").line == 1


def test_a_document_without_text_has_no_lines():
    assert (
        SourcePointer.at(Document("app", "file:///app", {"a": 1}), ("a",)).line is None
    )
    assert at(" \n{}").line == 2


def test_a_pointer_leaves_its_document_behind_when_it_is_copied():
    pointer = at('{"a": 1}', "a")
    for copied in (copy.deepcopy(pointer), pickle.loads(pickle.dumps(pointer))):
        assert (copied, type(copied)) == ("d.json#/a", str)


def test_a_violation_tells_the_line_of_its_rule_and_is_equal_without():
    pointer = at('{\n "a": 1}', "a")
    violation = Violation(location="body", code="c", detail="d", schema=pointer)
    assert (violation.line, violation.rule) == (2, "d.json:2 #/a")
    assert violation.record()["line"] == 2
    assert violation == Violation(
        location="body", code="c", detail="d", schema="d.json#/a"
    )


def test_a_violation_without_a_place_has_no_line():
    nowhere = Violation(location="url", code="c", detail="d")
    assert (nowhere.line, nowhere.rule) == (None, None)
    restored = Violation(location="url", code="c", detail="d", schema="d.json#/a")
    assert (restored.line, restored.rule) == (None, "d.json#/a")
