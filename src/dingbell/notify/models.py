"""Notification services and rules as they are configured."""

from __future__ import annotations

from django.db import models


class ServiceType(models.TextChoices):
    DINGTALK = "dingtalk", "钉钉"


class Service(models.Model):
    """A way out (通知服务): group robots and, through one app's robot, people."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    type = models.CharField(max_length=16, choices=ServiceType.choices)
    enabled = models.BooleanField(default=True)
    send_to_robots = models.BooleanField(default=True)
    send_to_accounts = models.BooleanField(default=False)
    client_id = models.CharField(max_length=128, blank=True)
    client_secret = models.TextField(blank=True)  # encrypted
    robot_code = models.CharField(max_length=128, blank=True)
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
    budget_key = models.CharField(max_length=40, db_index=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.alias


class Account(models.Model):
    """One person (钉钉账号), reached through the service's app robot."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="accounts")
    user_id = models.CharField(max_length=64)
    name = models.CharField(max_length=100)
    mobile = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["service", "user_id"], name="notify_account_identity")]

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """A notification rule (通知规则): conditions and, as blocks, whom to tell."""

    name = models.CharField(max_length=100, unique=True)
    description = models.CharField(max_length=500, blank=True)
    enabled = models.BooleanField(default=True)
    states = models.JSONField(default=list)
    shelved = models.BooleanField(default=False)
    match = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Block(models.Model):
    """One notification block of a rule. `receivers` None is everyone of the service, else [{"robot": id}, …]."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="blocks")
    position = models.IntegerField(default=0)
    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="blocks")
    receivers = models.JSONField(null=True)

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
