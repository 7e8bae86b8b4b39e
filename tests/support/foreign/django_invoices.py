"""An invoices API in Django, in one file, which calls back with urllib.

It knows nothing of cbmock. An invoice may say how the API errs: `path`, `event`, `times`.
"""

import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

PAID = {"description": "Payment celebration", "paid": True}

settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="of a test", USE_TZ=True
)


def create_invoice(request):
    invoice = json.loads(request.body)
    base = f"{request.GET['callback_url']}/{invoice.get('path', 'invoices')}"
    for _ in range(invoice.get("times", 1)):
        deliver(f"{base}/{invoice['id']}", invoice.get("event", PAID))
    return JsonResponse({"msg": "Invoice received"})


def deliver(url, event):
    sent = Request(
        url, json.dumps(event).encode(), {"Content-Type": "application/json"}
    )
    for pause in (0.01, 0.02, 0):
        try:
            urlopen(sent, timeout=5).close()
        except HTTPError as error:
            with error:
                if error.code != 503:
                    return
            time.sleep(pause)
        else:
            return


urlpatterns = [path("invoices/", create_invoice)]
app = get_wsgi_application()
