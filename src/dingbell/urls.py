"""Every page of the product."""

from __future__ import annotations

from django.urls import include, path

from dingbell.web import pages
from dingbell.web.alarms import personal

urlpatterns = [
    path("", pages.home, name="home"),
    path("language/", pages.set_language, name="set_language"),
    path("services/", include("dingbell.web.services.urls")),
    path("messages/", include("dingbell.web.messages.urls")),
    path("schedules/", include("dingbell.web.schedules.urls")),
    path("rules/", include("dingbell.web.rules.urls")),
    path("alarms/", include("dingbell.web.alarms.urls")),
    path("silences/", include("dingbell.web.silences.urls")),
    path("a/<str:text>/", personal.page, name="personal_link"),
    path("shelved/", include("dingbell.web.alarms.shelved_urls")),
    path("history/", include("dingbell.web.history.urls")),
    path("groups/", include("dingbell.web.groups.urls")),
    path("deliveries/", include("dingbell.web.deliveries.urls")),
    path("quota/", include("dingbell.web.quota.urls")),
    path("sources/", include("dingbell.web.sources.urls")),
    path("system/", include("dingbell.web.system.urls")),
    path("settings/", include("dingbell.web.settings_page.urls")),
    path("audit/", include("dingbell.web.audit.urls")),
    path("", include("dingbell.web.people.urls")),
    path("", include("dingbell.users.urls")),
    path("", include("dingbell.api.urls")),
]
