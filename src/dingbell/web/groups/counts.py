"""The numbers in the list of alarm groups, asked for once the list stands: counting walks over all alarms."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from dingbell.notify import routing
from dingbell.notify.groups import members as group_members
from dingbell.storage import versions
from dingbell.storage.times import MINUTE, now_us
from dingbell.storage.versions import Subject
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission

_last: dict[int, tuple[int, dict[int, int]]] = {}  # by configuration: until when it counts, what was counted


@never_cache
@require_GET
@requires(Permission.VIEW)
def counts(request: SignedInRequest) -> HttpResponse:
    """At most once a minute: new alarms are rare, new groups make a new configuration."""
    version, now = versions.of(Subject.CONFIGURATION), now_us()
    until_us, found = _last.get(version, (0, {}))
    if now >= until_us:
        found = group_members.count(list(routing.alarm_groups().values()))
        _last.clear()
        _last[version] = now + MINUTE, found
    return render(request, "groups/counts.html", {"counts": found.items()})
