"""Reasons that are no code of DingTalk's: unreadable answers, the network, what the product itself decides.

Each says in Chinese and English what it means and what to do.
"""

from __future__ import annotations

from collections.abc import Mapping

from dingbell.channels.base import Verdict
from dingbell.channels.dingtalk.codes import CONFIGURATION, CONTENT, Row

ANSWERS: tuple[Row, ...] = (
    Row((), Verdict.HOLD, "ip_punished", 300,
        "钉钉暂时封锁了本机的公网 IP（调用过于频繁），5 分钟后自动恢复发送。",
        "DingTalk blocks the public IP of this site for a while (too many calls); sending goes on after "
        "5 minutes."),
    Row((), Verdict.HOLD, "answer_html", 300,
        "收到的是网页而不是钉钉的应答：IP 被暂时封锁，或被上网认证页、代理拦截。5 分钟后重试，请检查网络"
        "出口。",
        "A web page came back instead of DingTalk's answer: the IP is blocked for a while, or a login "
        "page or proxy stands in between. It is tried again in 5 minutes; check the way out."),
    Row((), Verdict.HOLD, "answer_unreadable", 300,
        "钉钉的应答无法识别，5 分钟后重试。请检查代理和接口地址。",
        "DingTalk's answer cannot be read; it is tried again in 5 minutes. Check proxy and addresses."),
    Row((), Verdict.HOLD, "redirected", 300,
        "请求被转向别的地址，通常是上网认证页。5 分钟后重试，请检查网络出口。",
        "The request was sent elsewhere, usually to a login page. It is tried again in 5 minutes; check "
        "the way out."),
    Row((), Verdict.RETRY, "server_error", 2,
        "钉钉服务器出错（HTTP 5xx），会自动重试。",
        "DingTalk's server failed (HTTP 5xx); it is tried again."),
    Row((), Verdict.RETRY, "too_many_requests", 60,
        "请求过多（HTTP 429），一分钟后重试。",
        "Too many requests (HTTP 429); it is tried again in a minute."),
    Row((), Verdict.RETRY, "unknown_code", 30,
        "钉钉返回了本系统不认识的错误码，原文见下。请按原文处理或联系技术支持。",
        "DingTalk answered with a code unknown here, see its own words. Act on them or ask support."),
    Row((), Verdict.RETRY, "token_unreadable", 10,
        "没有读到应用的访问凭证，会自动重试。请核对 API 地址。",
        "The app's access token could not be read; it is tried again. Check the API address."),
    Row((), CONTENT, "recall_refused", 0,
        "钉钉没有撤回这条消息，原文见下。",
        "DingTalk did not take the message back, see its own words."),
    Row((), Verdict.RETRY, "recall_unanswered", 60,
        "钉钉没有说明这条消息是否已撤回，会再撤一次。",
        "DingTalk did not say whether it took the message back; it is asked again."),
)  # fmt: skip

NETWORK: tuple[Row, ...] = (
    Row((), Verdict.RETRY, "dns_failed", 5,
        "无法解析域名，会自动重试。请检查本机的 DNS 设置。",
        "The name cannot be resolved; it is tried again. Check the DNS settings of this computer."),
    Row((), Verdict.RETRY, "connection_refused", 5,
        "对方拒绝连接，会自动重试。请检查地址、端口和防火墙。",
        "The connection was refused; it is tried again. Check address, port and firewall."),
    Row((), Verdict.RETRY, "unreachable", 5,
        "网络不通，会自动重试。请检查网线、路由和防火墙。",
        "There is no way to the network; it is tried again. Check cable, route and firewall."),
    Row((), Verdict.RETRY, "connect_timeout", 5,
        "连接超时，会自动重试。请检查防火墙是否放行到钉钉的 443 端口。",
        "No connection in time; it is tried again. Check that the firewall lets port 443 to DingTalk "
        "pass."),
    Row((), Verdict.RETRY, "tls_failed", 10,
        "TLS 证书校验失败，会自动重试。请检查本机时间；如果公司网络检查 HTTPS，请配置 DINGBELL_CA_FILE。",
        "The TLS certificate was refused; it is tried again. Check this computer's clock; if your "
        "network inspects HTTPS, set DINGBELL_CA_FILE."),
    Row((), Verdict.RETRY, "proxy_failed", 5,
        "无法通过代理连接，会自动重试。请检查 DINGBELL_PROXY 的地址和账号。",
        "No connection through the proxy; it is tried again. Check address and account in DINGBELL_PROXY."),
    Row((), Verdict.RETRY, "timeout", 1,
        "钉钉没有在 10 秒内应答，不确定是否已发出。",
        "DingTalk did not answer within 10 seconds; the message may or may not have gone out."),
    Row((), Verdict.RETRY, "connection_reset", 1,
        "连接在应答之前断开。",
        "The connection broke before the answer."),
    Row((), Verdict.RETRY, "bad_response", 5,
        "应答不符合 HTTP 协议。请检查代理。",
        "The answer was not proper HTTP. Check the proxy."),
    Row((), Verdict.RETRY, "response_too_large", 5,
        "应答过大，已放弃读取。请检查代理和接口地址。",
        "The answer was too large and was not read to its end. Check proxy and addresses."),
    Row((), CONFIGURATION, "host_not_allowed", 0,
        "不允许向这个主机发送。请管理员把它加入 DINGBELL_WEBHOOK_HOSTS。",
        "Sending to this host is not allowed. The administrator adds it to DINGBELL_WEBHOOK_HOSTS."),
    Row((), CONFIGURATION, "http_not_allowed", 0,
        "这个主机必须使用 https://。",
        "This host must be called with https://."),
    Row((), CONFIGURATION, "address_invalid", 0,
        "地址无效。请重新粘贴 Webhook。",
        "The address is invalid. Paste the webhook again."),
)  # fmt: skip

PRODUCT: Mapping[str, tuple[str, str]] = {
    "outcome_unknown": (
        "不确定这条消息是否已送达，为避免重复不再发送。请向接收人确认。",
        "Nobody knows whether the message arrived; it is not repeated, to avoid a double. Ask the receiver.",
    ),
    "interrupted": (
        "程序在等待应答时停止，不确定是否已发出。",
        "The program stopped while it waited for the answer; the message may or may not have gone out.",
    ),
    "internal_error": (
        "本系统内部错误，见日志。请把发送记录交给技术支持。",
        "An internal error of this product, see its log. Give the delivery record to support.",
    ),
    "rendering_failed": (
        "通知内容的模板出错。请在通知内容中预览并修改。",
        "The message's template failed. Preview and mend it.",
    ),
    "secret_unreadable": (
        "保存的密钥无法解密。请在通知服务中重新填写。",
        "A stored secret cannot be decrypted. Enter it again in the notification service.",
    ),
    "apprise_failed": (
        "没有发出。请检查地址、账号和网络；对方说了什么见每次尝试。",
        "It was not sent. Check address, account and network; what the other side said stands with each try.",
    ),
    "apprise_timeout": (
        "对方没有在 10 秒内应答，不确定是否已发出。",
        "The other side did not answer within 10 seconds; the message may or may not have gone out.",
    ),
    "apprise_missing": (
        "没有安装 Apprise，不能发到钉钉以外。请管理员执行：pip install 'dingbell[channels]'",
        "Apprise is not installed, so nothing can go beside DingTalk. The administrator runs: "
        "pip install 'dingbell[channels]'",
    ),
    "address_unusable": (
        "接收地址不能使用。请在通知服务中重新填写。",
        "The address cannot be used. Enter it again in the notification service.",
    ),
    "service_disabled": ("通知服务已停用。", "The notification service is disabled."),
    "service_deleted": ("通知服务已删除。", "The notification service was deleted."),
    "app_changed": (
        "通知服务后来换了应用：原来那个应用发的消息，现在查不了也撤不回。",
        "The service has another app since: what the former one sent can neither be asked about nor taken back.",
    ),
    "receiver_deleted": ("接收者已从通知服务中删除。", "The receiver was removed from the service."),
    "robots_switched_off": (
        "通知服务没有勾选群机器人。",
        "The notification service does not send to robots: the box is not ticked.",
    ),
    "accounts_switched_off": (
        "通知服务没有勾选个人账号。",
        "The notification service does not send to accounts: the box is not ticked.",
    ),
    "outside_schedule": ("不在通知排程的时间内。", "Outside the times of the schedule."),
    "silenced": (
        "静默期间没有发送。静默结束时仍然有效的会发出。",
        "Withheld by a silence. What still holds when it is over is sent.",
    ),
    "delayed": (
        "按规则延迟发送：到时仍然有效才发出。",
        "Delayed by its rule: it goes if it still holds by then.",
    ),
    "gathering": ("按规则收集，窗口结束时合并发送。", "Collected by its rule; it goes merged when the window ends."),
    "cleared_meanwhile": (
        "等待发送时报警已恢复，不再发送。",
        "The alarm cleared while this waited; it is not sent any more.",
    ),
    "acked_meanwhile": (
        "等待发送时报警已被确认，不再发送。",
        "The alarm was acknowledged while this waited; it is not sent any more.",
    ),
    "shelved_meanwhile": (
        "等待发送时报警已被搁置，不再发送。",
        "The alarm was shelved while this waited; it is not sent any more.",
    ),
    "not_told": (
        "这个接收者没有收到过这次报警，所以不通知恢复。",
        "This receiver was not told of the alarm, so its recovery is not told either.",
    ),
    "shelved": ("报警已搁置，不发送通知。", "The alarm is shelved; nothing is sent."),
    "digest": ("已合并到另一条消息中。", "Merged into another message."),
    "waiting_for_budget": (
        "为了不超过钉钉的发送速度，正在排队。",
        "Waiting, so that DingTalk's limit is not exceeded.",
    ),
    "waiting_for_digest": (
        "消息太多，正在等待合并到下一条消息里。",
        "Too many messages wait here; they follow in the next digest.",
    ),
    "waiting_for_person": (
        "这个人刚收到很多消息，其余的将合并发送。",
        "This person just got many messages; the rest follow merged.",
    ),
    "waiting_for_quota": (
        "企业本月的钉钉额度不够了，等待下月或增加额度。详见“额度”页面。",
        "The organisation's DingTalk quota of this month runs short; waiting for next month or more quota. See the "
        "page Quota.",
    ),
    "expired": ("等待过久，已放弃发送。", "It waited too long and was given up."),
    "cancelled": ("已被人工取消。", "Cancelled by a person."),
}
