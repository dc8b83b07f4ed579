"""Alarms as they stand, and the journal of what happened to them."""

from __future__ import annotations

from django.db import models

from dingbell.alarms.alarm import AckMode, EventKind, Priority


class AlarmRow(models.Model):
    """One alarm; the columns of `alarms.alarm.Alarm`. Written by `alarms.store` only."""

    id = models.BigIntegerField(primary_key=True)  # given out by the writer before the insert
    source = models.CharField(max_length=512)
    key = models.CharField(max_length=512)
    name = models.TextField()
    path = models.TextField()
    area = models.TextField()
    type = models.TextField()
    unit = models.TextField()
    description = models.TextField()
    priority = models.SmallIntegerField(choices=[(p.value, p.word) for p in Priority])
    ack_mode = models.CharField(max_length=16, choices=[(m.value, m.value) for m in AckMode])
    value = models.TextField()  # JSON
    limit = models.TextField()  # JSON
    labels = models.TextField()  # JSON object
    active = models.BooleanField()
    acked = models.BooleanField()
    raised_us = models.BigIntegerField(null=True)
    cleared_us = models.BigIntegerField(null=True)
    said_active_us = models.BigIntegerField(null=True)
    said_cleared_us = models.BigIntegerField(null=True)
    order_us = models.BigIntegerField()
    occurrences = models.IntegerField()
    acked_us = models.BigIntegerField(null=True)
    acked_by = models.TextField()
    ack_note = models.TextField()
    expires_us = models.BigIntegerField(null=True)
    expired = models.BooleanField()
    origin = models.TextField()
    shelved_us = models.BigIntegerField(null=True)
    shelved_until_us = models.BigIntegerField(null=True)
    shelved_by = models.TextField(db_default="")
    shelve_note = models.TextField(db_default="")

    class Meta:
        db_table = "alarms_alarm"
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="alarms_identity")]
        indexes = [
            # The real-time list: what is active or waits for somebody, newest first.
            models.Index(
                fields=["-order_us", "-id"],
                name="alarms_standing",
                condition=models.Q(active=True) | models.Q(acked=False),
            ),
            models.Index(fields=["expires_us"], name="alarms_expiry", condition=models.Q(expires_us__isnull=False)),
            models.Index(fields=["-order_us", "-id"], name="alarms_newest"),
            models.Index(
                fields=["shelved_until_us"], name="alarms_shelved", condition=models.Q(shelved_until_us__isnull=False)
            ),
        ]


class SourceRow(models.Model):
    """A source (接入) as it was heard: the last moment of it, and the token it came with.

    `silent_minutes`: how long it may be silent before people are told, 0 as long as it likes; counted from
    `watched_us` at the earliest. `silent_us`: since when it has been silent, once they were told.
    """

    name = models.CharField(max_length=512, primary_key=True)
    heard_us = models.BigIntegerField(null=True)
    token_id = models.BigIntegerField(null=True)
    silent_minutes = models.IntegerField(db_default=0)
    watched_us = models.BigIntegerField(db_default=0)
    silent_us = models.BigIntegerField(null=True)

    class Meta:
        db_table = "alarms_source"
        indexes = [
            models.Index(
                fields=["token_id"], name="alarms_sources_of_token", condition=models.Q(token_id__isnull=False)
            ),
            models.Index(fields=["name"], name="alarms_sources_watched", condition=models.Q(silent_minutes__gt=0)),
        ]


BY_PEOPLE = frozenset({EventKind.ACKED, EventKind.SHELVED, EventKind.UNSHELVED, EventKind.COMMENTED})


class Event(models.Model):
    """One thing that happened to an alarm. Append-only.

    `entered` and `priority_rose` are what rules were asked about, `configuration` is the version of the rules
    in force, so that "why was I not told" can be answered later. `snapshot` is the alarm after the event (JSON).
    """

    id = models.BigIntegerField(primary_key=True)
    alarm_id = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=[(k.value, k.value) for k in EventKind])
    time_us = models.BigIntegerField()
    received_us = models.BigIntegerField()
    entered = models.CharField(max_length=16)
    priority_rose = models.BooleanField()
    actor = models.TextField()
    note = models.TextField()
    configuration = models.BigIntegerField()
    snapshot = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["alarm_id", "-id"], name="alarms_journal"),
            # What people did is rare among what sources report, and must be found without reading all of it.
            models.Index(fields=["-id"], name="alarms_by_people", condition=models.Q(kind__in=sorted(BY_PEOPLE))),
        ]
