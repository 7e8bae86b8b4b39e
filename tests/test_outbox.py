import asyncio

from receiver.server.outbox import Outbox


class Connection:
    """Notes what is done to it."""

    def __init__(self, *, closing=False):
        self.done = []
        self.closing = closing

    def is_closing(self):
        return self.closing

    def write(self, data):
        self.done.append(data)

    def close(self):
        self.done.append("closed")


def left(*connections):
    """Put two answers for each connection in, the last of which ends it."""

    async def put():
        loop, outbox = asyncio.get_running_loop(), Outbox()
        for connection in connections:
            outbox.put(loop, connection, b"first", ends=False)
            outbox.put(loop, connection, b"second", ends=True)
        assert all(connection.done == [] for connection in connections)
        await asyncio.sleep(0)

    asyncio.run(put())
    return [connection.done for connection in connections]


def test_answers_leave_in_order_at_the_end_of_the_turn():
    assert left(Connection(), Connection()) == [[b"first", b"second", "closed"]] * 2


def test_nothing_is_written_to_whoever_has_gone():
    assert left(Connection(closing=True), Connection()) == [
        ["closed"],
        [b"first", b"second", "closed"],
    ]


def test_each_turn_has_an_end_of_its_own():
    connection = Connection()

    async def two_turns():
        loop, outbox = asyncio.get_running_loop(), Outbox()
        for answer in (b"one", b"two"):
            outbox.put(loop, connection, answer, ends=False)
            await asyncio.sleep(0)

    asyncio.run(two_turns())
    assert connection.done == [b"one", b"two"]


def test_what_waits_can_be_written_before_its_time():
    connection = Connection()

    async def hurried():
        outbox = Outbox()
        outbox.put(asyncio.get_running_loop(), connection, b"now", ends=False)
        outbox.empty()
        assert connection.done == [b"now"]
        await asyncio.sleep(0)

    asyncio.run(hurried())
    assert connection.done == [b"now"]
