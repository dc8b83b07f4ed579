"""The outbox: what is owed to whom, what went out, and what DingTalk said.

Written by `delivery.outbox` (new deliveries) and `delivery.claim` (every state after that), nobody else.
Times are microseconds (storage.times).
"""

from __future__ import annotations

from django.db import models


class DeliveryState(models.TextChoices):
    PENDING = "pending", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "失败"
    SUPPRESSED = "suppressed", "未发送"


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
    from the lists by a person.
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

    class Meta:
        indexes = [
            models.Index(fields=["alarm_id", "-id"], name="delivery_of_alarm"),
            models.Index(fields=["event_id"], name="delivery_of_event"),
            models.Index(
                fields=["lane", "id"],
                name="delivery_waiting",
                condition=models.Q(state__in=["pending", "sending"]),
            ),
            models.Index(fields=["send_id"], name="delivery_of_send", condition=~models.Q(send_id="")),
            models.Index(fields=["state", "-id"], name="delivery_by_state"),
            models.Index(fields=["rule_id", "-id"], name="delivery_by_rule"),
            models.Index(fields=["service_id", "-id"], name="delivery_by_service"),
            models.Index(
                fields=["robot_id", "-id"], name="delivery_by_robot", condition=models.Q(robot_id__isnull=False)
            ),
            models.Index(
                fields=["account_id", "-id"], name="delivery_by_account", condition=models.Q(account_id__isnull=False)
            ),
            models.Index(
                fields=["silence_id", "-id"], name="delivery_withheld", condition=models.Q(silence_id__isnull=False)
            ),
            models.Index(fields=["resend_of"], name="delivery_resent", condition=models.Q(resend_of__isnull=False)),
            # Failures nobody has seen to: the red number at the tab.
            models.Index(
                fields=["-id"],
                name="delivery_unhandled",
                condition=models.Q(state="failed", handled=False, hidden=False),
            ),
        ]


class Lane(models.Model):
    """The queue of one DingTalk credential: a robot's token or an app's ClientId.

    One worker at a time holds its lease; `hold_until_us` is when DingTalk will listen again.
    """

    key = models.CharField(max_length=40, primary_key=True)
    lease = models.CharField(max_length=32, default="")
    lease_until_us = models.BigIntegerField(default=0)
    hold_until_us = models.BigIntegerField(default=0)
    hold_reason = models.CharField(max_length=64, default="")


class SendState(models.TextChoices):
    FROZEN = "frozen"
    TAKEN = "taken"
    DISSOLVED = "dissolved"


class Send(models.Model):
    """One call to DingTalk, frozen before it is made: its id is the msgUuid (design §7).

    It is repeated byte for byte until DingTalk took it (`taken`) or definitely did not (`dissolved`). `fault` says why
    it is in the built-in words although its message has some of its own (a template_faults.Fault as JSON).
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

    class Meta:
        indexes = [
            models.Index(fields=["lane"], name="delivery_frozen", condition=models.Q(state="frozen")),
        ]


class SendItem(models.Model):
    """A delivery that a send stands for."""

    send_id = models.CharField(max_length=32)
    delivery_id = models.BigIntegerField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["send_id"], name="delivery_items")]


class Attempt(models.Model):
    """One try of a send, written before the call and completed after it.

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
