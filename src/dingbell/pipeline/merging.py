"""From everything that waits for one receiver to the body of one digest (合并消息), as `sending` makes a single one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from dingbell.alarms import store
from dingbell.channels.base import Message
from dingbell.channels.dingtalk import account as account_channel
from dingbell.channels.dingtalk import mending, reading
from dingbell.channels.dingtalk.fitting import CUT_MARK, safe, size
from dingbell.delivery.claim import Move, Settle
from dingbell.delivery.models import DeliveryState
from dingbell.delivery.plan import Waiting
from dingbell.notify.messages import digests
from dingbell.notify.messages.digests import Fits, Gathered, Told
from dingbell.notify.messages.rendering import Occurrence
from dingbell.pipeline import sending
from dingbell.pipeline.receivers import Moved, Receivers, Undeliverable
from dingbell.pipeline.sending import Body, Outside
from dingbell.pipeline.wording import Worded

# Ten thousand events take 20 MB while they are read, and several digests at once would be made no faster.
_one_at_a_time = threading.Lock()


def digest_for(
    deliveries: Sequence[Waiting], stale: int, lane: str, send_id: str, receivers: Receivers, outside: Outside
) -> Body | Settle | Move:
    """The body for deliveries to one robot, or to up to 20 people who wait for the same events; or what to do instead.

    `stale` counts what was too old to be told one by one. None of them is a notice's, and none is left out: one whose
    event cannot be read is to be settled first.
    """
    with _one_at_a_time:
        return _digest_for(deliveries, stale, lane, send_id, receivers, outside)


def _digest_for(
    deliveries: Sequence[Waiting], stale: int, lane: str, send_id: str, receivers: Receivers, outside: Outside
) -> Body | Settle | Move:
    ids = tuple(one.id for one in deliveries)
    told = _told(deliveries, outside)
    unreadable = tuple(one.id for one in deliveries if one.event_id not in told)
    if unreadable:
        return Settle(unreadable, DeliveryState.FAILED, "rendering_failed")
    people = receivers.user_ids({one.account_id for one in deliveries if one.account_id is not None})
    gone = tuple(one.id for one in deliveries if one.account_id is not None and one.account_id not in people)
    if gone:
        return Settle(gone, DeliveryState.FAILED, "receiver_deleted")
    try:
        encode = _encoder(deliveries[0], lane, send_id, list(people.values()), receivers)
        worded = _worded(deliveries, digests.gather(told.values(), stale), send_id, receivers, outside, _fits(encode))
        return Body(encode(worded.message), worded.remark, worded.fault)
    except Moved as moved:
        return Move(ids, moved.lane)
    except Undeliverable as no:
        return Settle(ids, no.state, no.reason)


def list_path(send_id: str) -> str:
    """Where everything that a digest stands for is listed, below PUBLIC_URL."""
    return f"/deliveries/?digest={send_id}"


def _worded(
    deliveries: Sequence[Waiting],
    gathered: Gathered,
    send_id: str,
    receivers: Receivers,
    outside: Outside,
    fits: Fits,
) -> Worded:
    """In the words of the message that all ask for, if it is one. Where DingTalk refused some, in poorer ones.

    The remark says so when all were refused: otherwise this is the first try for some of them.
    """
    url = outside.public_url + list_path(send_id) if outside.public_url else ""
    ways = {one.way for one in deliveries}
    if ways == {""}:
        asked = {one.message_id for one in deliveries}
        message_id = asked.pop() if len(asked) == 1 else None
        return receivers.words.digest(message_id, gathered, url, outside.zone, fits)

    def fits_poorer(message: Message) -> bool:
        return fits(message) and (mending.SHORTENED not in ways or size(message.text) <= mending.SHORT_BYTES)

    # It may have been the link that DingTalk did not like.
    poorer = digests.compose(gathered, "" if mending.SANITISED in ways else url, outside.zone, fits_poorer)
    return Worded(poorer.message, ways.pop() if len(ways) == 1 else "")


def _told(deliveries: Sequence[Waiting], outside: Outside) -> dict[int, Told]:
    """What happened, by event; an event that cannot be read is missing."""
    refused = {one.event_id for one in deliveries if one.way == mending.SANITISED}
    pages = f"{outside.public_url}/alarms/" if outside.public_url else ""
    happened = store.journaled_among(sorted({one.event_id for one in deliveries}))
    return {
        event_id: Told(
            event_id,
            Occurrence(
                what.kind, what.alarm, what.time_us, what.actor, what.note, f"{pages}{what.alarm.id}/" if pages else ""
            ),
            event_id in refused,
        )
        for event_id, what in happened.items()
    }


_Encode = Callable[[Message], str]


def _encoder(first: Waiting, lane: str, send_id: str, user_ids: Sequence[str], receivers: Receivers) -> _Encode:
    """From a message to the body of the call to whom `first` is for. It raises Moved and Undeliverable."""
    robot_id = first.robot_id
    if robot_id is not None:
        way = first.way if first.way == mending.UNCALLED else ""  # the others are a matter of its words
        return lambda message: sending.to_group(message, robot_id, lane, send_id, receivers, way)
    robot_code = receivers.app(first.service_id, lane).robot_code
    return lambda message: account_channel.body(robot_code, user_ids, *account_channel.encode(message)).decode()


def _fits(encode: _Encode) -> Fits:
    """Measured on the body itself: a channel cuts and marks what is too long for it."""

    def fits(message: Message) -> bool:
        text, sent = safe(message.text).strip(), reading.sent(encode(message)).text
        return text in sent and sent.count(CUT_MARK) == text.count(CUT_MARK)

    return fits
