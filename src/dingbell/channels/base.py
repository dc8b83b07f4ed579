"""What every channel takes and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Form(StrEnum):
    """How a message is drawn in the chat."""

    TEXT = "text"
    MARKDOWN = "markdown"
    ACTION_CARD = "action_card"


@dataclass(frozen=True, slots=True)
class Button:
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Mentions:
    """Whom a robot message calls by name (dingtalk-api §1.6). At most 50 people a message."""

    everyone: bool = False
    mobiles: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()

    def together(self, other: Mentions) -> Mentions:
        """Everybody that one of the two calls."""
        mobiles, user_ids = self.mobiles + other.mobiles, self.user_ids + other.user_ids
        return Mentions(self.everyone or other.everyone, tuple(dict.fromkeys(mobiles)), tuple(dict.fromkeys(user_ids)))


@dataclass(frozen=True, slots=True)
class Message:
    """A rendered message before a channel puts it into its own body.

    `text` is DingTalk markdown for MARKDOWN and ACTION_CARD, plain text for TEXT.
    An ACTION_CARD has at least one button.
    """

    form: Form
    title: str
    text: str
    buttons: tuple[Button, ...] = ()
    mentions: Mentions = Mentions()


class Verdict(StrEnum):
    """What an answer means for the send; each value states a fact about the receiver's chat.

    SENT: DingTalk took it. RETRY: not taken, the same body may go again after `wait_s`.
    HOLD: not taken, nothing may go to this robot or app before `wait_s` is over.
    QUOTA: not taken, the organisation's month is used up. REFUSED_*: not taken and never will be
    as it stands. UNKNOWN: it may or may not have been taken.
    """

    SENT = "sent"
    RETRY = "retry"
    HOLD = "hold"
    QUOTA = "quota"
    REFUSED_CONFIGURATION = "refused_configuration"
    REFUSED_CONTENT = "refused_content"
    REFUSED_RECIPIENT = "refused_recipient"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """One answer, classified.

    `reason` is a stable snake_case name (`signature_mismatch`, `robot_rate_limited`, `timeout`, …) that has a
    text for people in `dingtalk.errors`. `text` is the other side's own wording, free of secrets, at most 500
    characters. `recipients` holds only those userIds whose result differs from the call's own.
    `clock_skew_s` is positive when the local clock is ahead of DingTalk's.
    """

    verdict: Verdict
    reason: str
    http_status: int | None = None
    code: str | None = None
    text: str = ""
    wait_s: float = 0.0
    request_id: str | None = None
    process_query_key: str | None = None
    recipients: Mapping[str, Result] = field(default_factory=dict)
    clock_skew_s: float | None = None
