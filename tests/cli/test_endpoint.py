from pathlib import Path

import click
import pytest
from cbmock.cli.serving.endpoint import takes_endpoint
from cbmock.errors import ReceiverError
from cbmock.server.limits import Limits
from click.testing import CliRunner

from tests.support.rows import each_row


@pytest.fixture
def read():
    """Return a function that reads options; it returns what they say, and the output."""

    def reading(*options):
        found = []

        @click.command()
        @takes_endpoint
        def command(endpoint):
            trusted = endpoint.authority and Path(endpoint.authority).read_bytes()
            found.append((endpoint, trusted))

        result = CliRunner().invoke(command, options)
        if isinstance(result.exception, ReceiverError):
            raise result.exception
        return found, result.output

    return reading


def test_without_options_the_defaults_hold(read):
    (((endpoint, _),), _) = read()
    assert (endpoint.tls, endpoint.uds, endpoint.greeting) == (None, None, None)
    assert endpoint.limits == Limits()


def test_limits_are_changed_by_name(read):
    options = ("--limit", "body=100", "--limit", "half-sent=0.5", "--limit", "waits=3")
    (((endpoint, _),), _) = read(*options)
    assert endpoint.limits == Limits(body=100, half_sent=0.5, waits=3)


@each_row(
    ("limit", "message"),
    [
        (
            "bodies=1",
            "'bodies=1' is not NAME=NUMBER, with a name of head, target, body",
        ),
        ("body", "'body' is not NAME=NUMBER"),
        ("body=0", "'body=0': the number must be greater than 0"),
        ("body=-1", "'-1' is not a size: write bytes, or a number with KB"),
        ("body=1.5", "'1.5' is not a size"),
        ("waits=1KB", "must be greater than 0"),
        ("idle=nan", "must be greater than 0"),
        ("idle=soon", "must be greater than 0"),
    ],
)
def test_a_limit_that_is_none_is_a_wrong_use(read, limit, message):
    found, output = read("--limit", limit)
    assert found == []
    assert message in " ".join(output.split())


def test_a_throw_away_certificate_is_handed_out_while_it_serves(read):
    (((endpoint, trusted),), _) = read("--tls")
    assert trusted == endpoint.tls.authority
    assert trusted.startswith(b"-----BEGIN CERTIFICATE-----")
    assert endpoint.greeting.endswith(endpoint.authority)
    assert not Path(endpoint.authority).exists()


def test_a_key_needs_its_certificate(read):
    found, output = read("--ssl-keyfile", "key.pem")
    assert (found, "--ssl-keyfile needs --ssl-certfile." in output) == ([], True)


def test_a_certificate_that_is_not_there_is_a_wrong_set_up(read):
    with pytest.raises(ReceiverError, match="cannot use the certificate"):
        read("--ssl-certfile", "/nowhere.pem")
