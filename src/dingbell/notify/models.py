"""What people configure: services, messages, schedules, rules, alarm groups and silences."""

from __future__ import annotations

from django.db import models


class ServiceType(models.TextChoices):
    DINGTALK = "dingtalk", "钉钉"
    APPRISE = "apprise", "其他"


class Service(models.Model):
    """A way out (通知服务): group robots and, through one app's robot, people; or addresses that Apprise reaches.

    `organisation` tells the DingTalk organisations of a plant apart that has several: each has a quota of its own.
    `tells_system`: what the system has to say of itself goes here too.
    """

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    type = models.CharField(max_length=16, choices=ServiceType.choices)
    enabled = models.BooleanField(default=True)
    send_to_robots = models.BooleanField(default=True)
    send_to_accounts = models.BooleanField(default=False)
    client_id = models.CharField(max_length=128, blank=True)
    client_secret = models.TextField(blank=True)  # encrypted
    robot_code = models.CharField(max_length=128, blank=True)
    organisation = models.CharField(max_length=64, blank=True, default="", db_default="")
    tells_system = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Robot(models.Model):
    """A group robot (钉钉机器人): one group. `budget_key` is the same for the same webhook anywhere."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="robots")
    position = models.IntegerField(default=0)
    alias = models.CharField(max_length=100)
    url = models.CharField(max_length=500)  # without its token
    token = models.TextField()  # encrypted
    masked = models.CharField(max_length=600)  # the webhook as people may see it
    secret = models.TextField(blank=True)  # 加签, encrypted
    keywords = models.JSONField(default=list)
    pool = models.CharField(max_length=100, blank=True)
    mentions = models.JSONField(default=dict)  # {"everyone": bool, "mobiles": […], "user_ids": […]}
    budget_key = models.CharField(max_length=40, db_index=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.alias


class Presence(models.TextChoices):
    """What DingTalk's directory said of an account when it was last asked."""

    UNKNOWN = "", "未核对"
    FOUND = "found", "在职"
    GONE = "gone", "已离职"


class Account(models.Model):
    """One person (钉钉账号), reached through the service's app robot."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="accounts")
    user_id = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    mobile = models.CharField(max_length=32, blank=True)
    department = models.CharField(max_length=200, blank=True)
    presence = models.CharField(max_length=8, choices=Presence.choices, blank=True)
    checked_us = models.BigIntegerField(null=True)  # when the directory was asked

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["service", "user_id"], name="notify_account_identity")]

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """How a notification reads (通知内容). `contents` by event kind is described in notify/messages/documents.py."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    type = models.CharField(max_length=16, choices=ServiceType.choices)
    contents = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ScheduleKind(models.TextChoices):
    STANDARD = "standard", "标准"
    HOLIDAY = "holiday", "节假日"


class Schedule(models.Model):
    """When a notification may go out (通知排程); a holiday schedule only says which days are holidays.

    `periods` (standard), `ranges` and `workdays` (holiday) are described in notify/schedules/documents.py.
    """

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=16, choices=ScheduleKind.choices)
    enabled = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64)
    ignore_holidays = models.BooleanField(default=False)
    periods = models.JSONField(default=list)
    start_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    ranges = models.JSONField(default=list)
    workdays = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class AlarmGroup(models.Model):
    """A named set of tags (报警组): what one of its `paths` patterns or one of its `keys` patterns matches."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    paths = models.JSONField(default=list)
    keys = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Silence(models.Model):
    """Notifications withheld for a time (静默、检修): of one area, of the paths a pattern matches, else of the plant.

    `ended_us` is set when it is over, by itself or by hand; `released_us` when what it withheld was seen to, and
    `released_to` is the delivery up to which that is done; `sent_again` counts what went out then.
    """

    area = models.CharField(max_length=512, blank=True)
    path = models.CharField(max_length=512, blank=True)
    reason = models.CharField(max_length=500)
    start_us = models.BigIntegerField()
    until_us = models.BigIntegerField()
    created_us = models.BigIntegerField()
    created_by = models.CharField(max_length=150)
    ended_us = models.BigIntegerField(null=True)
    ended_by = models.CharField(max_length=150, blank=True)
    released_us = models.BigIntegerField(null=True)
    released_to = models.BigIntegerField(default=0)
    sent_again = models.IntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["until_us"], name="notify_silenced", condition=models.Q(ended_us__isnull=True)),
            models.Index(fields=["id"], name="notify_unreleased", condition=models.Q(released_us__isnull=True)),
        ]


class Rule(models.Model):
    """A notification rule (通知规则): conditions and, as blocks, whom to tell."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    enabled = models.BooleanField(default=True)
    position = models.IntegerField(default=0)  # the order people gave their rules; it decides about lists only
    states = models.JSONField(default=list)
    shelved = models.BooleanField(default=False)
    match = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """One notification block of a rule. `receivers` None is everyone of the service, else [{"robot": id}, …].

    `message` None is the built-in one, `schedule` None is always. `personal_link`: people get a link of their own.
    `timing` and `fallback` are a TimingDocument and a list of FallbackDocuments (notify/rules/documents.py).
    """

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="blocks")
    position = models.IntegerField(default=0)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="blocks")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="blocks")
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, null=True, related_name="blocks")
    receivers = models.JSONField(null=True)
    personal_link = models.BooleanField(default=False)
    timing = models.JSONField(default=dict)
    fallback = models.JSONField(default=list)

    class Meta:
        ordering = ["position", "id"]


class RuleRevision(models.Model):
    """A rule as it stood from one version of the configuration on; `definition` None: deleted.

    Answers "why was I not told" from the rule of that moment, and names rules that are gone.
    """

    rule_id = models.BigIntegerField()
    configuration = models.BigIntegerField()
    name = models.CharField(max_length=100)
    definition = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule_id", "configuration"], name="notify_revision")]
        indexes = [models.Index(fields=["configuration"], name="notify_revision_version")]


class GroupRevision(models.Model):
    """An alarm group as it stood from one version of the configuration on: what the rules of that moment meant."""

    group_id = models.BigIntegerField()
    configuration = models.BigIntegerField()
    definition = models.JSONField()  # a matching.Group

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group_id", "configuration"], name="notify_group_revision")]
