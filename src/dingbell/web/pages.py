"""The pages of the frame itself: where `/` leads, and the language switch."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from dingbell.users.languages import is_offered, remember
from dingbell.users.models import User


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    return redirect("/alarms/")


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in the browser and for the person, then show the same page again."""
    language = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = redirect(back)
    if is_offered(language):
        remember(response, language)
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(language=language)
    return response
