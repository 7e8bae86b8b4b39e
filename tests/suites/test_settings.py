"""Environment, pytest's ini and the configuration file say what a Receiver takes."""

FILE = """
spec = "spec.json"
on-violation = "accept"
strict = true
late = "error"
public-url = "http://host.docker.internal:{port}"

[formats]
time = "offset-optional"

[operations."p*"]
signature = "github"
secret = "a secret"
responses = [{status = 503, times = 1}, {status = 202}]

[operations.shipped]
handshake = "slack"
"""
TEST = """
import httpx, pytest
from cbmock import Signature

PAID = b'{"id": "1", "amount": 1}'

def post(cbmock, headers=()):
    url = "http://127.0.0.1" + cbmock.url.removeprefix("http://host.docker.internal")
    headers = {"content-type": "application/json", **dict(headers)}
    return httpx.post(url, content=PAID, headers=headers).status_code

@pytest.mark.parametrize("n", [1, 2])
def test_each_test_has_the_file_s_responses(cbmock, n):
    signed = Signature("github", secret="a secret").sign(PAID)
    assert [post(cbmock, signed) for _ in range(3)] == [503, 202, 202]

def test_signatures_are_checked_by_the_file(cbmock):
    post(cbmock)
    assert "signature-missing" in [each.code for each in cbmock.calls[0].violations]
    cbmock.allow_violations("signature")

def test_a_call_that_comes_late_fails_the_session(cbmock, request):
    signed = Signature("github", secret="a secret").sign(PAID)
    LATE.append(lambda: post(cbmock, signed))

LATE = []

def test_last(cbmock):
    LATE[0]()
"""


def test_the_file_is_read_from_the_root_of_the_tests(suite, pytester):
    (pytester.path / "cbmock.toml").write_text(FILE)
    pytester.makeini("[pytest]\n")
    outcome = suite(TEST, ini="")
    outcome.assert_outcomes(passed=5)
    assert "1 call came after the end of" in outcome.stdout.str()
    assert outcome.ret == 1


def test_ini_and_environment_come_before_the_file(suite, pytester, monkeypatch):
    (pytester.path / "cbmock.toml").write_text(
        'spec = "none.json"\non-violation = "reject"\nport = 1\nlate = "error"\n'
    )
    monkeypatch.setenv("CBMOCK_PORT", "0")
    monkeypatch.setenv("CBMOCK_LATE", "ignore")
    outcome = suite(
        """
        import httpx

        def test_it(cbmock):
            cbmock.allow_violations()
            answer = httpx.post(cbmock.url + "/webhooks/shipped", json={"n": "x"})
            assert answer.status_code == 200
        """,
        ini="cbmock_on_violation = accept\ncbmock_strict = true\n",
    )
    outcome.assert_outcomes(passed=1)


def test_a_setting_that_cannot_be_is_one_sentence(suite, monkeypatch):
    monkeypatch.setenv("CBMOCK_ON_VIOLATION", "shout")
    outcome = suite("def test_it(cbmock): pass", ini="cbmock_late = loud")
    outcome.assert_outcomes(errors=1)
    line = (
        "cbmock: CBMOCK_ON_VIOLATION=shout: must be one of reject, accept, documented"
    )
    assert line in outcome.stdout.str()
