"""What a message is looked at with: a real alarm, or a sample."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from dingbell.alarms import listing, store
from dingbell.alarms.alarm import Alarm
from dingbell.alarms.models import Event
from dingbell.notify.messages import samples
from dingbell.notify.messages.documents import Kind
from dingbell.notify.messages.rendering import Occurrence
from dingbell.notify.messages.template_values import Situation
from dingbell.notify.refusals import FieldError, Invalid
from dingbell.storage.configuration import Configuration
from dingbell.storage.ids import LARGEST_ID


def subject(kind: Kind, alarm_id: int | None, now_us: int) -> Situation:
    """The alarm's last event of this kind, else the alarm as it stands now; without an alarm the sample.

    Raises Invalid (`alarm`) for an alarm that is not there.
    """
    configuration: Configuration = settings.CONFIGURATION
    made = samples.sample(kind, now_us, configuration.public_url)
    if alarm_id is None:
        return made
    alarm = listing.find(alarm_id) if 0 < alarm_id <= LARGEST_ID else None
    if alarm is None:
        raise Invalid([FieldError("alarm", _("没有这条报警"))])
    event = _last(alarm, made.event)
    url = f"{configuration.public_url}/alarms/{alarm.id}/" if configuration.public_url else ""
    return samples.about(replace(event, url=url), kind, configuration.public_url)


def zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def _last(alarm: Alarm, like: Occurrence) -> Occurrence:
    found = Event.objects.filter(alarm_id=alarm.id, kind=like.kind.value).order_by("-id").first()
    if found is None:
        return Occurrence(like.kind, alarm, like.time_us, like.actor, like.note)
    return Occurrence(like.kind, store.restore(found.snapshot), found.time_us, found.actor, found.note)
