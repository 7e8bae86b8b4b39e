import asyncio
import functools

import pytest
from cbmock.http.messages import Request, Response
from cbmock.server.batch import RequestBatch

FIRST, SECOND = Request("POST", "/first"), Request("POST", "/second")


def in_a_loop(test):
    """Run a test that is a coroutine."""

    @functools.wraps(test)
    def run(*fixtures, **named):
        asyncio.run(test(*fixtures, **named))

    return run


def _echo(request):
    return Response(200, body=request.target.encode())


class App:
    """Answers each request with what it asks for, unless it is told to fail."""

    def __init__(self, *, gathers=False, sorts=False):
        self.taken = []
        self.fails = False
        self.gathers, self.sorts = gathers, sorts

    def take_known(self, arrived, senders):
        self.taken.append([each.target for each in arrived])
        late = set()
        for request, sender in zip(arrived, senders, strict=True):
            if request.target.startswith("/new"):
                late.add(sender)
            yield None if sender in late else _echo(request)

    def take(self, arrived):
        self.taken.append(arrived)
        if self.fails:
            raise MemoryError
        return [_echo(request) for request in arrived]


class Connection:
    """Notes what is done to it."""

    def __init__(self):
        self.loop = asyncio.get_running_loop()
        self.transport = self
        self.done = []

    def answer(self, response, *, ends):
        if response.body == b"/unsendable":
            raise OSError("gone")
        self.done.append((response.body, ends))

    def hand_on(self, request, *, ends):
        self.done.append((request, ends))

    def abort(self):
        self.done.append("aborted")


@in_a_loop
async def test_what_arrives_in_one_turn_is_taken_in_together_and_answered_in_order():
    app, one, other = App(), Connection(), Connection()
    its = RequestBatch(app)
    its.add(one, FIRST, ends=False)
    its.add(other, FIRST, ends=True)
    its.add(one, SECOND, ends=True)
    assert (app.taken, one.done) == ([], [])
    await asyncio.sleep(0)
    assert app.taken == [[FIRST, FIRST, SECOND]]
    assert one.done == [(b"/first", False), (b"/second", True)]
    assert other.done == [(b"/first", True)]


@in_a_loop
async def test_each_turn_has_an_end_of_its_own():
    app, connection = App(), Connection()
    its = RequestBatch(app)
    for request in (FIRST, SECOND):
        its.add(connection, request, ends=False)
        await asyncio.sleep(0)
    assert app.taken == [[FIRST], [SECOND]]


@in_a_loop
async def test_an_application_that_gathers_gets_what_comes_turn_after_turn_together():
    app, connection = App(gathers=True), Connection()
    its = RequestBatch(app)
    for request in (FIRST, SECOND, FIRST):
        its.add(connection, request, ends=False)
        await asyncio.sleep(0)
    assert app.taken == []
    await asyncio.sleep(0)
    assert app.taken == [[FIRST, SECOND, FIRST]]
    its.add(connection, SECOND, ends=False)
    its.end()
    assert app.taken == [[FIRST, SECOND, FIRST], [SECOND]]


@in_a_loop
async def test_it_gathers_no_longer_than_until_each_connection_has_sent_a_request():
    app, one, other = App(gathers=True), Connection(), Connection()
    its = RequestBatch(app, {one, other})
    its.add(one, FIRST, ends=False)
    its.add(one, SECOND, ends=False)
    await asyncio.sleep(0)
    assert app.taken == []
    its.add(other, FIRST, ends=False)
    await asyncio.sleep(0)
    assert app.taken == [[FIRST, SECOND, FIRST]]


@in_a_loop
async def test_it_does_not_gather_for_ever():
    app, connection = App(gathers=True), Connection()
    its = RequestBatch(app)
    for _ in range(1000):
        its.add(connection, FIRST, ends=False)
        await asyncio.sleep(0)
    assert max(map(len, app.taken)) == 64


@in_a_loop
async def test_what_an_application_knows_is_answered_first_and_the_rest_one_by_one():
    app, first, second, third = (
        App(sorts=True),
        Connection(),
        Connection(),
        Connection(),
    )
    its = RequestBatch(app)
    its.add(first, Request("POST", "/new/1"), ends=False)
    its.add(second, Request("POST", "/new/2"), ends=True)
    its.add(third, FIRST, ends=False)
    done = []
    for _ in range(3):
        await asyncio.sleep(0)
        done.append([len(each.done) for each in (first, second, third)])
    assert done == [[0, 0, 1], [1, 0, 1], [1, 1, 1]]
    assert (first.done, second.done) == ([(b"/new/1", False)], [(b"/new/2", True)])


@in_a_loop
async def test_where_nothing_is_known_all_are_answered_together():
    app, first, second = App(sorts=True), Connection(), Connection()
    its = RequestBatch(app)
    its.add(first, Request("POST", "/new/1"), ends=False)
    its.add(second, Request("POST", "/new/2"), ends=True)
    await asyncio.sleep(0)
    assert (first.done, second.done) == ([(b"/new/1", False)], [(b"/new/2", True)])
    assert len(app.taken) == 2  # to see which it knows, and then all of them


@in_a_loop
async def test_answers_of_one_connection_stay_in_the_order_of_its_requests():
    app, one, other = App(sorts=True), Connection(), Connection()
    its = RequestBatch(app)
    its.add(other, Request("POST", "/new"), ends=False)
    its.add(one, Request("POST", "/new/1"), ends=False)
    its.add(one, FIRST, ends=False)
    await asyncio.sleep(0)
    its.add(one, SECOND, ends=False)
    for _ in range(9):
        await asyncio.sleep(0)
    assert [body for body, _ in one.done] == [b"/new/1", b"/first", b"/second"]
    assert [body for body, _ in other.done] == [b"/new"]


@in_a_loop
async def test_few_requests_are_late_at_the_same_time():
    app, others = App(sorts=True), [Connection() for _ in range(100)]
    its = RequestBatch(app)
    for _ in range(2):
        for each in others:
            its.add(each, Request("POST", "/new"), ends=False)
        await asyncio.sleep(0)
    assert sum(len(each.done) for each in others) >= 200 - 64
    for _ in range(99):
        await asyncio.sleep(0)
    assert [len(each.done) for each in others] == [2] * 100


@in_a_loop
async def test_the_end_of_a_batch_answers_what_is_late_too():
    app, one, other = App(sorts=True), Connection(), Connection()
    its = RequestBatch(app)
    its.add(one, Request("POST", "/new/1"), ends=False)
    its.add(one, FIRST, ends=False)
    await asyncio.sleep(0)
    its.add(other, SECOND, ends=False)
    its.end()
    done = [(b"/new/1", False), (b"/first", False)], [(b"/second", False)]
    assert (one.done, other.done) == done
    for _ in range(9):
        await asyncio.sleep(0)
    assert (one.done, other.done) == done


@in_a_loop
async def test_nobody_waits_where_what_is_known_cannot_be_answered():
    app, one, other = App(sorts=True), Connection(), Connection()
    its = RequestBatch(app)
    its.add(one, Request("POST", "/unsendable"), ends=False)
    its.add(other, Request("POST", "/new"), ends=False)
    failed = []
    one.loop.set_exception_handler(lambda _, what: failed.append(what["exception"]))
    for _ in range(9):
        await asyncio.sleep(0)
    assert (one.done, other.done) == (["aborted"], ["aborted"])
    assert [str(each) for each in failed] == ["gone"]


@in_a_loop
async def test_what_has_to_wait_after_all_is_handed_on():
    connection, app = Connection(), App()
    app.take = lambda arrived: [None for _ in arrived]
    its = RequestBatch(app)
    its.add(connection, FIRST, ends=False)
    its.add(connection, SECOND, ends=True)
    its.end()
    assert connection.done == [(FIRST, False), (SECOND, True)]


@in_a_loop
async def test_a_turn_can_be_ended_before_its_time_and_has_no_second_end():
    app, connection = App(), Connection()
    its = RequestBatch(app)
    its.add(connection, FIRST, ends=False)
    its.end()
    assert connection.done == [(b"/first", False)]
    await asyncio.sleep(0)
    assert (app.taken, connection.done) == (
        [[FIRST]],
        [(b"/first", False)],
    )


@in_a_loop
async def test_nobody_waits_for_an_answer_that_cannot_be_made():
    app, one, other = App(), Connection(), Connection()
    its = RequestBatch(app)
    app.fails = True
    its.add(one, FIRST, ends=False)
    its.add(other, FIRST, ends=False)
    with pytest.raises(MemoryError):
        its.end()
    assert (one.done, other.done) == (["aborted"], ["aborted"])


@in_a_loop
async def test_who_cannot_be_answered_keeps_nobody_else_waiting():
    one, other, third = Connection(), Connection(), Connection()
    its = RequestBatch(App())
    its.add(one, FIRST, ends=False)
    its.add(other, Request("POST", "/unsendable"), ends=False)
    its.add(third, FIRST, ends=False)
    with pytest.raises(OSError, match="gone"):
        its.end()
    assert [each.done for each in (one, other, third)] == [
        [(b"/first", False)],
        ["aborted"],
        ["aborted"],
    ]
