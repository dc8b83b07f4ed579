"""Ways out beside DingTalk through Apprise: e-mail, SMS, WeCom, Feishu and what else has an address (decision 0023).

Apprise is an extra of the installation: without it addresses are neither taken nor sent to. It says only whether it
succeeded, so that is all a Result says. Its dingtalk:// is never used: it does not read DingTalk's answers.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from dingbell.channels.base import Form, Message, Result, Verdict
from dingbell.channels.dingtalk.fitting import cut, safe, title_and_text
from dingbell.channels.hosts import DINGTALK_HOSTS
from dingbell.channels.redaction import redact

DEADLINE_S = 10.0
_CONNECT_S, _READ_S = "4", "5"  # of each socket call; the deadline holds for all of them together
_WAIT_S = 20.0  # between the tries of one message
_THREAD = "apprise"
_URLLIB3_LOGGERS = ("connection", "connectionpool", "poolmanager", "response", "util.retry")
_MOST_BYTES = 16_000
# WeCom refuses a longer text (with HTTP 200, which Apprise takes for success).
_MOST_BYTES_OF = {"wecombot": 2_000, "wechat": 2_000}
_MAIL = ("mailto", "mailtos")
_WEBHOOKS = ("json", "jsons", "xml", "xmls", "form", "forms")
# Their addresses name a server first; in every other one the first part may be a key.
_OF_A_SERVER = frozenset((*_MAIL, *_WEBHOOKS, "gotify", "gotifys", "mmost", "mmosts", "rocket", "rockets", "synology",
                          "synologys", "smseagle", "smseagles", "nctalk", "nctalks", "hassio", "hassios", "goalert",
                          "goalerts", "signal", "signals", "onebot", "onebots"))  # fmt: skip
# What goes over the network and needs nothing of this computer: no file, no program, no desktop, no driver.
SCHEMES = _OF_A_SERVER | frozenset((
    "wecombot", "wechat", "feishu", "lark", "pushplus", "schan", "wxpusher", "spugpush", "pushdeer", "pushdeers",
    "bark", "barks", "pushme", "wpush", "qq", "kook", "slack", "discord", "tgram", "workflow", "workflows", "wxteams",
    "webex", "zulip", "gchat", "line", "matrix", "matrixs", "ntfy", "ntfys", "pover", "twilio", "vonage", "nexmo",
    "sinch", "plivo", "msgbird", "clicksend", "d7sms", "bulksms", "sns", "httpsms", "infobip", "whatsapp",
    "ses", "sendgrid", "mailgun", "smtp2go", "brevo", "resend", "postmark", "pagerduty", "opsgenie", "signl4",
    "squadcast", "splunk", "victorops",
))  # fmt: skip
# Parameters of Apprise that read or write files here, look somewhere else, or repeat by themselves.
_REFUSED_PARAMETERS = frozenset({"pgp", "pgppub", "pgpprv", "pgpkey", "wkd", "vapid", "keyfile", "attach", "inline"})
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_SPACES = re.compile(r"[\x00-\x20\x7f\u3000\ufeff]")

TEXTS: Mapping[str, tuple[str, str]] = {
    "apprise_missing": (
        "没有安装 Apprise，不能使用钉钉以外的通知方式。请管理员执行：pip install 'dingbell[channels]'",
        "Apprise is not installed, so only DingTalk can be used. The administrator runs: "
        "pip install 'dingbell[channels]'",
    ),
    "address_empty": ("请填写地址。", "Enter an address."),
    "address_masked": (
        "带星号的地址是隐藏后的显示，不能使用。请填写完整的地址。",
        "An address with asterisks is only a masked display. Enter the complete address.",
    ),
    "address_spaces": (
        "地址中不能有空格。特殊字符请写成 %20 这样的形式。",
        "An address has no spaces. Write special characters like %20.",
    ),
    "address_no_scheme": (
        "地址要以类型开头，例如 mailtos:// 或 wecombot://。",
        "An address begins with its kind, for example mailtos:// or wecombot://.",
    ),
    "address_dingtalk": (
        "钉钉请用“钉钉”类型的通知服务：它读取钉钉的应答，遵守频率限制。Apprise 的 dingtalk:// 不读应答，这里不使用。",
        "For DingTalk use a service of the type DingTalk: it reads the answers and keeps the limits. Apprise's "
        "dingtalk:// reads no answer and is not used here.",
    ),
    "address_kind_unknown": (
        "没有这种地址：{scheme}://。请对照 Apprise 的说明检查。",
        "There is no such kind of address: {scheme}://. Check it against Apprise's documentation.",
    ),
    "address_kind_refused": (
        "不能使用 {scheme}://：这里只接受经网络发送、不使用本机文件和程序的方式。",
        "{scheme}:// cannot be used: only ways over the network that use no file and no program of this computer.",
    ),
    "address_parameter": (
        "地址中不能有参数 {name}。",
        "The address may not have the parameter {name}.",
    ),
    "address_wrong": (
        "{scheme}:// 地址不完整或写错了。请检查每一部分。",
        "This {scheme}:// address is incomplete or wrong. Check each of its parts.",
    ),
}


class AddressError(ValueError):
    """What was entered cannot be used; `code` is a key of TEXTS, `params` fill its text and hold no secret."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def text(self, language: str) -> str:
        chinese, english = TEXTS[self.code]
        return (chinese if language.startswith("zh") else english).format(**self.params)


@dataclass(frozen=True, slots=True)
class Address:
    """`url` is a secret; `masked` is its kind and, where the address names one, its server."""

    url: str = field(repr=False)
    scheme: str
    masked: str


def available() -> bool:
    """Whether Apprise is installed."""
    return find_spec("apprise") is not None


def parse(entered: str) -> Address:
    """An Apprise URL, or the web address of a chat's robot that Apprise knows. Raises AddressError."""
    if not available():
        raise AddressError("apprise_missing")
    url = entered.strip(" \t\r\n\u3000\ufeff")
    if not url:
        raise AddressError("address_empty")
    if "***" in url:
        raise AddressError("address_masked")
    if _SPACES.search(url):
        raise AddressError("address_spaces")
    if "://" not in url:
        raise AddressError("address_no_scheme")
    plugin, scheme = _plugin(url)
    return Address(url, scheme, _masked(plugin, scheme))


def encode(message: Message, scheme: str) -> bytes:
    """What is frozen of a message: title, text and form as JSON. A text too long for this kind is cut and marked."""
    title, text = title_and_text(message.title, message.text)
    links = [(safe(button.title), safe(button.url)) for button in message.buttons]
    if message.form is Form.TEXT:
        text = "\n".join([text, *(f"{name}: {url}" for name, url in links)])
    else:
        text = "\n\n".join([text, *(f"[{name}]({url})" for name, url in links)])
    most = _MOST_BYTES_OF.get(scheme, _MOST_BYTES)
    text = cut(text, lambda part: len(part.encode()) <= most - len(title.encode()), at_line=True)
    form = Form.TEXT if message.form is Form.TEXT else Form.MARKDOWN
    return json.dumps({"title": title, "text": text, "form": form.value}, ensure_ascii=False).encode()


async def send(url: str, body: bytes, deadline_s: float = DEADLINE_S) -> Result:
    """Hand an encoded message over once; never raises.

    Each has a thread of its own: those that hang hold up no other. It is not known what a repeated message does, so
    one that took longer than the deadline is UNKNOWN. Its thread is left behind: nothing in Python can end it.
    """
    answer: Future[Result] = Future()
    answer.set_running_or_notify_cancel()  # it cannot be cancelled: its thread sets it whoever still waits
    threading.Thread(target=lambda: answer.set_result(_send(url, body)), name=_THREAD, daemon=True).start()
    try:
        async with asyncio.timeout(deadline_s):
            return await asyncio.wrap_future(answer)
    except TimeoutError:
        return Result(Verdict.UNKNOWN, "apprise_timeout", wait_s=_WAIT_S)


def through(proxy: str, ca_file: str, folder: Path) -> None:
    """Have Apprise go by this proxy and trust these certificates too, as far as it can: e-mail knows neither.

    It takes both from the environment only; what is set there already stays. `folder` keeps all certificates together.
    """
    if proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            os.environ.setdefault(name, proxy)
        os.environ.setdefault("NO_PROXY", "localhost,127.0.0.1,::1")
    if ca_file and available() and "REQUESTS_CA_BUNDLE" not in os.environ:
        import certifi

        together = folder / "certificates-of-apprise.pem"
        together.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + Path(ca_file).read_bytes())
        os.environ["REQUESTS_CA_BUNDLE"] = str(together)


def plain(markdown: str) -> str:
    """DingTalk markdown as plain text, for ways that draw none."""
    text = re.sub(r"</?font[^>]*>", "", markdown)
    text = re.sub(r"!?\[([^\[\]]*)\]\(([^()\s]+)\)", r"\1: \2", text)
    text = re.sub(r"^\s{0,3}(#{1,6}\s+|>\s?|[-*+]\s+(?=\S))", "", text, flags=re.MULTILINE)
    text = re.sub(r"\*\*([^*\n]+)\*\*", r"\1", text)
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _send(url: str, body: bytes) -> Result:
    try:
        plugin, _scheme = _plugin(url)
    except AddressError as error:
        reason = "apprise_missing" if error.code == "apprise_missing" else "address_unusable"
        return Result(Verdict.REFUSED_CONFIGURATION, reason)
    said = json.loads(body)
    try:
        result = _sender(plugin).notify(**_arguments(plugin, said))
    except Exception as error:  # noqa: BLE001 -- a hundred plugins: whatever one of them does, the message is not lost
        return _failed(type(error).__name__, url)
    if result:
        return Result(Verdict.SENT, "ok")
    words = [entry.message for entry in result.logs() if entry.level in ("WARNING", "ERROR")]
    return _failed(" ".join(words), url)


def _failed(words: str, url: str) -> Result:
    text = redact(" ".join(safe(words).split()), _secrets(url))[:500]
    return Result(Verdict.RETRY, "apprise_failed", text=text, wait_s=_WAIT_S)


def _secrets(url: str) -> set[str]:
    """Every part of the address, as it stands and decoded: a plugin may quote any of them."""
    rest = url.partition("://")[2]
    parts = {part for part in re.split(r"[/?&=:@,#]+", rest) if len(part) >= 6}
    host = urlsplit(url).hostname or ""
    return ({url} | parts | {unquote(part) for part in parts}) - {host}


def _plugin(url: str) -> tuple[Any, str]:
    """Apprise's object for the address and its kind. Raises AddressError."""
    if not available():
        raise AddressError("apprise_missing")
    from apprise import Apprise
    from apprise.plugins import url_to_dict

    _quiet()
    given = url.partition("://")[0].lower()
    named = re.sub(r"[^a-z0-9+.-]", "", given)[:20]
    if given == "dingtalk":
        raise AddressError("address_dingtalk")
    if given not in SCHEMES and given not in ("http", "https"):
        known = given in _known_schemes()
        raise AddressError("address_kind_refused" if known else "address_kind_unknown", scheme=named)
    found = url_to_dict(url, secure_logging=True)
    if not found:
        own = urlsplit(url).hostname in DINGTALK_HOSTS
        raise AddressError("address_dingtalk" if own else "address_wrong", scheme=named)
    scheme = str(found.get("schema", ""))
    if scheme == "dingtalk":
        raise AddressError("address_dingtalk")
    if scheme not in SCHEMES:
        raise AddressError("address_kind_refused", scheme=scheme or named)
    for name in {str(key).lower() for key in found.get("qsd", {})} & _REFUSED_PARAMETERS:
        raise AddressError("address_parameter", name=name)
    found |= {"cto": _CONNECT_S, "rto": _READ_S, "retry": 0, "overflow": "truncate"}
    plugin = Apprise.instantiate(found, asset=_asset())
    if plugin is None:
        raise AddressError("address_wrong", scheme=named)
    return plugin, scheme


def _asset() -> Any:
    """Nothing on disk, no redirect, nothing of its own begun in the background."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="DingBell", app_desc="DingBell", app_url="", http_redirects=False, pgp_autogen=False, pem_autogen=False,
        async_mode=False, service_timeout=0, allow_templates=False,
    )  # fmt: skip


def _sender(plugin: Any) -> Any:
    from apprise import Apprise

    sender = Apprise(asset=plugin.asset)
    sender.add(plugin)
    return sender


def _arguments(plugin: Any, said: Mapping[str, str]) -> dict[str, str]:
    """Marked up for those who draw it, else plain. Who shows no title has it in the text already."""
    formats = plugin.notify_format if isinstance(plugin.notify_format, tuple) else (plugin.notify_format,)
    draws = said["form"] == Form.MARKDOWN and str(getattr(formats[0], "value", formats[0])) != "text"
    text = said["text"] if draws or said["form"] == Form.TEXT else plain(said["text"])
    title = said["title"] if plugin.title_maxlen > 0 else ""
    return {"title": title, "body": text, "body_format": "markdown" if draws else "text"}


def _known_schemes() -> frozenset[str]:
    from apprise.manager_plugins import NotificationManager

    return frozenset(NotificationManager().schemas())


def _masked(plugin: Any, scheme: str) -> str:
    host = str(getattr(plugin, "smtp_host", None) or plugin.host or "") if scheme in _OF_A_SERVER else ""
    if not _HOST.fullmatch(host):
        return f"{scheme}://***"
    return f"{scheme}://{host}:{plugin.port}/***" if plugin.port else f"{scheme}://{host}/***"


@cache
def _quiet() -> None:
    """Its log names addresses whole, and so do those of what it sends with."""
    logging.getLogger("apprise").propagate = False
    for name in _URLLIB3_LOGGERS:
        logging.getLogger(f"urllib3.{name}").addFilter(lambda record: record.threadName != _THREAD)
