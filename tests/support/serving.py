"""`cbmock serve` in a process of its own, as a user would run it."""

import re
import signal
import time


class Serving:
    """`cbmock serve` in a process of its own, as a user would run it."""

    def __init__(self, process):
        self._process = process
        self.pid = process.pid
        self.greeting = ""
        while "Ctrl-C" not in self.greeting:
            line = process.stdout.readline()
            assert line, self.greeting
            self.greeting += line
        self.url = re.search(r"at (https?://\S+)", self.greeting)[1]

    def end(self, sign=signal.SIGINT):
        began = time.monotonic()
        self._process.send_signal(sign)
        output, _ = self._process.communicate(timeout=10)
        assert time.monotonic() - began < 5
        return self._process.returncode, output

    def killed_after(self, text):
        """Kill it, with no time for an end, once it has written a text; return all."""
        written = ""
        while text not in written:
            line = self._process.stdout.readline()
            assert line, written
            written += line
        self._process.kill()
        output, _ = self._process.communicate(timeout=10)
        return self._process.returncode, self.greeting + written + output
