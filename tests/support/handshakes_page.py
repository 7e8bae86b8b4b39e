"""The table of docs/handshakes.md, made from that of the code by `make reference`."""

from pathlib import Path

from cbmock.handshakes import table

PAGE = Path(__file__).parents[2] / "docs" / "handshakes.md"
HEAD = """| name | sender | the question | a yes | a no | secret | seen in |
| --- | --- | --- | --- | --- | --- | --- |
"""


def rows():
    return HEAD + "".join(f"{_row(each)}\n" for each in table.known().values())


def page():
    """Return the page as it is written, with the table as it should be."""
    before, _, _ = PAGE.read_text(encoding="utf-8").partition(HEAD.partition("\n")[0])
    return before + rows()


def _row(row):
    questions = "; ".join(map(_question, row.questions))
    answers = "; ".join(dict.fromkeys(map(_answer, row.questions)))
    secret = "keys the answer" if row.keyed else ""
    if row.signed:
        secret = ", ".join(
            filter(None, (secret, "the question is signed as events are"))
        )
    cells = (f"`{row.name}`", row.title, questions, answers, str(row.refusal), secret)
    return f"| {' | '.join(cells)} | {row.seen} |"


def _question(question):
    conditions = [_condition(each) for each in question.sent]
    if question.empty:
        conditions.append("no body")
    if question.alone:
        conditions.append("nothing else")
    methods = ", ".join(question.methods)
    return f"{methods} with {', '.join(conditions)}" if conditions else methods


def _condition(sent):
    if sent.values:
        return f"`{sent.place}` = {' or '.join(f'`{each}`' for each in sent.values)}"
    return f"`{sent.place}`" + (f" that starts `{sent.start}`" if sent.start else "")


def _answer(question):
    parts = [str(question.status)]
    if question.text is not None:
        parts.append("a text")
    if question.json is not None:
        parts.append(", ".join(f"`{name}`" for name in question.json))
    parts += [f"`{name}`" for name in question.headers]
    if question.confirm is not None:
        parts.append(f"then the URL at `{question.confirm}` is fetched")
    return ", ".join(parts)
