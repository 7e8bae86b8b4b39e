"""localstripe plays Stripe's API, and signs and sends its events."""

import subprocess
import sys
import urllib.parse
import urllib.request

import events
import servers

port = servers.free_port()
command = [sys.executable, "-m", "localstripe", "--from-scratch", "--port", str(port)]
process = subprocess.Popen(command, stdout=sys.stderr)
servers.wait_for(port, process)
api = f"http://127.0.0.1:{port}"
endpoint = {"url": events.URL, "secret": "whsec_trial", "events": ["customer.created"]}


def post(path, **fields):
    request = urllib.request.Request(
        api + path,
        data=urllib.parse.urlencode(fields).encode(),
        headers={"authorization": "Bearer sk_test_12345"},
    )
    urllib.request.urlopen(request, timeout=30).close()


post(
    "/_config/webhooks/trial",
    **{"url": events.URL, "secret": "whsec_trial", "events[]": "customer.created"},
)


def send(event):
    post("/v1/customers", name=event, email="a@example.com")


events.each(send)
process.terminate()
