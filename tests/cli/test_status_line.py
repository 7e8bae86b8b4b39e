"""The status line that `cbmock serve` keeps below the calls on a terminal."""

from cbmock.cli.serving.status_line import StatusLine


def test_counts_stay_below_the_lines_and_are_written_anew_only_when_they_change(
    monkeypatch,
):
    monkeypatch.setenv("COLUMNS", "100")
    now = [0.0]
    counts = [0, 0, 0]
    status = StatusLine(lambda: tuple(counts), 5, lambda: now[0])
    quiet = "0 calls, 0 valid · 0 of 5 operations · 0.0 calls/s"
    assert [status.below(""), status.below("")] == [quiet, ""]
    now[0], counts[:] = 2.0, [4, 3, 2]
    busy = "4 calls, 3 valid · 2 of 5 operations · 2.0 calls/s"
    assert status.below("a call\n") == f"\r\x1b[2Ka call\n{busy}"
    assert [status.removed(), status.removed()] == ["\r\x1b[2K", ""]


def test_the_rate_is_that_of_the_last_seconds(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    now, calls = [0.0], [0]
    status = StatusLine(lambda: (calls[0], calls[0], 1), 1, lambda: now[0])
    rates = []
    for second, count in ((1, 1000), (2, 2000), (9, 2000), (20, 2000), (21, 2001)):
        now[0], calls[0] = float(second), count
        rates.append(status.below("\n").rpartition("· ")[2])
    assert rates == [
        *("1000 calls/s", "1000 calls/s", "0 calls/s"),
        *("0 calls/s", "0 calls/s"),
    ]


def test_it_never_wraps_on_a_narrow_terminal(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    status = StatusLine(lambda: (10, 9, 1), 3, lambda: 0.0)
    assert status.below("") == "10 calls, 9 valid ·"
