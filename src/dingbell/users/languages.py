"""The language a person chose: kept in the browser and, for the next device, with the person."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse


def is_offered(language: str) -> bool:
    return language in dict(settings.LANGUAGES)


def remember(response: HttpResponse, language: str) -> None:
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=settings.LANGUAGE_COOKIE_AGE, samesite="Lax")
