"""What the team behind the shop would write, and what cbmock says when it errs."""

import time

import pytest
from django.conf import settings
from django.core.management import call_command


@pytest.fixture
def cron():
    """Run `manage.py deliver` again and again, as cron does."""

    def cron(seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            call_command("deliver")
            time.sleep(0.01)

    return cron


def test_a_payment_is_announced(cbmock, create_order):
    response = create_order()
    call = cbmock.wait_for("paid", trigger=response)
    assert call.json == {"type": "order.paid", "order": "A7", "amount": 199.5}
    cbmock.no_other_calls()


def test_an_order_that_is_refused_is_not_announced(cbmock, create_order):
    create_order()
    assert create_order().status_code == 409
    cbmock.expect("paid").times(1).within(0.1)


def test_a_receiver_that_is_down_hears_of_it_later(cbmock, create_order, cron):
    cbmock.respond("paid", status=503, times=2).then(status=204)
    create_order()
    cron(0.4)
    delivery = cbmock.wait_for_delivery("paid", attempts=3)
    delivery.check({"backoff": "non-decreasing"})


def test_a_receiver_that_is_gone_is_left_alone(cbmock, create_order, cron):
    cbmock.respond("paid", status=410)
    create_order()
    cron(0.2)
    cbmock.expect("paid").times(1)


# --- mistakes: the test fails with these words ---


def takes_an_order(cbmock, create_order, _):
    create_order()
    cbmock.verify()


def takes_no_order_twice(cbmock, create_order, _):
    create_order()
    cbmock.clear()
    create_order()  # there is such an order already
    cbmock.never("paid", within=0.2)


def tries_again(cbmock, create_order, cron):
    cbmock.respond("paid", status=503, times=1).then(status=204)
    create_order()
    cron(0.2)
    cbmock.wait_for_delivery("paid", attempts=2, timeout=0.5).check()


MISTAKES = {
    "before-commit": takes_no_order_twice,
    "amount-as-text": takes_an_order,
    "unsigned": takes_an_order,
    "new-identity": tries_again,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_mistake_is_seen(
    cbmock, create_order, cron, fails_as, monkeypatch, mistake
):
    monkeypatch.setattr(settings, "MISTAKE", mistake)
    fails_as(mistake, MISTAKES[mistake], cbmock, create_order, cron)
    cbmock.allow_violations()
