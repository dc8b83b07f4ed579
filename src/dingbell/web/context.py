"""What every page's frame shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dingbell import __version__
from dingbell.users.models import User
from dingbell.users.roles import Permission
from dingbell.web.menu import menu
from dingbell.web.quota.banner import banner as quota_banner
from dingbell.web.silences.banner import banner
from dingbell.web.system import banner as system


def shell(request: HttpRequest) -> dict[str, Any]:
    """Menu, version and what the visitor may do (`may.configure` …); works on error pages, too."""
    user = getattr(request, "user", None)
    person = user if isinstance(user, User) else None
    entries = menu(request.path, person) if person else ()
    return {
        "version": __version__,
        "public_url": settings.PUBLIC_URL,
        "person": person,
        "may": {permission.value: person is not None and person.may(permission) for permission in Permission},
        "menu": entries,
        "silence_banner": SimpleLazyObject(banner),
        "quota_banner": SimpleLazyObject(quota_banner),
        "system_banner": SimpleLazyObject(system.banner),
        "menu_entry": next((entry for entry in entries if entry.active), None),
    }
