"""`cbmock test` finds each planted bug, and no bug in a correct receiver."""

from pathlib import Path

import pytest
from cbmock import sources
from cbmock.firing.contract_test import ContractTest, Plan
from cbmock.firing.receivers import Target
from cbmock.firing.sender import ShotSender
from cbmock.mock.mock import Mock
from receiver_app import BUGS, SECRET, create_app

SAMPLES = Path(__file__).parents[1]
PLAN = Plan(max_examples=15)


def failures(bug):
    found = []
    for sample in ("invoices", "subscriptions"):
        mock = Mock(sources.describe(SAMPLES / sample / "openapi.json"))
        sender = ShotSender(mock, signature="standard-webhooks", secret=SECRET)
        path = "/{name}" if sample == "subscriptions" else ""
        receiver = Target(f"http://receiver.test{path}", create_app(bug, SECRET))
        results = ContractTest(sender, receiver, PLAN).run()
        found += [(each.operation.name, each.reason) for each in results.failures]
    return found


def test_a_receiver_without_a_fault_fails_nothing():
    assert failures(None) == []


@pytest.mark.parametrize("bug", BUGS)
def test_each_fault_is_found(bug):
    assert failures(bug) != []
