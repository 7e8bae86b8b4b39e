"""The HTML report of what a receiver has got so far, as if one test had used it."""

from cbmock.reports.html.page import page


def of(receiver, **more):
    test = {"test": "test_it", "outcome": "failed", "failure": None, **receiver.report}
    return page(
        {
            "tests": [{**test, **more}],
            "coverage": receiver.coverage.record(),
            "documents": [receiver.document_report()],
        }
    )


def opened(tab, path, text):
    """Show a report in a tab, with everything open."""
    path.write_text(text, "utf-8")
    tab.goto(path.as_uri())
    tab.evaluate("document.querySelectorAll('details').forEach((e) => (e.open = true))")
    return tab
