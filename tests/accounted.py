"""What must hold of every accepted event, whatever happened meanwhile: design §7, seen from the list and the chats."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dingtalk_simulator.running import RunningSimulator
from tests.serving import Server

_TAG = re.compile(r"s\d+-\d+e\d{4}")
_DIGEST = re.compile(r"合并消息：(\d+) 条报警")
_NOTIFICATIONS = re.compile(r"（共 (\d+) 条通知）")
# A person's message whose fate nobody knows is repeated once and then given up; nothing else may fail.
_MAY_FAIL = "outcome_unknown"
Call = tuple[str, ...]  # the moments at which one message was tried: whoever it stands for shares them


def everything(server: Server, kind: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = server.get(f"/api/v1/{kind}?limit=1000&cursor={cursor}")
        found += answer["items"]
        cursor = answer["next"]
    return found


def violations(
    server: Server,
    simulator: RunningSimulator,
    accepted: Mapping[str, Sequence[str]],
    groups: Mapping[str, str],
    people: Sequence[str],
    unheard: int,
    unanswered: int,
) -> list[str]:
    """`accepted` are the tags of an alarm's events, in order, by its key; `groups` tokens by name.

    `unheard` calls for people may have been taken although the server heard nothing, `unanswered` brought no answer.
    """
    alarms = {alarm["id"]: alarm for alarm in everything(server, "alarms")}
    keys = {id_: alarm["key"] for id_, alarm in alarms.items()}
    owed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for delivery in sorted(everything(server, "deliveries"), key=lambda one: one["event"]):
        owed[delivery["receiver"]["name"]].append(delivery)
    shown = {name: simulator.messages(robot=token) for name, token in groups.items()}
    shown |= {user_id: simulator.messages(user_id=user_id) for user_id in people}
    found = list(_standing(alarms.values(), accepted))
    repeated: set[str] = set()
    given_up: set[Call] = set()
    for name, messages in shown.items():
        is_group = name in groups
        delivered = [one for one in messages if one["delivered"] and not one["duplicate"]]
        chat = _Chat(name, owed[name], delivered, keys, accepted)
        found += [f"{name}: {what}" for what in chat.violations(may_fail=not is_group)]
        twice = chat.shown_twice()
        if is_group:
            found += [f"{name}: {tag} stands there twice" for tag in twice]
        repeated |= twice
        given_up |= chat.given_up.keys()
    if len(repeated) > unheard:
        found.append(f"{len(repeated)} messages stand twice with people, for {unheard} calls of unknown fate")
    if len(given_up) > unanswered:
        found.append(f"{len(given_up)} messages were given up, for {unanswered} calls without an answer")
    return found


def _standing(alarms: Iterable[Mapping[str, Any]], accepted: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The alarms stand as they were reported last."""
    active = {alarm["key"]: alarm["active"] for alarm in alarms}
    for key, tags in accepted.items():
        if tags and active.get(key) != bool(len(tags) % 2):
            yield f"{key} was reported {len(tags)} times and stands {active.get(key)}"


class _Chat:
    """One receiver: what it was owed, and what its chat shows."""

    def __init__(
        self,
        name: str,
        owed: Sequence[Mapping[str, Any]],
        delivered: Sequence[Mapping[str, Any]],
        keys: Mapping[int, str],
        accepted: Mapping[str, Sequence[str]],
    ) -> None:
        self._name = name
        self._accepted = accepted
        self._delivered = delivered
        self._owed: dict[str, Mapping[str, Any]] = {}  # by tag
        self._surplus = False
        of_alarm: Counter[str] = Counter()
        for delivery in owed:
            key = keys[delivery["alarm"]]
            tags = accepted[key]
            if of_alarm[key] < len(tags):
                self._owed[tags[of_alarm[key]]] = delivery
            else:
                self._surplus = True
            of_alarm[key] += 1
        self._alone = [(_TAG.search(one["title"]), one) for one in delivered if not _DIGEST.search(one["text"])]
        self._digests = [one for one in delivered if _DIGEST.search(one["text"])]

    @property
    def given_up(self) -> Counter[Call]:
        """The messages that were given up, and for how many deliveries each of them stood: several, if a digest."""
        lost = (one for one in self._owed.values() if one["state"] == "failed")
        return Counter(tuple(attempt["at"] for attempt in one["attempts"]) for one in lost)

    def violations(self, *, may_fail: bool) -> Iterator[str]:
        if self._surplus:
            yield "more deliveries than events"
        for tags in self._accepted.values():
            yield from self._in_order(tags)
            for tag in tags:
                yield from self._ended(tag, may_fail=may_fail)
        yield from self._digests_add_up()

    def shown_twice(self) -> set[str]:
        """What stands there more than once: tags of messages of their own, and digests. A group's chat shows only what
        has another msgUuid.
        """
        shown = Counter(found[0] for found, _ in self._alone if found)
        shown += Counter(one["text"] for one in self._digests)
        return {what for what, count in shown.items() if count > 1}

    def _ended(self, tag: str, *, may_fail: bool) -> Iterator[str]:
        delivery = self._owed.get(tag)
        if delivery is None:
            yield f"{tag} was accepted and is owed to nobody"
            return
        state, reason = delivery["state"], delivery["reason"]
        shown = any(found and found[0] == tag for found, _ in self._alone)
        if state == "sent" and delivery["digest"] is None and not shown:
            yield f"{tag} is said to be sent and is not there"
        if state == "sent" and delivery["digest"] is not None and shown:
            yield f"{tag} stands in a digest and alone"
        if state != "sent" and not (state == "failed" and may_fail and reason == _MAY_FAIL):
            yield f"{tag} ended {state}: {reason}"

    def _in_order(self, tags: Sequence[str]) -> Iterator[str]:
        """Never "cleared" before "active": as the record has it, and as the chat shows it."""
        moments = [one["sent_at"] for tag in tags if (one := self._owed.get(tag)) and one["sent_at"]]
        if moments != sorted(moments):
            yield f"{tags[0]} … were not sent in their order: {moments}"
        mine = set(tags)
        first_shown = list(dict.fromkeys(found[0] for found, _ in self._alone if found and found[0] in mine))
        if first_shown != sorted(first_shown):
            yield f"the chat shows {first_shown}"

    def _digests_add_up(self) -> Iterator[str]:
        """Each counts what it stands for; what went twice counts once, and each that was given up is there or not."""
        merged = sum(one["state"] == "sent" and one["digest"] is not None for one in self._owed.values())
        told = sum({one["text"]: _notifications(one["text"]) for one in self._digests}.values())
        lost = [count for count in self.given_up.values() if count > 1]
        possible = {merged}
        for count in lost:
            possible |= {total + count for total in possible}
        if told not in possible:
            yield f"{merged} deliveries, and perhaps {lost} more, stand in digests that count {told}"


def _notifications(text: str) -> int:
    found = _NOTIFICATIONS.search(text) or _DIGEST.search(text)
    return int(found[1]) if found else 0
