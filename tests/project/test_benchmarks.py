import json
import re
from dataclasses import replace

import httpx2
import jsonschema_rs
import pytest
import yaml
from cbmock import sources
from cbmock.cli import main
from cbmock.http.messages import Headers, Request
from cbmock.mock.mock import Mock
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import __main__ as command
from benchmarks import deliveries, documents, parts, plot, races, servers, table
from benchmarks.load import Load, read, script_of
from benchmarks.races import Race
from benchmarks.study import Found, NotMeasured, Rounds, Setting
from benchmarks.targets import TARGETS, Row, Target

# --- documents and deliveries -------------------------------------------------------------


def lint(document, tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(documents.written(document))
    return CliRunner().invoke(main, ["lint", "--format", "json", str(path)])


@pytest.mark.parametrize(
    "document",
    [
        documents.as_paths(),
        documents.operations(3),
        documents.large(200_000, webhooks=5),
    ],
    ids=["as paths", "operations", "large"],
)
def test_a_generated_document_has_no_findings(document, tmp_path):
    outcome = lint(document, tmp_path)
    findings = json.loads(outcome.output)["findings"]
    codes = {each["code"] for each in findings} - {"nothing-to-receive"}
    assert (outcome.exit_code, codes) == (0, set())


def test_each_of_many_operations_at_one_url_takes_its_own_event():
    document, sent = documents.events(3), deliveries.of_many(3)
    numbered = [replace(sent, headers=sent.headers_of(n)) for n in range(3)]
    assert len({each.headers["X-GitHub-Delivery"] for each in numbered}) == len(
        numbered
    )
    calls = [received(document, each) for each in numbered]
    assert [(call.valid, call.operation.name) for call in calls] == [
        (True, "event0"),
        (True, "event1"),
        (True, "event2"),
    ]


def test_the_deliveries_have_no_findings_but_those_of_the_sample(tmp_path):
    sample = lint(json.loads(documents.INVOICES.read_text()), tmp_path)
    ours = lint(documents.deliveries(), tmp_path)
    codes = [
        [each["code"] for each in json.loads(outcome.output)["findings"]]
        for outcome in (sample, ours)
    ]
    assert (ours.exit_code, codes[1]) == (0, codes[0])


def test_bodies_have_the_size_that_is_promised():
    sizes = {
        "invoice": len(deliveries.small().body),
        "push": len(deliveries.large().body) // 1_000,
        "commits": [len(deliveries.commits(each).body) for each in (1_000, 100_000)],
    }
    assert sizes == {"invoice": 49, "push": 10, "commits": [1_021, 100_309]}


def test_the_large_document_has_12_mb_and_300_webhooks():
    document = documents.large()
    size = len(documents.written(document))
    assert (round(size / 1e6), len(document["webhooks"])) == (12, 300)


def test_operations_are_as_many_as_asked_for():
    assert list(documents.operations(3)["webhooks"]) == ["event0", "event1", "event2"]


def received(document, delivery):
    mock = Mock(sources.describe(document))
    headers = Headers.of(delivery.headers.items())
    request = Request("POST", delivery.path, headers, delivery.body)
    return mock.receive(request, id=1, now=0.0)


@pytest.mark.parametrize(
    "delivery",
    [
        deliveries.small(),
        deliveries.own(),
        deliveries.large(),
        deliveries.commits(5_000),
    ],
    ids=["small", "own", "large", "commits"],
)
def test_a_delivery_is_valid_and_answered_as_its_peers_answer(delivery):
    call = received(documents.deliveries(), delivery)
    assert (call.valid, json.loads(call.response.body)) == (True, {"ok": True})


def test_the_delivery_to_the_last_of_many_operations_is_valid():
    assert received(documents.operations(20), deliveries.event(19)).valid


@pytest.mark.parametrize("name", parts.PARTS)
@pytest.mark.parametrize("size", parts.SIZES)
def test_a_part_of_a_request_has_its_size_and_is_right_or_wrong(name, size):
    sent = parts.PARTS[name].sent(size)
    call = received(parts.document(), sent)
    assert (call.valid, call.valid) == (sent.valid, not name.endswith("-bad"))
    raw = [len(parts.PARTS[name].raw(each, 0)) for each in (0, size)]
    assert size - 3 <= raw[1] - raw[0] <= size + 5  # the length of a body grows too


def test_the_large_document_takes_the_large_delivery():
    assert received(documents.large(200_000, webhooks=5), deliveries.large()).valid


def test_the_broken_delivery_has_two_violations():
    call = received(documents.deliveries(), deliveries.broken())
    assert sorted(each.pointer for each in call.violations) == ["#", "#/repository/id"]


@pytest.mark.parametrize(
    ("name", "delivery"),
    [("InvoiceEvent", deliveries.small()), ("push", deliveries.large())],
)
def test_peers_are_given_the_same_schema(name, delivery):
    schema = documents.alone(documents.deliveries(), name)
    jsonschema_rs.meta.validate(schema)
    decides = jsonschema_rs.Draft202012Validator(schema).is_valid
    assert (decides(json.loads(delivery.body)), decides({})) == (True, False)


@pytest.fixture(scope="module")
def smallest(tmp_path_factory):
    folder = tmp_path_factory.mktemp("smallest")
    servers.furnish(folder)
    command = servers.COMMANDS[servers.SMALLEST]
    with servers.running(command, folder, deliveries.small()) as server:
        yield server


@pytest.mark.process
@pytest.mark.parametrize(
    "delivery",
    [
        deliveries.small(),
        deliveries.own(),
        deliveries.large(),
        deliveries.commits(1_000_000),
        deliveries.of_many(200),
    ],
    ids=["small", "own", "large", "commits", "one of many"],
)
def test_the_smallest_program_accepts_what_cbmock_accepts(smallest, delivery):
    assert servers.post(smallest.port, delivery, times=2) == 200


def explained(port, delivery):
    url = f"http://127.0.0.1:{port}{delivery.path}"
    answer = httpx2.post(url, content=delivery.body, headers=delivery.headers)
    return answer.status_code, answer.json()["errors"]


@pytest.mark.process
def test_the_smallest_program_names_each_error_with_its_place(smallest):
    assert explained(smallest.port, deliveries.broken()) == (
        422,
        [
            {"pointer": "#", "detail": "'pusher' is required"},
            {
                "pointer": "#/repository/id",
                "detail": 'the value is not of type "integer"',
            },
        ],
    )


@pytest.mark.process
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"path": "/webhooks/none"}, 404),
        ({"headers": {"Content-Type": "text/plain"}}, 415),
        ({"body": b"{"}, 400),
        ({"body": b"[]"}, 422),
    ],
    ids=["no operation", "another media type", "no JSON", "another type"],
)
def test_the_smallest_program_refuses_what_cbmock_refuses(smallest, change, status):
    sent = replace(deliveries.large(), **change)
    found = received(documents.deliveries(), sent)
    assert (explained(smallest.port, sent)[0], found.response.status) == (
        status,
        status,
    )


@pytest.mark.process
def test_the_smallest_program_accepts_members_that_no_schema_names(smallest):
    body = json.dumps({**json.loads(deliveries.small().body), "more": [1]}).encode()
    assert servers.post(smallest.port, replace(deliveries.small(), body=body)) == 200


def test_a_delivery_knows_its_raw_bytes():
    delivery = deliveries.Delivery("/a", b"12345", {"A": "b"})
    head = "POST /a HTTP/1.1\r\nHost: 127.0.0.1:40000\r\nContent-Length: 5\r\n"
    assert delivery.request == f"{head}A: b\r\n\r\n12345".encode()
    assert delivery.raw == len(delivery.request)


def test_the_yaml_says_what_the_json_says():
    document = documents.large(200_000, webhooks=5)
    assert yaml.load(documents.as_yaml(document), yaml.CSafeLoader) == document


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="ascii")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abyn:- #"), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text("abyn:- #", min_size=1), VALUES, min_size=1))
@settings(max_examples=50)
def test_any_document_survives_as_yaml(document):
    assert yaml.load(documents.as_yaml(document), yaml.CSafeLoader) == document


# --- the report of a run ------------------------------------------------------------------

MOST = Target("m", "memory", "bytes", "at most", 1.5)
LEAST = Target("t-small", "requests | second", "uvicorn", ratio=0.75, then=0.85)
SHOWN = Target("t", "the limit", "uvicorn")
ROWS = [
    Row(LEAST, (0.7, 0.8, 0.9), note="of 10"),
    Row(MOST, (1.0, 20.0, 2.0)),
    Row(SHOWN, (0.5,)),
    Row(MOST, why="wrk is missing: apt-get install wrk"),
]


PLAIN = """\
what                       against  target                        measured  rounds        met
requests | second (of 10)  uvicorn  at least 0.75 ×, then 0.85 ×  0.80 ×    0.70 to 0.90  yes, no
memory                     bytes    at most 1.5 ×                 2.00 ×    1.00 to 20.0  no
the limit                  uvicorn                                0.50 ×    0.50 to 0.50
memory                     bytes    at most 1.5 ×                 not measured: wrk is missing: apt-get install wrk"""
PAGE = """\
| what | against | target | measured | rounds | met |
| --- | --- | --- | --- | --- | --- |
| requests \\| second (of 10) | uvicorn | at least 0.75 ×, then 0.85 × | 0.80 × | 0.70 to 0.90 | yes, no |"""


def test_a_row_is_judged_by_its_median():
    assert [(row.ratio, row.met, row.met_then) for row in ROWS] == [
        (0.8, True, False),
        (2.0, False, None),
        (0.5, None, None),
        (None, None, None),
    ]


def test_the_table_has_a_line_for_each_row_measured_or_not():
    assert table.plain(ROWS) == PLAIN


def test_the_page_has_the_same_table():
    assert table.markdown(ROWS[:1]) == PAGE


def test_it_is_said_how_many_targets_are_met():
    assert table.met(ROWS) == (
        "1 of 3 targets are met, and 0 of the 1 that follow; 1 not measured"
    )
    assert table.met(ROWS[1:3]) == "0 of 1 targets are met"


def test_the_table_replaces_the_one_before(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n{table.BEGIN}\nold\n{table.END}\nafter\n")
    table.put(page, "new")
    expected = f"# Before\n{table.BEGIN}\n\nnew\n\n{table.END}\nafter\n"
    assert page.read_text() == expected


def test_a_page_without_a_place_for_the_table_is_refused(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Nothing")
    with pytest.raises(ValueError, match="has no line"):
        table.put(page, "new")


REPORT = {
    "machine": {
        "date": "2026-11-22",
        "processor": "AMD EPYC",
        "cores": "2",
        "memory": "23 GiB",
        "system": "Debian 12",
        "python": "3.11.7, GCC 12",
    },
    "versions": {"uvicorn": "0.54.0", "wrk": "4.1.0"},
    "rows": [row.record() for row in ROWS],
    "figures": {
        "sizes": [
            {"bytes": 1_000, "ratio": 0.5, "rate": 9.0},
            {"bytes": 10_000, "not_measured": "no answer"},
        ],
        "journal": [{"calls": 5, "ratio": 1.0}, {"calls": 10, "ratio": 0.9}],
    },
}


def test_equal_reports_are_drawn_as_equal_bytes_with_date_and_versions(tmp_path):
    drawn = []
    for name in ("a.svg", "b.svg"):
        plot.draw(REPORT, tmp_path / name)
        drawn.append((tmp_path / name).read_text())
    assert drawn[0] == drawn[1]
    for text in ("2026-11-22", "AMD EPYC", "uvicorn 0.54.0", "requests | second"):
        assert text in drawn[0]


def test_a_run_writes_json_a_plot_and_the_table(tmp_path):
    (tmp_path / "benchmarks.md").write_text(f"{table.BEGIN}\n{table.END}\n")
    command.write(ROWS, REPORT, tmp_path)
    assert json.loads((tmp_path / "benchmarks.json").read_text()) == REPORT
    assert "<svg" in (tmp_path / "benchmarks.svg").read_text()
    page = (tmp_path / "benchmarks.md").read_text()
    assert "Measured: 2026-11-22, AMD EPYC, 2 cores, Python 3.11.7, GCC 12." in page


# --- what is measured ----------------------------------------------------------------------


def test_a_name_chooses_its_row_and_those_that_begin_with_it():
    chosen = [each.name for each in TARGETS if each.chosen(("start",))]
    limited = ["start", "start-limit", "start-large", "start-large-limit"]
    assert chosen == [*limited, "start-yaml"]
    assert all(each.chosen(()) for each in TARGETS)


def test_every_row_is_measured_by_one_study():
    measured = [row for _, its in command.STUDIES for row in its]
    wanted = [*(each.name for each in TARGETS), *command.CURVES]
    assert sorted(measured) == sorted(wanted)


def test_a_limit_is_measured_by_the_study_of_its_row():
    rows = {each.name for each in TARGETS}
    limits = {f"{row}-limit" for row in rows} & rows
    apart = [
        limit
        for limit in limits
        if not any(
            {limit, limit.removesuffix("-limit")} <= s for _, s in command.STUDIES
        )
    ]
    assert (bool(limits), apart) == (True, [])


def wrk(**found):
    figures = {"requests": 30, "microseconds": 2_000_000, "refused": 0, "failed": 0}
    return "Running\n" + json.dumps(
        {**figures, "p50": 1_500, "p99": 2_500, "longest": 9_000, **found}
    )


def test_what_wrk_prints_is_read():
    load = read(wrk(), deliveries.small())
    assert load == Load(30, 2.0, p50=1.5, p99=2.5, longest=9.0)
    assert load.rate == 15


@pytest.mark.parametrize(
    ("delivery", "found"),
    [
        (deliveries.small(), {"refused": 1}),
        (deliveries.broken(), {"refused": 29}),
        (deliveries.small(), {"failed": 1}),
        (deliveries.small(), {"requests": 0}),
    ],
    ids=["refused", "taken", "failed", "none"],
)
def test_wrong_answers_are_no_figure(delivery, found):
    with pytest.raises(NotMeasured, match="answers"):
        read(wrk(**found), delivery)


def loads(*requests, step=1):
    rates = enumerate(requests)
    return {step * at: Load(each, 1.0, 1.0, 2.0, 3.0) for at, each in rates}


def test_a_race_is_judged_round_by_round():
    race = Race({"a": loads(10, 20, 30), "b": loads(20, 20, 20)})
    assert race.ratios("a", "b") == (0.5, 1.0, 1.5)
    assert race.median("a", "b") == 1.0
    assert race.record()["b"] == {"rate": 20, "p50": 1, "p99": 2, "longest": 3}


def test_who_takes_part_in_every_second_round_is_compared_in_these():
    race = Race({"a": loads(10, 20, 30, 40), "far": loads(20, 20, step=2)})
    assert race.ratios("a", "far") == (0.5, 1.5)
    assert race.ratios("far", "a") == (2.0, 2 / 3)


def test_a_race_runs_in_both_orders_as_often_also_in_every_second_round():
    orders = [races._order(number) for number in range(8)]
    assert (sum(orders), sum(orders[::2])) == (0, 0)


def test_loads_send_numbers_of_their_own(tmp_path):
    sent = deliveries.own()
    one, other = (script_of(sent, tmp_path) for _ in range(2))
    numbers = [
        re.search(r'format\("(\d+)-%d"', each.read_text())[1] for each in (one, other)
    ]
    assert len({*numbers, one, other}) == 4


def test_who_dropped_out_of_a_race_says_why():
    race = Race({"a": loads(10)}, {"b": "it did not start"})
    found = Found()
    found.take("row", lambda: race.ratios("a", "b"))
    assert (found.ratios, found.why) == ({}, {"row": "b: it did not start"})


@pytest.mark.parametrize("name", ["small", "wait", "connections", "memory-small"])
def test_without_its_tools_a_row_says_what_to_install(monkeypatch, name):
    monkeypatch.setattr(servers.shutil, "which", lambda _: None)
    rows, report = command.run((name,), Rounds(count=1, seconds=1))
    assert all("taskset is missing: apt-get install" in row.why for row in rows)
    assert [row["ratio"] for row in report["rows"]] == [None] * len(rows)


def test_without_two_cores_a_row_says_so(monkeypatch):
    monkeypatch.setattr(servers.os, "sched_getaffinity", lambda _: {0})
    with pytest.raises(NotMeasured, match="two cores are needed"):
        servers.cores()


@pytest.mark.parametrize("name", [servers.PRISM, servers.FASTIFY, servers.WIREMOCK])
def test_a_peer_that_is_not_installed_says_how_to(monkeypatch, tmp_path, name):
    monkeypatch.setattr(servers, "PEERS", tmp_path)
    monkeypatch.setattr(servers.shutil, "which", lambda program: program)
    with pytest.raises(NotMeasured, match="make bench-peers"):
        servers.COMMANDS[name](servers.Place(1, tmp_path))


def test_wiremock_is_given_the_schemas(tmp_path):
    servers.furnish(tmp_path)
    mapping = json.loads((tmp_path / "mappings" / "push.json").read_text())
    (pattern,) = mapping["request"]["bodyPatterns"]
    assert pattern["matchesJsonSchema"] == json.loads(
        (tmp_path / "push.json").read_text()
    )


@pytest.mark.parametrize("reason", [NotMeasured("no luck"), OSError("no luck")])
def test_what_stops_a_study_is_the_reason_of_each_of_its_rows(tmp_path, reason):
    def study(setting):
        raise reason

    setting = Setting(frozenset({"a", "b"}), Rounds(), tmp_path)
    assert command.measured(study, setting).why == {"a": "no luck", "b": "no luck"}


def test_an_unknown_name_is_refused_with_those_there_are(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["benchmarks", "--only", "smal"])
    with pytest.raises(SystemExit):
        command.main()
    assert (
        "no row is called smal; there are: small, small-limit"
        in capsys.readouterr().err
    )


def test_the_committed_page_has_a_place_for_the_table():
    page = (documents.ROOT / "docs" / "benchmarks.md").read_text()
    assert page.index(table.BEGIN) < page.index(table.END)
