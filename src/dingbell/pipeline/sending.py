"""From deliveries to the body of one call, and the call itself: the step between the outbox and a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

import msgspec

from dingbell.alarms import store
from dingbell.alarms.alarm import Alarm, Transition
from dingbell.channels import apprise as apprise_channel
from dingbell.channels.base import Message, Result
from dingbell.channels.dingtalk import account as account_channel
from dingbell.channels.dingtalk import mending
from dingbell.channels.dingtalk import robot as robot_channel
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.http import Http
from dingbell.delivery.claim import Move, Settle
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.plan import Frozen, Waiting
from dingbell.notify.messages import personal_links
from dingbell.notify.messages.personal_links import PersonalLink
from dingbell.notify.messages.rendering import Occurrence, Reminder
from dingbell.pipeline import notices
from dingbell.pipeline.receivers import Address, GroupRobot, Moved, Receivers, Undeliverable
from dingbell.pipeline.wording import Worded, Words
from dingbell.storage.times import HOUR


@dataclass(frozen=True, slots=True)
class Outside:
    """What sending needs from outside: the network, the tokens, how the plant tells time and where its pages are."""

    http: Http
    tokens: Tokens
    zone: tzinfo
    public_url: str
    personal_link_hours: int = 24


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a call to be frozen, with what people should know of its words (pipeline.wording)."""

    text: str
    remark: str = ""
    fault: str = ""


def body_for(
    deliveries: Sequence[Waiting], lane: str, send_id: str, receivers: Receivers, outside: Outside
) -> Body | Settle | Move:
    """The body for deliveries of one content to one robot or up to 20 people, or what to do instead."""
    ids = tuple(delivery.id for delivery in deliveries)
    first = deliveries[0]
    try:
        if first.robot_id is not None:
            worded = message_for(first, receivers.words, outside)
            body = to_group(worded.message, first.robot_id, lane, send_id, receivers, first.way)
            return Body(body, first.way or worded.remark, worded.fault)
        app = receivers.app(first.service_id, lane)
        wanted = dict.fromkeys(delivery.account_id for delivery in deliveries if delivery.account_id is not None)
        people = receivers.user_ids(wanted)
        gone = tuple(delivery.id for delivery in deliveries if delivery.account_id not in people)
        if gone:
            return Settle(gone, DeliveryState.FAILED, "receiver_deleted")
        worded = message_for(first, receivers.words, outside)
        msg_key, msg_param = account_channel.encode(mending.mended(worded.message, first.way))
        body = account_channel.body(app.robot_code, list(people.values()), msg_key, msg_param).decode()
        return Body(body, first.way or worded.remark, worded.fault)
    except Moved as moved:
        return Move(ids, moved.lane)
    except Undeliverable as no:
        return Settle(ids, no.state, no.reason)


def to_group(message: Message, robot_id: int, lane: str, send_id: str, receivers: Receivers, way: str = "") -> str:
    """The body that tells a group, or an address beside DingTalk. Raises Moved and Undeliverable.

    `way` is how the message is mended (channels.dingtalk.mending).
    """
    if is_address(lane):
        return apprise_channel.encode(message, receivers.address(robot_id, lane).scheme).decode()
    robot = receivers.robot(robot_id, lane)
    called = replace(message, mentions=message.mentions.together(robot.mentions))
    return robot_channel.encode(mending.mended(called, way), robot.keywords, send_id).decode()


def is_address(lane: str) -> bool:
    """Whether it is the lane of an address that Apprise reaches: a repeated message shows twice there."""
    return lane.startswith("x:")


def message_for(delivery: Waiting, words: Words, outside: Outside) -> Worded:
    """What people read. Deliveries of one `content` share it."""
    if delivery.notice_id is not None:
        return Worded(notices.message(delivery.notice_id))
    if not delivery.repetition:
        said = words.said(delivery.event_id, delivery.message_id) if not delivery.personal else None
        if said is None:
            said = message_of(store.journaled(delivery.event_id), delivery, words, outside)
            if not delivery.personal:
                words.remember(delivery.event_id, delivery.message_id, said)
        return said
    happened = store.journaled(delivery.event_id)
    # What it reminds of is told as it stands now.
    alarm = store.fetch_by_id([delivery.alarm_id]).get(delivery.alarm_id, happened.alarm)
    return message_of(msgspec.structs.replace(happened, alarm=alarm), delivery, words, outside)


def message_of(happened: Transition, delivery: Waiting, words: Words, outside: Outside) -> Worded:
    """What `delivery` would say if this had happened. Nothing of it need be stored."""
    occurrence = Occurrence(
        happened.kind,
        happened.alarm,
        happened.time_us,
        happened.actor,
        happened.note,
        _url(delivery, happened.alarm, outside),
    )
    return words.word(delivery.message_id, occurrence, outside.zone, _reminder(delivery, happened))


def _reminder(delivery: Waiting, happened: Transition) -> Reminder | None:
    if not delivery.repetition:
        return None
    waited_us = max(0, delivery.created_us - happened.time_us)
    return Reminder(delivery.repetition, timedelta(microseconds=waited_us))


def _url(delivery: Waiting, alarm: Alarm, outside: Outside) -> str:
    """Where the receiver opens the alarm: a link of their own where the block asks for it, never in a group."""
    if not outside.public_url:
        return ""
    if not delivery.personal or delivery.account_id is None:
        return f"{outside.public_url}/alarms/{alarm.id}/"
    until_us = delivery.since_us + outside.personal_link_hours * HOUR
    link = PersonalLink(alarm.id, delivery.account_id, alarm.occurrences, until_us)
    return outside.public_url + personal_links.path(link)


def receiver(send: Frozen, lane: str, receivers: Receivers) -> GroupRobot | App | Address:
    """Whom a send calls. Raises Moved and Undeliverable when the configuration no longer allows it."""
    if send.robot_id is None:
        return receivers.app(send.service_id, lane).app
    return receivers.address(send.robot_id, lane) if is_address(lane) else receivers.robot(send.robot_id, lane)


async def call(to: GroupRobot | App | Address, body: bytes, outside: Outside, now: datetime) -> Result:
    """Make the call. Reads nothing of ours."""
    if isinstance(to, GroupRobot):
        return await robot_channel.send(outside.http, to.webhook, to.secret, body, now)
    if isinstance(to, App):
        return await account_channel.send(outside.http, outside.tokens, to, body, now)
    return await apprise_channel.send(to.url, body)
