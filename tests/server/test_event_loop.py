import sys

from cbmock.event_loop import new_loop


def test_an_event_loop_is_asyncios_own_where_threads_are_patched(monkeypatch):
    class Monkey:
        @staticmethod
        def is_module_patched(name):
            return name == "threading"

    monkeypatch.setitem(sys.modules, "gevent.monkey", Monkey)
    loop = new_loop()()
    assert type(loop).__module__.startswith("asyncio")
    loop.close()
