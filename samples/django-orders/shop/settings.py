"""Settings of the sample: everything else is Django's default."""

SECRET_KEY = "of a sample"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop"]
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "shop.sqlite3"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

WEBHOOK_SECRET = "whsec_dGhlIHNlY3JldCBvZiB0aGUgc2hvcHM="
RETRY_UNIT = 60.0
"""Seconds until the second attempt; each further gap is twice as long."""
MISTAKE = None
"""A way to err: `before-commit`, `amount-as-text`, `new-identity`, `unsigned`."""
