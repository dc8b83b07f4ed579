"""A group robot's address: read what is pasted, mask it, sign it for one request (dingtalk-api §1.1-1.4)."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, quote

from dingbell.channels.hosts import Hosts, split

STARS = "*" * 12
SHORT_TOKEN = 16  # DingTalk's have 64 characters
# What copying from a chat or a web page leaves at the ends besides white space.
_EDGES = " \t\r\n\u00a0\u200b\u2060\u3000\ufeff"
_TOKEN = re.compile(r"[A-Za-z0-9._~-]{1,256}")
_BARE_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,256}")  # no dot: a host name is not a token

TEXTS: Mapping[str, tuple[str, str]] = {
    "webhook_empty": (
        "请粘贴机器人的 Webhook 地址，在钉钉群设置 → 机器人 中复制。",
        "Paste the robot's webhook address; copy it in the DingTalk group under settings → robots.",
    ),
    "webhook_invalid": (
        "这不是 Webhook 地址，也不是 access_token。请从钉钉完整复制。",
        "This is neither a webhook address nor an access_token. Copy it whole from DingTalk.",
    ),
    "webhook_masked": (
        "带星号的地址是隐藏后的显示，不能使用。请粘贴完整的地址。",
        "An address with asterisks is only a masked display. Paste the complete address.",
    ),
    "webhook_no_token": (
        "地址中没有 access_token。请完整复制，问号后面的部分也要包含。",
        "The address has no access_token. Copy it whole, with the part after the question mark.",
    ),
    "webhook_wrong_path": (
        "这不是群机器人的地址：路径应以 /robot/send 结尾。",
        "This is not the address of a group robot: its path must end with /robot/send.",
    ),
    "host_not_allowed": (
        "不允许向 {host} 发送。如果是专有钉钉，请管理员把它加入 DINGBELL_WEBHOOK_HOSTS。",
        "Sending to {host} is not allowed. For a private DingTalk the administrator adds it to DINGBELL_WEBHOOK_HOSTS.",
    ),
    "http_not_allowed": (
        "{host} 必须使用 https://。",
        "{host} must be called with https://.",
    ),
    "secret_invalid": (
        "加签密钥中不能有空格、星号或中文。请从机器人的安全设置中重新复制。",
        "A signing secret has no spaces, asterisks or Chinese characters. Copy it again from the robot's "
        "security settings.",
    ),
    "token_short": (
        "access_token 只有 {length} 个字符，可能没有复制完整。",
        "The access_token has only {length} characters; it may be incomplete.",
    ),
    "secret_without_prefix": (
        "加签密钥通常以 SEC 开头，请检查是否复制完整。",
        "A signing secret usually starts with SEC; check that it was copied whole.",
    ),
}


class WebhookError(ValueError):
    """What was pasted cannot be used; `code` is a key of TEXTS, `params` fill its text and hold no secret."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def text(self, language: str) -> str:
        return webhook_text(self.code, language, **self.params)


@dataclass(frozen=True, slots=True)
class Webhook:
    """`address` is scheme, host, port and path, without a query."""

    address: str
    token: str = field(repr=False)

    @property
    def masked(self) -> str:
        """For people: a token under 16 characters is hidden wholly, of others the last 4 are shown."""
        shown = self.token[-4:] if len(self.token) >= SHORT_TOKEN else ""
        return f"{self.address}?access_token={STARS}{shown}"

    @property
    def url(self) -> str:
        """The whole address: a secret."""
        return f"{self.address}?access_token={quote(self.token, safe='')}"


def parse(pasted: str, hosts: Hosts) -> Webhook:
    """A full URL, also with an old timestamp and sign, or a bare token. Raises WebhookError."""
    text = pasted.strip(_EDGES)
    if not text:
        raise WebhookError("webhook_empty")
    if "*" in text:
        raise WebhookError("webhook_masked")
    bare = text.removeprefix("access_token=")
    if _BARE_TOKEN.fullmatch(bare):
        return Webhook(f"{hosts.oapi_url}/robot/send", bare)
    return _parse_url(text if "://" in text else f"https://{text}", hosts)


def unchanged(pasted: str, masked: str) -> bool:
    """Whether a form came back with the masked display of a stored webhook, or with its token part."""
    return pasted.strip(_EDGES) in (masked, masked.partition("=")[2])


def clean_secret(pasted: str) -> tuple[str, str | None]:
    """The secret without surrounding space ("" = no signing) and the code of a warning, or None.

    Raises WebhookError.
    """
    secret = pasted.strip(_EDGES)
    if any(not "!" <= char <= "~" or char == "*" for char in secret):
        raise WebhookError("secret_invalid")
    return secret, "secret_without_prefix" if secret and not secret.startswith("SEC") else None


def sign(secret: str, timestamp_ms: int) -> str:
    """Base64 of HMAC-SHA256, not yet percent-encoded (dingtalk-api §1.3)."""
    message = f"{timestamp_ms}\n{secret}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), message, "sha256")).decode()


def signed_url(webhook: Webhook, secret: str, now: datetime) -> str:
    """The URL for one request at `now` (aware), valid for an hour; unsigned without a secret."""
    if not secret:
        return webhook.url
    timestamp_ms = round(now.timestamp() * 1000)
    return f"{webhook.url}&timestamp={timestamp_ms}&sign={quote(sign(secret, timestamp_ms), safe='')}"


def webhook_text(code: str, language: str, **params: str) -> str:
    """The text of an error or warning; `language` is zh… or anything else for English."""
    chinese, english = TEXTS[code]
    return (chinese if language.startswith("zh") else english).format(**params)


def _parse_url(url: str, hosts: Hosts) -> Webhook:
    parts = split(url)
    if parts is None:
        raise WebhookError("webhook_invalid")
    refusal = hosts.refusal(url)
    if refusal:
        raise WebhookError(refusal, host=parts.netloc)
    path = parts.path.rstrip("/")
    if not path.endswith("/robot/send"):
        raise WebhookError("webhook_wrong_path")
    tokens = parse_qs(parts.query).get("access_token", [])
    if not tokens:
        raise WebhookError("webhook_no_token")
    if len(set(tokens)) > 1 or not _TOKEN.fullmatch(tokens[0]):
        raise WebhookError("webhook_invalid")
    return Webhook(f"{parts.scheme}://{parts.netloc}{path}", tokens[0])
