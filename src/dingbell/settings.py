"""Django's settings, all from `DINGBELL_*` variables or the file they may stand in (docs/settings.md)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.contrib.messages import constants as message_levels

from dingbell.storage.configuration import Configuration
from dingbell.storage.databases import database
from dingbell.storage.keys import load_or_create

CONFIGURATION = Configuration.load(os.environ)

DATA_DIR: Path = CONFIGURATION.data_dir
SECRET_KEY = CONFIGURATION.secret_key or load_or_create(DATA_DIR / "secret.key")
ENCRYPTION_KEY = CONFIGURATION.encryption_key or load_or_create(DATA_DIR / "encryption.key")
PUBLIC_URL: str = CONFIGURATION.public_url
TRUSTED_PROXIES: tuple[str, ...] = CONFIGURATION.trusted_proxies

DEBUG = False
ROOT_URLCONF = "dingbell.urls"
# Plants open the page by IP address, by machine name or through a proxy. What depends on the Host header
# (set-up without a code, links in messages) checks it itself or uses PUBLIC_URL.
ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False  # of plain http inside the plant; of https: web/cookies.py
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_ENGINE = "dingbell.users.sessions"
SESSION_COOKIE_AGE = 180 * 24 * 3600  # an operator's phone stays signed in
SESSION_COOKIE_NAME = "dingbell_session"
CSRF_COOKIE_NAME = "dingbell_csrf"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "django_htmx",
    "ninja",
    "dingbell.storage",
    "dingbell.users",
    "dingbell.alarms",
    "dingbell.notify",
    "dingbell.delivery",
    "dingbell.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "dingbell.web.statics.StaticFiles",
    "dingbell.web.middleware.CompressPages",
    "dingbell.web.middleware.content_security_policy",
    "dingbell.web.proxies.ask_for_the_setting",
    "dingbell.web.cookies.kept_apart_over_https",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "dingbell.api.problems.middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "dingbell.web.middleware.require_setup_and_login",
    "dingbell.web.middleware.RefuseImpossibleIds",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["dingbell.web.templatetags.dingbell"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dingbell.web.context.shell",
            ],
        },
    }
]

DATABASES = {"default": database(CONFIGURATION)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "display_name")},
    },
    {"NAME": "dingbell.users.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "dingbell.users.signin.SignInAdapter"
ACCOUNT_FORMS = {
    "login": "dingbell.users.signin_forms.SignInForm",
    "change_password": "dingbell.users.signin_forms.NewPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip"}  # guesses of one address; of one name: users/lockout.py
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).parent / "web" / "locale"]
LANGUAGE_COOKIE_NAME = "dingbell_language"
LANGUAGE_COOKIE_AGE = 5 * 365 * 24 * 3600
MESSAGE_TAGS = {message_levels.ERROR: "danger"}  # as Tabler calls it
USE_I18N = True
USE_TZ = True
TIME_ZONE = CONFIGURATION.time_zone

STATIC_URL = "/static/"
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/dist/"  # asked for with their version: {% bundle %}
WHITENOISE_USE_FINDERS = True  # the wheel carries the built files: nothing to collect
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 12 * 1024 * 1024  # of JSON: a new service with 50,000 accounts
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a service form with 2,000 accounts has 6,000 fields
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING_CONFIG = None  # dingbell.storage.logs sets structlog up for every entry point
