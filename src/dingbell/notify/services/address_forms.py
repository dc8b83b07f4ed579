"""The common ways beside DingTalk in fields of their own: each makes the Apprise URL nobody should have to know."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from django.utils.translation import gettext as _
from msgspec import Struct

from dingbell.notify.refusals import Findings

MAIL_PORTS = {"ssl": 465, "starttls": 587, "none": 25}
_SERVER = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_MAILBOX = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_KEY = re.compile(r"[A-Za-z0-9_-]{8,200}")
_MOST_RECIPIENTS = 20


class MailForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """An SMTP server. `security`: ssl, starttls or none; `port` null: the usual one; without `user` nobody signs in."""

    server: str = ""
    port: int | None = None
    security: str = "ssl"
    user: str = ""
    password: str = ""
    sender: str = ""
    to: list[str] = []


class ChatForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """The robot of a group: its webhook, or the key at the end of it."""

    webhook: str = ""


class SmsForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """Twilio: numbers with the country's +86."""

    account_sid: str = ""
    auth_token: str = ""
    sender: str = ""
    to: list[str] = []


class HttpForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """An address of one's own that takes JSON: {"title", "message", "type"}."""

    url: str = ""


Form = MailForm | ChatForm | SmsForm | HttpForm


def build(kind: str, form: Any, place: str, findings: Findings) -> str:
    """The URL, "" where something is wrong with what was filled in."""
    before = len(findings.errors)
    url = _BUILDERS[kind](form, place, findings)
    return url if len(findings.errors) == before else ""


def _mail(form: MailForm, place: str, findings: Findings) -> str:
    server = form.server.strip()
    if not _SERVER.fullmatch(server):
        findings.add(f"{place}.server", _("请填写邮件服务器的主机名，例如 smtp.example.com"))
    if form.security not in MAIL_PORTS:
        findings.add(f"{place}.security", _("只能是 ssl、starttls 或 none"))
    if form.port is not None and not 0 < form.port < 65_536:
        findings.add(f"{place}.port", _("端口是 1 到 65535 的数字"))
    if form.password and not form.user.strip():
        findings.add(f"{place}.user", _("填写了密码，也要填写用户名"))
    if not _MAILBOX.fullmatch(form.sender.strip()):
        findings.add(f"{place}.sender", _("请填写发件人的邮箱地址"))
    to = _recipients(form.to, _MAILBOX, _("这不是邮箱地址：%(text)s"), place, findings)
    scheme = "mailto" if form.security == "none" else "mailtos"
    port = form.port or MAIL_PORTS.get(form.security, 0)
    parameters = {"smtp": server, "from": form.sender.strip(), "to": ",".join(to)}
    if form.security != "none":
        parameters["mode"] = form.security
    if form.user.strip():
        parameters["user"] = form.user.strip()
    secret = f":{quote(form.password, safe='')}@" if form.password else ""
    return f"{scheme}://{secret}{server}:{port}/?{urlencode(parameters)}"


def _wecom(form: ChatForm, place: str, findings: Findings) -> str:
    key = form.webhook.strip().partition("key=")[2].partition("&")[0] or form.webhook.strip()
    if not _KEY.fullmatch(key):
        findings.add(f"{place}.webhook", _("请粘贴企业微信群机器人的 Webhook 地址，它以 key=… 结尾"))
    return f"wecombot://{key}"


def _feishu(form: ChatForm, place: str, findings: Findings) -> str:
    token = form.webhook.strip().partition("?")[0].rstrip("/").rpartition("/")[2]
    if not _KEY.fullmatch(token):
        findings.add(f"{place}.webhook", _("请粘贴飞书群机器人的 Webhook 地址，它以 /hook/… 结尾"))
    return f"feishu://{token}"


def _sms(form: SmsForm, place: str, findings: Findings) -> str:
    if not re.fullmatch(r"AC[0-9a-fA-F]{32}", form.account_sid.strip()):
        findings.add(f"{place}.account_sid", _("Account SID 是 AC 开头的 34 个字符"))
    if not re.fullmatch(r"[0-9a-zA-Z]{32}", form.auth_token.strip()):
        findings.add(f"{place}.auth_token", _("Auth Token 是 32 个字符"))
    if not _PHONE.fullmatch(form.sender.strip()):
        findings.add(f"{place}.sender", _("号码要带国家代码，例如 +8613900000001"))
    to = _recipients(form.to, _PHONE, _("号码要带国家代码，例如 +8613900000001；收到：%(text)s"), place, findings)
    return f"twilio://{form.account_sid.strip()}:{form.auth_token.strip()}@{form.sender.strip()}/{'/'.join(to)}"


def _http(form: HttpForm, place: str, findings: Findings) -> str:
    url = form.url.strip()
    scheme, _colon, rest = url.partition("://")
    if scheme not in ("http", "https") or not rest or re.search(r"\s", url):
        findings.add(f"{place}.url", _("请填写以 http:// 或 https:// 开头的地址"))
    return f"{'jsons' if scheme == 'https' else 'json'}://{rest}"


def _recipients(given: list[str], pattern: re.Pattern[str], problem: str, place: str, findings: Findings) -> list[str]:
    listed = list(dict.fromkeys(one.strip() for one in given if one.strip()))
    if not listed:
        findings.add(f"{place}.to", _("至少填写一个收件人"))
    if len(listed) > _MOST_RECIPIENTS:
        findings.add(f"{place}.to", _("一个地址最多 %(most)d 个收件人") % {"most": _MOST_RECIPIENTS})
    for number, one in enumerate(listed):
        if not pattern.fullmatch(one):
            findings.add(f"{place}.to[{number}]", problem % {"text": one[:60]})
    return listed


_BUILDERS: Mapping[str, Callable[[Any, str, Findings], str]] = {
    "mail": _mail, "wecom": _wecom, "feishu": _feishu, "sms": _sms, "http": _http,
}  # fmt: skip
KINDS = tuple(_BUILDERS)
