"""Services as the contract writes them (design §5): `…Input` comes in, `…Answer` goes out.

In an input every field may be left out: a change keeps what it does not mention. What only an answer has is
accepted and ignored, so that an answer can be edited and sent back.
"""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from dingbell.notify.refusals import FieldError, Text
from dingbell.notify.services.address_forms import ChatForm, HttpForm, MailForm, SmsForm


class MentionsDocument(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom a robot calls with every message: @所有人, or up to 50 people by mobile number or userId."""

    everyone: bool = False
    mobiles: list[str] = []
    user_ids: list[str] = []


class RobotInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A masked `webhook` keeps the one there is; `secret` "" removes it; `mentions` replaces what there is."""

    id: int | UnsetType | None = UNSET
    alias: Text = UNSET
    webhook: Text = UNSET
    secret: Text = UNSET
    keywords: list[str] | UnsetType | None = UNSET
    pool: Text = UNSET
    mentions: MentionsDocument | UnsetType | None = UNSET
    has_secret: Any = UNSET
    needs_secret: Any = UNSET


class AppInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`client_secret` "" removes it."""

    client_id: Text = UNSET
    client_secret: Text = UNSET
    robot_code: Text = UNSET
    has_client_secret: Any = UNSET
    needs_secret: Any = UNSET


class AccountInput(Struct, kw_only=True, forbid_unknown_fields=True):
    id: int | UnsetType | None = UNSET
    user_id: Text = UNSET
    name: Text = UNSET
    mobile: Text = UNSET
    department: Text = UNSET
    presence: Any = UNSET
    checked_at: Any = UNSET


class AddressInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """An Apprise URL as `url` (a masked one keeps what there is), or one of the forms that make one."""

    id: int | UnsetType | None = UNSET
    alias: Text = UNSET
    url: Text = UNSET
    mail: MailForm | UnsetType | None = UNSET
    wecom: ChatForm | UnsetType | None = UNSET
    feishu: ChatForm | UnsetType | None = UNSET
    sms: SmsForm | UnsetType | None = UNSET
    http: HttpForm | UnsetType | None = UNSET
    needs_secret: Any = UNSET


class ServiceInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """`send_to` holds "robot", "account" or both. What a given list leaves out is removed.

    A service of the type `apprise` has `addresses` and nothing else. `tells_system`: what the system has to say of
    itself goes here; where no service is chosen for it, to every robot. `organisation` tells DingTalk organisations
    apart, each with a monthly quota of its own; usually there is one, and it is empty.
    """

    name: Text = UNSET
    description: Text = UNSET
    type: Text = UNSET
    enabled: bool | UnsetType = UNSET
    send_to: list[str] | UnsetType = UNSET
    robots: list[RobotInput] | UnsetType = UNSET
    app: AppInput | UnsetType | None = UNSET
    accounts: list[AccountInput] | UnsetType = UNSET
    addresses: list[AddressInput] | UnsetType = UNSET
    tells_system: bool | UnsetType = UNSET
    organisation: Text = UNSET
    id: Any = UNSET
    created_at: Any = UNSET
    needs_secret: Any = UNSET
    warnings: Any = UNSET


class RobotAnswer(Struct, kw_only=True):
    """`webhook` with its token masked; `needs_secret`: what is stored cannot be read, it must be entered again."""

    id: int
    alias: str
    webhook: str
    has_secret: bool
    needs_secret: bool
    keywords: list[str]
    pool: str
    mentions: MentionsDocument


class AppAnswer(Struct, kw_only=True):
    client_id: str
    robot_code: str
    has_client_secret: bool
    needs_secret: bool


class AccountAnswer(Struct, kw_only=True):
    """`presence` is what DingTalk's directory said at `checked_at`; "" while it was not asked."""

    id: int
    user_id: str
    name: str
    mobile: str
    department: str
    presence: str
    checked_at: str | None


class AddressAnswer(Struct, kw_only=True):
    """`url` masked: its kind and server. A receiver of rules as {"robot": id}."""

    id: int
    alias: str
    url: str
    needs_secret: bool


class ServiceAnswer(Struct, kw_only=True):
    """`needs_secret`: true when any of its secrets must be entered again (请重新填写).

    `warnings`, only after a change: what was kept although it looks wrong, by field.
    """

    id: int
    name: str
    description: str
    type: str
    enabled: bool
    send_to: list[str]
    robots: list[RobotAnswer]
    app: AppAnswer
    accounts: list[AccountAnswer]
    needs_secret: bool
    created_at: str
    addresses: list[AddressAnswer] = []
    tells_system: bool = False
    organisation: str = ""
    warnings: list[FieldError] | UnsetType = UNSET
