#!/usr/bin/env bash
# celery 5.7.0 (PyPI): `retry_backoff`, `retry_backoff_max` and `retry_jitter` of a task are options
# of `autoretry_for` alone. A task that has them and calls `self.retry()` itself, as a task does
# that decides by the answer's status, waits `default_retry_delay` each time; nothing warns.
# django-webhook 0.0.15 is written so: its retries are 60 seconds apart, all of them.
#
# Guessed: 1, 2, 4, 8 seconds from both tasks.
# Seen: the one that calls `self.retry()` never backs off.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'celery==5.7.0'
cat > "$folder/try.py" <<'PY'
from celery import Celery
from celery.exceptions import Retry

app = Celery("trial", broker="memory://")
options = {"max_retries": 9, "retry_backoff": True, "retry_jitter": False, "default_retry_delay": 60}


@app.task(bind=True, **options)
def calls_retry(self):
    raise self.retry()


@app.task(bind=True, autoretry_for=(OSError,), **options)
def is_retried(self):
    raise OSError


for task in (calls_retry, is_retried):
    waits = []
    for attempt in range(4):
        task.push_request(retries=attempt, called_directly=False)
        try:
            task.run()
        except Retry as retry:
            waits.append(retry.when)
        task.pop_request()
    print(f"{task.__name__:12}", *waits)
PY
"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/seen"
diff "$folder/seen" - <<'EXPECTED'
calls_retry  60 60 60 60
is_retried   1 2 4 8
EXPECTED
