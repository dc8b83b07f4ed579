"""Which rules name a receiver: it must not vanish from under them."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dingbell.notify.models import Block


def rules(service_id: int) -> dict[tuple[str, int], str]:
    """The named receivers of a service, as ("account", id), with the names of their rules: “a”、“b”."""
    named: dict[tuple[str, int], dict[str, None]] = {}
    for block in Block.objects.filter(service=service_id, receivers__isnull=False).select_related("rule"):
        for receiver in block.receivers or []:
            for key in receiver.items():
                named.setdefault(key, {})[f"“{block.rule.name}”"] = None
    return {key: "、".join(names) for key, names in named.items()}


def refusal(rules: str, name: str) -> str:
    return _("通知规则 %(rules)s 的接收者中有“%(name)s”，先从规则中移除") % {"rules": rules, "name": name}
