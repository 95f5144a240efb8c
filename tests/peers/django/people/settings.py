"""Settings: SQLite, SCIM below /scim/v2, one bearer token. All that differs comes from outside."""

import os

SECRET_KEY = "nothing here is secret"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "people", "django_scim"]
MIDDLEWARE = ["people.http.Bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"]
ROOT_URLCONF = "people.http"
WSGI_APPLICATION = "people.wsgi.application"
AUTH_USER_MODEL = "people.Person"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ["PEER_DATABASE"],
        # A writer waits for the one before it.
        "OPTIONS": {"timeout": 30, "transaction_mode": "IMMEDIATE"},
    }
}
SCIM_SERVICE_PROVIDER = {
    "NETLOC": os.environ["PEER_NETLOC"],
    "SCHEME": "http",
    "GROUP_MODEL": "people.models.Team",
    "AUTHENTICATION_SCHEMES": [
        {"type": "oauthbearertoken", "name": "Token", "description": "a token that never changes"}
    ],
}
