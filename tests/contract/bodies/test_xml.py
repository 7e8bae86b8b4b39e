from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.bodies import read, told
from tests.support.rows import each_row

INTEGER = {"type": "integer"}
STRINGS = {"type": "array", "items": {"type": "string"}}
TEXT = {"type": "string", "xml": {"nodeType": "text"}}
CDATA = {"type": "string", "xml": {"nodeType": "cdata"}}
NIL = '<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance">{}</a>'


def xml(schema, data, **more):
    return read({"schema": schema}, data.encode(), "application/xml", **more)


def of(**properties):
    return {"type": "object", "properties": properties}


@each_row(
    ("schema", "data", "value"),
    [
        (of(id=INTEGER), "<a><id>1</id></a>", {"id": 1}),
        (of(id={**INTEGER, "xml": {"attribute": True}}), '<a id="1"/>', {"id": 1}),
        (of(id={**INTEGER, "xml": {"attribute": True}}), "<a/>", {}),
        (of(id={**INTEGER, "xml": {"name": "no"}}), "<a><no>1</no></a>", {"id": 1}),
        (
            of(
                id={
                    **INTEGER,
                    "xml": {"name": "no", "prefix": "x", "namespace": "urn:x"},
                }
            ),
            '<a xmlns:x="urn:x"><x:no>1</x:no></a>',
            {"id": 1},
        ),
        (of(t=STRINGS), "<a><t>1</t><t>2</t></a>", {"t": ["1", "2"]}),
        (of(t=STRINGS), "<a/>", {}),
        (
            of(t={**STRINGS, "items": {"type": "string", "xml": {"name": "tag"}}}),
            "<a><tag>1</tag></a>",
            {"t": ["1"]},
        ),
        (
            of(t={**STRINGS, "xml": {"wrapped": True}}),
            "<a><t><t>1</t><t>2</t></t></a>",
            {"t": ["1", "2"]},
        ),
        (of(t={**STRINGS, "xml": {"wrapped": True}}), "<a><t/></a>", {"t": []}),
        (of(t={**STRINGS, "xml": {"wrapped": True}}), "<a/>", {}),
        (
            of(t={**STRINGS, "xml": {"nodeType": "element", "name": "ts"}}),
            "<a><ts><t>1</t></ts></a>",
            {"t": ["1"]},
        ),
        (
            of(
                id={"type": "integer", "xml": {"nodeType": "attribute"}},
                v={"type": "number", "xml": {"nodeType": "text"}},
            ),
            '<a id="1">1.5</a>',
            {"id": 1, "v": 1.5},
        ),
        (of(c=CDATA), "<a>\n <![CDATA[<b>]]>\n</a>", {"c": "<b>"}),
        (of(c=CDATA), "<a><![CDATA[a]]><b/><![CDATA[b]]></a>", {"b": "", "c": "ab"}),
        (of(c=CDATA), "<a>&lt;b></a>", {"c": "<b>"}),
        (of(c=CDATA), "<a><![CDATA[]]></a>", {"c": ""}),
        (of(t=TEXT), "<a>1<![CDATA[2]]></a>", {"t": "12"}),
        (of(t=TEXT, c=CDATA), "<a>1<![CDATA[2]]></a>", {"t": "1", "c": "2"}),
        (of(t=TEXT, c=CDATA), "<a> <![CDATA[2]]> </a>", {"c": "2"}),
        (of(t=TEXT, c=CDATA), "<a>1</a>", {"t": "1"}),
        (of(v={"type": "string"}), "<a><v>1<![CDATA[<]]></v></a>", {"v": "1<"}),
        (
            of(v={"type": ["integer", "null"]}),
            NIL.format('<v i:nil="true"/>'),
            {"v": None},
        ),
        (of(v={"type": ["integer", "null"]}), "<a><v/></a>", {"v": None}),
        (of(v={"type": "string"}), "<a><v> </v></a>", {"v": " "}),
        (of(v=of(w=INTEGER)), "<a><v><w>1</w></v></a>", {"v": {"w": 1}}),
        (
            of(v={}),
            '<a><v b="1"><w>1</w><w>2</w></v></a>',
            {"v": {"b": "1", "w": ["1", "2"]}},
        ),
        (of(v={}), "<a><v>1</v></a>", {"v": "1"}),
        (of(), '<a b="1"><v>1</v><w/><w/></a>', {"b": "1", "v": "1", "w": ["", ""]}),
        (
            {"additionalProperties": INTEGER, "properties": {"x": {}}},
            "<a><v>1</v></a>",
            {"v": 1},
        ),
        (STRINGS, "<a><t>1</t></a>", ["1"]),
        (INTEGER, "<a>1</a>", 1),
        (
            {"properties": {"x": {}}, "type": ["object", "string"]},
            "<a><x>1</x></a>",
            {"x": "1"},
        ),
    ],
)
@each_row("sent", ["application/xml", "text/xml", "application/x+xml"])
def test_xml_is_mapped_by_its_schema(schema, data, value, sent):
    verdict = read({"schema": schema}, data.encode(), sent)
    assert (verdict.body, verdict.violations) == (value, ())


def test_an_xml_object_may_stand_behind_a_reference():
    schema = of(id={"$ref": "#/components/schemas/Id"})
    verdict = xml(
        schema, '<a no="1"/>', Id={**INTEGER, "xml": {"attribute": True, "name": "no"}}
    )
    assert verdict.body == {"id": 1}


@each_row(
    ("data", "violations"),
    [
        ("<a><id>x</id></a>", [("#/id", "type", "warning")]),
        ("<a/>", [("#", "required", "warning")]),
        ("<a>", [("#", "syntax", "error")]),
        ("<!DOCTYPE a><a/>", [("#", "syntax", "error")]),
    ],
)
def test_the_mapping_only_causes_warnings(data, violations):
    assert told(xml({**of(id=INTEGER), "required": ["id"]}, data)) == violations


@each_row(
    ("data", "value"),
    [
        ("<a/>", ""),
        ("<a>1</a>", "1"),
        ("<a><b/><b>2</b><c>3</c></a>", {"b": ["", "2"], "c": "3"}),
        (NIL.format('<b i:nil="1"/>'), {"b": None}),
    ],
)
def test_without_a_schema_elements_are_objects(data, value):
    assert read({}, data.encode(), "application/xml").body == value


SCHEMAS = st.recursive(
    st.sampled_from([{}, INTEGER, STRINGS, {"type": ["string", "null"]}]),
    lambda inner: st.builds(
        lambda a, b, xml: {**of(a=a, b={"type": "array", "items": b}), "xml": xml},
        inner,
        inner,
        st.sampled_from(
            [{}, None, {"wrapped": True}, {"attribute": True}, {"name": 5}]
        ),
    ),
    max_leaves=4,
)
PIECES = st.lists(
    st.sampled_from(["<a>", "</a>", "<b>", "</b>", "<a/>", "1", "<b a='1'/>"])
).map("".join)


@settings(deadline=None)
@given(SCHEMAS, PIECES.map("<a>{}</a>".format) | PIECES)
def test_no_xml_makes_the_mapping_raise(schema, data):
    xml(schema, data)
