"""Fault 7.9: what was wrong fails the test itself, in its call phase."""


def test_a_violation_fails_the_call_phase(suite):
    outcome = suite(
        """
        import httpx, pytest, unittest

        def wrong(cbmock):
            httpx.post(cbmock.url, json={"id": 1, "amount": 1})

        def test_red(cbmock):
            wrong(cbmock)

        @pytest.mark.xfail(strict=True)
        def test_known(cbmock):
            wrong(cbmock)

        @pytest.mark.xfail(strict=True, raises=AssertionError)
        def test_known_by_what_verify_raises(cbmock):
            wrong(cbmock)

        def test_green(cbmock):
            cbmock.allow_violations("type")
            wrong(cbmock)

        def test_skipped(cbmock):
            wrong(cbmock)
            pytest.skip("not here")

        class TestCase(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _give(self, cbmock):
                self.cbmock = cbmock

            def test_red(self):
                wrong(self.cbmock)

            @unittest.expectedFailure
            def test_known(self):
                wrong(self.cbmock)

            @unittest.expectedFailure
            def test_not_wrong_any_more(self):
                pass

            def test_fails_itself(self):
                wrong(self.cbmock)
                self.fail("its own reason")

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_red_too(cbmock, anyio_backend):
            async with httpx.AsyncClient() as client:
                await client.post(cbmock.url, json={"id": 1, "amount": 1})
        """,
        "--junitxml=junit.xml",
        plugins=["anyio"],
    )
    outcome.assert_outcomes(passed=1, failed=5, xfailed=3, skipped=1)
    text = outcome.stdout.str()
    assert "at teardown" not in text
    assert "its own reason" in text
    assert "test_red - Failed: paid broke the contract: body" in text


def test_what_comes_between_the_verdict_and_the_teardown_fails_too(suite):
    outcome = suite(
        """
        import httpx, pytest

        @pytest.fixture
        def api(cbmock):
            yield
            httpx.post(cbmock.url, json={"id": 1, "amount": 1})

        def test_it(cbmock, api):
            httpx.post(cbmock.url, json={"id": "1", "amount": 1})
        """
    )
    outcome.assert_outcomes(passed=1, errors=1)
