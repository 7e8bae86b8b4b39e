"""Unsent answers: a client has all time, as long as it takes something."""

from cbmock.server.unsent import UnsentAnswers

from tests.support.rows import each_row


class Client:
    """A connection for which some bytes are left; it is its own transport."""

    def __init__(self):
        self.transport, self.left, self.is_ended = self, 0, False

    def get_write_buffer_size(self):
        return self.left

    def abort(self):
        self.is_ended = True


@each_row(
    ("left_by_second", "ended_at"),
    [
        ([], []),
        ([0, 0, 0, 0, 0], []),
        ([9, 9, 9, 9, 9], [3]),
        ([9, 8, 8, 7, 7, 6, 6], []),
        ([9, 9, 9, 12, 12, 12], []),
        ([9, 9, 0, 9, 9, 9], []),
        ([9, 9, 8, 8, 8, 8], [5]),
    ],
)
def test_who_takes_nothing_for_three_seconds_is_parted_with(left_by_second, ended_at):
    unsent, client, ended = UnsentAnswers(3), Client(), []
    for now, left in enumerate(left_by_second):
        client.left = left
        unsent.look([] if ended else [client], now)
        if client.is_ended and not ended:
            ended.append(now)
    assert ended == ended_at
