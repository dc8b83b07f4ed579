"""Numbers that every process of an installation shares."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """One shared number by name: a version of the configuration, or a moment in microseconds."""

    name = models.CharField(max_length=32, primary_key=True)
    value = models.BigIntegerField(default=0)
