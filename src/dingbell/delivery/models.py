"""The outbox: what is owed to whom, what went out, and what DingTalk said.

Written by `delivery.outbox` (new deliveries) and `delivery.claim` (every state after that), nobody else.
Times are microseconds (storage.times).
"""

from __future__ import annotations

from django.db import models
from django.db.models.lookups import Exact

from dingbell.notify.manner import Manner as Manner  # noqa: PLC0414 -- part of the words of this folder


class DeliveryState(models.TextChoices):
    PENDING = "pending", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "失败"
    SUPPRESSED = "suppressed", "未发送"
    EXPIRED = "expired", "已过期"


_ENDED = ~models.Q(state__in=["pending", "sending"])  # in SQL: indexes.ENDED


class Notice(models.Model):
    """A message that no alarm brought: a test of a receiver or of a 通知内容. `message`: a base.Message as JSON."""

    kind = models.CharField(max_length=16)
    message = models.TextField()
    created_us = models.BigIntegerField()
    created_by = models.CharField(max_length=150)


class Delivery(models.Model):
    """One message owed to one receiver (发送记录). No foreign keys: the record outlives what it names.

    It tells either of an event or of a notice (then `event_id`, `alarm_id` and `rule_id` are 0). `message_id` is the
    通知内容 its block asked for, None for the built-in one; `personal` asks for a link of the receiver's own.
    `silence_id` names the silence that withheld it, `resend_of` the delivery it repeats. `remark` is what people
    should know of how it was made (`template_failed`). `handled`: a failure somebody has seen to; `hidden`: removed
    from the lists by a person. `kind` (an EventKind, "" for a notice) and `priority` (a Priority) are of its event, so
    that what goes first is decided without reading the journal. `manner` holds Manner flags. `digest` is the id of
    the send that stood for it among others. `fallback_of` is the delivery that failed before it; `fell_back`: a failed
    one whose other ways were seen to. `repetition` counts how often the block repeated itself. `read_us` and
    `recalled_us` are of account messages.
    """

    id = models.BigIntegerField(primary_key=True)
    event_id = models.BigIntegerField()
    alarm_id = models.BigIntegerField()
    rule_id = models.BigIntegerField()
    block = models.IntegerField()
    service_id = models.BigIntegerField()
    robot_id = models.BigIntegerField(null=True)
    account_id = models.BigIntegerField(null=True)
    receiver_name = models.CharField(max_length=100)
    lane = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=DeliveryState.choices)
    reason = models.CharField(max_length=64)
    due_us = models.BigIntegerField()
    created_us = models.BigIntegerField()
    sent_us = models.BigIntegerField(null=True)
    send_id = models.CharField(max_length=32)
    # The hot insert names none of these but the first two: their defaults stand in the database.
    message_id = models.BigIntegerField(null=True)
    personal = models.BooleanField(db_default=False)
    notice_id = models.BigIntegerField(null=True)
    silence_id = models.BigIntegerField(null=True)
    resend_of = models.BigIntegerField(null=True)
    remark = models.CharField(max_length=64, db_default="")
    handled = models.BooleanField(db_default=False)
    hidden = models.BooleanField(db_default=False)
    kind = models.CharField(max_length=16, db_default="")
    priority = models.SmallIntegerField(db_default=2)
    manner = models.IntegerField(db_default=0)
    digest = models.CharField(max_length=32, db_default="")
    fallback_of = models.BigIntegerField(null=True)
    fell_back = models.BooleanField(db_default=False)
    repetition = models.SmallIntegerField(db_default=0)
    read_us = models.BigIntegerField(null=True)
    recalled_us = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["event_id"], name="delivery_of_event"),  # those of an alarm are those of its events
            models.Index(
                fields=["lane", "account_id", "id"],
                name="delivery_open",
                condition=models.Q(state__in=["pending", "sending"]),
            ),
            models.Index(fields=["send_id"], name="delivery_of_send", condition=~models.Q(send_id="")),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
            # What is settled, by whom it concerned: taking in an event pays for none of these.
            models.Index(fields=["rule_id", "-id"], name="delivery_ended_of_rule", condition=_ENDED),
            models.Index(fields=["service_id", "-id"], name="delivery_ended_of_service", condition=_ENDED),
            models.Index(
                fields=["robot_id", "-id"],
                name="delivery_ended_of_robot",
                condition=models.Q(robot_id__isnull=False) & _ENDED,
            ),
            models.Index(
                fields=["account_id", "-id"],
                name="delivery_ended_of_account",
                condition=models.Q(account_id__isnull=False) & _ENDED,
            ),
            models.Index(
                fields=["silence_id", "-id"], name="delivery_withheld", condition=models.Q(silence_id__isnull=False)
            ),
            models.Index(fields=["resend_of"], name="delivery_resent", condition=models.Q(resend_of__isnull=False)),
            models.Index(
                fields=["fallback_of"], name="delivery_fallback", condition=models.Q(fallback_of__isnull=False)
            ),
            models.Index(fields=["digest", "-id"], name="delivery_in_digest", condition=~models.Q(digest="")),
            # What is to be taken back once its alarm is over (Manner.RECALL): read alarm by alarm, never as a whole.
            models.Index(
                fields=["alarm_id", "id", "sent_us"],
                name="delivery_to_recall",
                condition=models.Q(Exact(models.F("manner").bitand(Manner.RECALL.value), Manner.RECALL.value))
                & models.Q(state="sent"),
            ),
            # Failures whose other ways (Manner.FALLBACK) are still to be gone.
            models.Index(
                fields=["id"],
                name="delivery_falls_back",
                condition=models.Q(state="failed", fell_back=False, manner__gte=32),
            ),
            # What went stale and was not told of yet: one line of the receiver's next digest.
            models.Index(
                fields=["lane", "account_id"], name="delivery_stale", condition=models.Q(state="expired", digest="")
            ),
            models.Index(fields=["notice_id"], name="delivery_of_notice", condition=models.Q(notice_id__isnull=False)),
            # Failures nobody has seen to: the red number at the tab.
            models.Index(
                fields=["-id"],
                name="delivery_unhandled",
                condition=models.Q(state="failed", handled=False, hidden=False),
            ),
        ]


class Lane(models.Model):
    """The queue of one DingTalk credential, a robot's token or an app's ClientId, or of a pool of robots.

    One worker at a time holds its lease; `hold_until_us` is when DingTalk will listen again. `rest_until_us` is when
    what waits is looked at next by our own choice (budget, next digest); something urgent may go before. A lane is in
    trouble while DingTalk refuses it for its configuration: `trouble` is the reason, `trouble_us` since when,
    `refusals` how often in a row, `trial_us` when the next delivery is tried alone, `trouble_configuration` the version
    it was refused under, `trouble_told_us` when people were told; that stays until they are told of the recovery.
    """

    key = models.CharField(max_length=40, primary_key=True)
    lease = models.CharField(max_length=32, default="")
    lease_until_us = models.BigIntegerField(default=0)
    hold_until_us = models.BigIntegerField(default=0)
    hold_reason = models.CharField(max_length=64, default="")
    rest_until_us = models.BigIntegerField(db_default=0)
    rest_reason = models.CharField(max_length=64, db_default="")
    trouble = models.CharField(max_length=64, db_default="")
    trouble_us = models.BigIntegerField(null=True)
    refusals = models.IntegerField(db_default=0)
    trial_us = models.BigIntegerField(db_default=0)
    trouble_configuration = models.BigIntegerField(db_default=0)
    trouble_told_us = models.BigIntegerField(null=True)


class SilentLane(models.Model):
    """A lane that nothing went through for longer than SILENT_MINUTES although something waited: people were told.

    `since_us` is when the oldest of it was owed, or when DingTalk took the last message, whichever is later.
    """

    lane = models.CharField(max_length=40, primary_key=True)
    since_us = models.BigIntegerField()
    noticed_us = models.BigIntegerField()


class SendState(models.TextChoices):
    FROZEN = "frozen"
    TAKEN = "taken"
    DISSOLVED = "dissolved"


class SendKind(models.TextChoices):
    """How a send came about: SINGLE, URGENT (a critical one that went alone while others waited), DIGEST."""

    SINGLE = "single"
    URGENT = "urgent"
    DIGEST = "digest"


class Send(models.Model):
    """One call to DingTalk, frozen before it is made: its id is the msgUuid (design §7).

    It is repeated byte for byte until DingTalk took it (`taken`) or definitely did not (`dissolved`). `fault` says why
    it is in the built-in words although its message has some of its own (a template_faults.Fault as JSON).
    `credential` is the budget it is counted in (a robot's or an app's key: the lane itself but for pools). `mended`
    says what was done to the words after a first refusal: `sanitised` or `shortened`, "" nothing.
    `accounts` are the ids of the people it goes to, as JSON: a person's budget is counted by them.
    `recalled_us`: people's chats do not show it any more. `read_check_us`: when DingTalk is asked next who has read it.
    """

    id = models.CharField(max_length=32, primary_key=True)
    lane = models.CharField(max_length=40)
    state = models.CharField(max_length=12, choices=SendState.choices)
    service_id = models.BigIntegerField()
    robot_id = models.BigIntegerField(null=True)
    body = models.TextField()
    tries = models.IntegerField(default=0)
    due_us = models.BigIntegerField()
    created_us = models.BigIntegerField()
    process_query_key = models.CharField(max_length=128, default="")
    fault = models.TextField(db_default="")
    kind = models.CharField(max_length=12, choices=SendKind.choices, db_default=SendKind.SINGLE.value)
    credential = models.CharField(max_length=40, db_default="")
    mended = models.CharField(max_length=16, db_default="")
    accounts = models.TextField(db_default="[]")
    recalled_us = models.BigIntegerField(null=True)
    read_check_us = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["lane"], name="delivery_frozen", condition=models.Q(state="frozen")),
            models.Index(
                fields=["read_check_us"], name="delivery_to_check", condition=models.Q(read_check_us__isnull=False)
            ),
            # What DingTalk calls a send in the event that somebody has read it.
            models.Index(
                fields=["process_query_key"], name="delivery_by_key", condition=~models.Q(process_query_key="")
            ),
        ]


class Recall(models.Model):
    """A send to take back out of people's chats, by hand or by rule; Send.recalled_us says that it worked.

    `asked_by` is a person, "" the rule. `due_us` is when DingTalk is asked next, null when it is over. `answered_us`
    and what follows are its last answer; `reason` is "" when it did as asked.
    """

    send_id = models.CharField(max_length=32, primary_key=True)
    asked_us = models.BigIntegerField()
    asked_by = models.CharField(max_length=150)
    due_us = models.BigIntegerField(null=True)
    tries = models.IntegerField(default=0)
    answered_us = models.BigIntegerField(null=True)
    http_status = models.IntegerField(null=True)
    code = models.CharField(max_length=100, default="")
    text = models.TextField(default="")
    reason = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [
            models.Index(fields=["due_us"], name="delivery_recall_due", condition=models.Q(due_us__isnull=False))
        ]


class SendItem(models.Model):
    """A send that stood for a delivery which names another one now, or none yet."""

    send_id = models.CharField(max_length=32)
    delivery_id = models.BigIntegerField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["send_id"], name="delivery_items")]


class Attempt(models.Model):
    """One try of a send, written before the call and completed after it. `lane` is the send's credential: what its
    budget is counted by.

    Without an answer (`verdict` empty) the process died in between: nobody knows whether DingTalk took it.
    `delivery_id` is set where this receiver's result differs from the call's own.
    """

    send_id = models.CharField(max_length=32)
    lane = models.CharField(max_length=40)
    delivery_id = models.BigIntegerField(null=True)
    at_us = models.BigIntegerField()
    http_status = models.IntegerField(null=True)
    code = models.CharField(max_length=100, default="")
    text = models.TextField(default="")
    verdict = models.CharField(max_length=24, default="")
    reason = models.CharField(max_length=64, default="")

    class Meta:
        indexes = [
            models.Index(fields=["send_id"], name="delivery_attempts"),
            models.Index(fields=["lane", "at_us"], name="delivery_budget"),
        ]


class Usage(models.Model):
    """Calls of one day that DingTalk counts against the organisation's month (dingtalk-api §2.9).

    `pool` is `webhook` or `api`; `day` is the local date as 20261122; `organisation` is the service's, "" the only one;
    `credential` and `receiver` say who used it (a robot's alias, an app's name at that time).
    """

    pool = models.CharField(max_length=12)
    organisation = models.CharField(max_length=64)
    day = models.IntegerField()
    credential = models.CharField(max_length=40)
    service_id = models.BigIntegerField()
    calls = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["day"], name="delivery_usage_by_day")]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "pool", "day", "credential", "service_id"], name="delivery_usage_of"
            )
        ]


class QuotaState(models.Model):
    """What is to be remembered of a pool beside its use: one row for each that ever had something to say.

    `stopped_us` is when DingTalk last refused for the quota, 0 never or reset. `chosen` is the Mode a person chose, ""
    automatic; it lasts for the month of `chosen_us`. Of the month `told_month` the admins were told of `told_percent`
    and of `told_mode`.
    """

    organisation = models.CharField(max_length=64)
    pool = models.CharField(max_length=12)
    stopped_us = models.BigIntegerField(db_default=0)
    stopped_reason = models.CharField(max_length=64, db_default="")
    chosen = models.CharField(max_length=12, db_default="")
    chosen_by = models.CharField(max_length=150, db_default="")
    chosen_us = models.BigIntegerField(db_default=0)
    told_month = models.IntegerField(db_default=0)
    told_percent = models.SmallIntegerField(db_default=0)
    told_mode = models.CharField(max_length=12, db_default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "pool"], name="delivery_quota_of")]


class Repetition(models.Model):
    """A block that repeats itself until somebody acts: when it tells of `alarm_id` again, and how often it has.

    It ends with the occurrence of the alarm that it began with. `block` is the block's id: its place may change.
    """

    alarm_id = models.BigIntegerField()
    occurrence = models.IntegerField()
    event_id = models.BigIntegerField()
    rule_id = models.BigIntegerField()
    block = models.IntegerField()
    due_us = models.BigIntegerField()
    count = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_us"], name="delivery_repeats")]
        constraints = [models.UniqueConstraint(fields=["alarm_id", "rule_id", "block"], name="delivery_repetition_of")]
