"""Which rules name a receiver: it must not vanish from under them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from dingbell.notify.models import Block


def rules(service_id: int) -> dict[tuple[str, int], str]:
    """The named receivers of a service, as ("account", id), with the names of their rules: “a”、“b”."""
    named: dict[tuple[str, int], dict[str, None]] = {}
    for block in Block.objects.filter(service=service_id, receivers__isnull=False).select_related("rule"):
        _note(block.receivers or [], block.rule.name, named)
    for block, step in _steps(service_id):
        _note(step["receivers"] or [], block.rule.name, named)
    return {key: "、".join(names) for key, names in named.items()}


def using(service_id: int) -> str:
    """The rules that send through a service, also when others are not reached: “a”、“b”; "" when none does."""
    return "、".join(f"“{name}”" for _id, name in rules_using(service_id))


def rules_using(service_id: int) -> list[tuple[int, str]]:
    """The same with their ids, in people's order."""
    blocks = [*Block.objects.filter(service=service_id).select_related("rule")]
    blocks += [block for block, _step in _steps(service_id)]
    found = {block.rule.id: block.rule for block in blocks}
    return [(rule.id, rule.name) for rule in sorted(found.values(), key=lambda rule: (rule.position, rule.id))]


def _steps(service_id: int) -> Iterator[tuple[Block, dict[str, Any]]]:
    """Where the service is another way of a block."""
    for block in Block.objects.exclude(fallback=[]).select_related("rule"):
        for step in block.fallback:
            if step["service"] == service_id:
                yield block, step


def _note(receivers: list[dict[str, int]], rule: str, named: dict[tuple[str, int], dict[str, None]]) -> None:
    for receiver in receivers:
        for key in receiver.items():
            named.setdefault(key, {})[f"“{rule}”"] = None


def refusal(rules: str, name: str) -> str:
    return _("通知规则 %(rules)s 的接收者中有“%(name)s”，先从规则中移除") % {"rules": rules, "name": name}
