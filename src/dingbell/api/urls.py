"""Where the API answers."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from dingbell import __version__
from dingbell.api import (
    account_imports,
    accounts,
    alarm_commands,
    alarms,
    audit,
    deliveries,
    directory,
    dry_runs,
    groups,
    handing_in,
    health,
    history,
    messages,
    metrics,
    problems,
    quota,
    recalls,
    rules,
    schedules,
    service_trials,
    services,
    settings,
    silences,
    sources,
    stats,
    tokens,
    users,
)
from dingbell.api.describing import Api, Page
from dingbell.sources import http

api = Api(
    title="DingBell 钉铃",
    version=__version__,
    urls_namespace="api",
    docs=Page(),
    beside={http.PATH: handing_in.described()},
    description=(
        "Sign in with `Authorization: Bearer TOKEN` (`dingbell token-create NAME --scope …`) or with the session of "
        "the pages (unsafe methods then need `X-CSRFToken`). Errors are RFC 9457 problem documents with "
        "`errors: [{field, message}]`. Lists take `limit` and `cursor` and answer `{items, next}`."
    ),
)
problems.listen(api)
for _name, _router in (
    ("services", services.router),
    ("services", accounts.router),
    ("services", account_imports.router),
    ("services", directory.router),
    ("services", service_trials.router),
    ("messages", messages.router),
    ("rules", rules.router),
    ("rules", dry_runs.router),
    ("schedules", schedules.router),
    ("alarms", alarms.router),
    ("silences", silences.router),
    ("alarms", alarm_commands.router),
    ("alarms", history.router),
    ("groups", groups.router),
    ("deliveries", deliveries.router),
    ("deliveries", recalls.of_deliveries),
    ("alarms", recalls.of_alarms),
    ("sources", sources.router),
    ("tokens", tokens.router),
    ("users", users.router),
    ("audit", audit.router),
    ("settings", settings.router),
    ("quota", quota.router),
    ("stats", stats.router),
):
    api.add_router(f"/{_name}", _router)


@csrf_exempt  # or a sender that mistyped an address is told that it lacks a permission
def nowhere(request: HttpRequest) -> HttpResponse:
    return problems.document(404, _("没有这个地址。"))


@csrf_exempt
def hand_in(request: HttpRequest) -> HttpResponse:
    """Whoever does not POST there: a POST never comes this far (asgi.py)."""
    answer = problems.document(405, _("请用 POST。"))
    answer["Allow"] = "POST"
    return answer


urlpatterns = [
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("api/v1/", api.urls),
    path(http.PATH.removeprefix("/"), hand_in),
    re_path(r"^api/", nowhere),
]
