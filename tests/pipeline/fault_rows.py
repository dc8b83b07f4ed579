"""Every answer of dingtalk-api §1.11 and §2.8, every fault of HTTP and of the network, and what becomes of a message
that meets it.

Written down by hand from the reference, not from the product's own table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

DEADLINE_S = 4.0  # of a call, in these tests
LATE_S = DEADLINE_S + 1


class Fate(Enum):
    """What becomes of the message."""

    SENT = "sent"
    AGAIN = "the same again after a wait, and then it is taken"
    MENDED = "in other words at once"
    TOKEN = "with a new access token, within the same attempt"
    WAITS = "for the organisation's next month"
    FAILED = "failed"
    TROUBLE = "failed, and its receiver is in trouble until it takes a message"

    @property
    def state(self) -> str:
        if self in (Fate.FAILED, Fate.TROUBLE):
            return "failed"
        return "pending" if self is Fate.WAITS else "sent"

    @property
    def requests(self) -> int:
        return 2 if self in (Fate.AGAIN, Fate.MENDED, Fate.TOKEN) else 1


@dataclass(frozen=True)
class Row:
    """`fault` as POST /_sim/faults takes it; `reason` is of the first attempt, `wait_s` until the second one.

    `ends` is the reason of the delivery in the end where it is another; `requests` and `shown`, the messages people
    see, where they are not its fate's. `url` is a webhook's server where it is not the simulator, `person` the userId
    where the fault names it.
    """

    name: str
    fault: Mapping[str, Any]
    fate: Fate
    reason: str
    wait_s: float | None = None
    times: int = 1
    ends: str = ""
    requests: int | None = None
    shown: int | None = None
    url: str = ""
    person: str = ""


S, A, M, K, W, F, T = Fate.SENT, Fate.AGAIN, Fate.MENDED, Fate.TOKEN, Fate.WAITS, Fate.FAILED, Fate.TROUBLE

_ROBOT: list[tuple[int, str, Fate, str, float | None]] = [
    (-1, "系统繁忙", A, "system_busy", 1),
    (500100, "系统异常", A, "robot_system_error", 2),
    (130101, "send too fast, exceed 20 times per minute", A, "robot_rate_limited", 600),
    (410100, "发送速度太快而限流", A, "robot_rate_limited", 600),
    (90001, "", A, "qps_limited", 1),
    (90002, "", A, "platform_qps_limited", 1),
    (90018, "", A, "app_qps_limited", 1),
    (90020, "调用量:10001次,额度:10000次", W, "api_quota_exhausted", None),
    (90030, "webhook over limit", W, "webhook_quota_exhausted", None),
    (310000, "keywords not in content", T, "keyword_missing", None),
    (310000, "description:机器人发送签名过期;solution:…", T, "timestamp_invalid", None),
    (310000, "invalid timestamp", T, "timestamp_invalid", None),
    (310000, "sign not match, more: [https://ding-doc.dingtalk.com/]", T, "signature_mismatch", None),
    (310000, "description:机器人发送签名不匹配;solution:…", T, "signature_mismatch", None),
    (310000, "ip 203.0.113.7 not in whitelist", T, "ip_not_whitelisted", None),
    (310000, "description:ip 不在白名单中", T, "ip_not_whitelisted", None),
    (310000, "something new", T, "security_check_failed", None),
    (300001, "token is not exist", T, "robot_token_wrong", None),
    (300001, "message param title or text is null", M, "title_or_text_missing", 0),
    (300001, "param error", F, "body_not_json", None),
    (300005, "token is not exist", T, "robot_token_foreign", None),
    (400101, "access_token不存在", T, "robot_token_unknown", None),
    (400102, "机器人已停用", T, "robot_disabled", None),
    (400106, "机器人不存在", T, "robot_not_in_group", None),
    (400013, "群已被解散", T, "group_dissolved", None),
    (400105, "不支持的消息类型", M, "message_type_unsupported", 0),
    (400402, "miss param : markdown->title", M, "title_missing", 0),
    (400403, "miss param : markdown->text", M, "text_missing", 0),
    (401102, "miss param : at", M, "parameter_missing", 0),
    (99, "send forbidden", T, "robot_send_forbidden", None),
    (40035, "缺少参数 json", F, "body_format", None),
    (43004, "无效的HTTP HEADER Content-Type", F, "content_type_wrong", None),
    (43005, "", F, "content_type_wrong", None),
    (460101, "message too long, exceed 20000 bytes", M, "message_too_long", 0),
    (101002, "message is too long", M, "message_too_long", 0),
    (430101, "unSafe URL", M, "unsafe_link", 0),
    (430102, "含有不合适的文本", M, "unsuitable_text", 0),
    (430103, "含有不合适的图片", M, "unsuitable_picture", 0),
    (430104, "含有不合适的内容", M, "unsuitable_content", 0),
    (40048, "url中包含不合法domain", M, "illegal_link_domain", 0),
    (40033, "不合法的字符", M, "illegal_characters", 0),
    (450101, "", A, "robot_throttled", 60),
    (1, "only group admin can @ All", M, "mention_all_forbidden", 0),
    (987654, "从没见过", A, "unknown_code", 30),
]

_PERMISSION = "Forbidden.AccessDenied.AccessTokenPermissionDenied"
_ACCOUNT: list[tuple[str, Fate, str, float | None]] = [
    ("InvalidAuthentication", K, "ok", None),
    (_PERMISSION, T, "permission_missing", None),
    ("Forbidden.AccessDenied.IpNotInWhiteList", T, "app_ip_not_whitelisted", None),
    ("Forbidden.AccessDenied.Other", T, "access_denied", None),
    ("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", A, "app_qps_limited", 1),
    ("Forbidden.AccessDenied.QpsLimitForApi", A, "platform_qps_limited", 1),
    ("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", A, "app_qpm_limited", 60),
    ("Forbidden.AccessDenied.ApiCountLimitForOrg", W, "api_quota_exhausted", None),
    ("send.too.fast", A, "sending_too_fast", 10),
    ("send.byToken.tooFast", A, "sending_too_fast", 10),
    ("too.many.people", A, "too_many_people", 60),
    ("too.many.group", A, "too_many_groups", 60),
    ("invalidParameter.robotCode.empty", T, "robot_code_missing", None),
    ("invalidParameter.robotCode.invalid", T, "robot_code_wrong", None),
    ("invalidParameter.robotCode.notExsit", T, "robot_code_unknown", None),
    ("invalidParameter.robotCode.notExist", T, "robot_code_unknown", None),
    ("invalidParameter.robotCode.auth", T, "robot_code_of_other_app", None),
    ("template.not.existed", T, "template_unknown", None),
    ("template.stopped", T, "template_stopped", None),
    ("bot.stopped", T, "robot_stopped", None),
    ("resource.unavailable", T, "resource_unavailable", None),
    ("chatbotId.notAllow.sendOTO", T, "one_to_one_not_allowed", None),
    ("robot.oto.notExist", T, "one_to_one_robot_missing", None),
    ("send.forbidden", T, "app_send_forbidden", None),
    ("bot.forbidden.sendMessage", T, "app_robot_forbidden", None),
    ("InvalidAction.NotFound", T, "interface_unknown", None),
    ("Something.New", T, "unknown_code", None),
    ("staffId.notExisted", F, "recipient_unknown", None),
    ("invalidParameter.userId.empty", F, "recipient_missing", None),
    ("invalidParameter.userIds.empty", F, "recipient_missing", None),
    ("illegal.receivers", F, "recipients_illegal", None),
    ("invalidParameter.userIds.overMax", F, "too_many_user_ids", None),
    ("receivers.exceed", F, "too_many_recipients", None),
    ("invalidParameter.msgKey.invalid", M, "message_key_refused", 0),
    ("invalidParameter.msgParam.invalid", M, "message_parameter_refused", 0),
    ("msgParam.invalid", M, "message_parameter_refused", 0),
    ("msgBody.invalid", M, "message_body_refused", 0),
    ("miss.param.markdownTotitle", M, "parameter_missing", 0),
    ("invalidParameter.param.invalid", M, "parameter_refused", 0),
    ("invalidParameter.msgParam.tooLong", M, "message_too_long", 0),
    ("contain.unsafe.url", M, "unsafe_link", 0),
    ("contain.notAllowed.text", M, "unsuitable_text", 0),
    ("contain.notAllowed.picture", M, "unsuitable_picture", 0),
    ("contain.notAllowed.content", M, "unsuitable_content", 0),
    ("group.disbanded", T, "group_dissolved", None),
    ("invalid.openConversationId", F, "conversation_unusable", None),
    ("conversation.org.notMatch", F, "conversation_foreign", None),
    ("only.groupAdmin.canAtAll", M, "mention_all_forbidden", 0),
    ("unknown.send.result", A, "send_result_unknown", 1),
]
# The old shape, as the same call answers it where a gateway falls back to it.
_ACCOUNT_ERRCODES: list[tuple[int, Fate, str, float | None]] = [
    (40014, K, "ok", None),
    (40001, K, "ok", None),
    (42001, K, "ok", None),
    (41001, K, "ok", None),
    (40089, T, "client_credentials_wrong", None),
    (88, T, "authorization_failed", None),
    (60011, T, "permission_missing", None),
    (60020, T, "app_ip_not_whitelisted", None),
    (60121, F, "recipient_unknown", None),
    (40104, F, "mobile_unknown", None),
    (33012, F, "recipient_invalid", None),
    (50002, F, "recipient_out_of_range", None),
    (50004, F, "department_out_of_range", None),
    (90018, A, "app_qps_limited", 1),
    (90002, A, "platform_qps_limited", 1),
    (90020, W, "api_quota_exhausted", None),
    (-1, A, "system_busy", 1),
]
_TOKEN: list[tuple[Mapping[str, Any], Fate, str, float | None]] = [
    ({"code": "invalidClientIdOrSecret"}, T, "client_credentials_wrong", None),
    ({"code": "invalid.client"}, T, "client_credentials_wrong", None),
    ({"code": "unauthorized.client"}, T, "client_not_authorized", None),
    ({"code": "unsupported.grant.type"}, T, "grant_type_unsupported", None),
    ({"code": "server.error"}, A, "system_error", 1),
    ({"status": 200, "body": {"accessToken": ""}}, A, "token_unreadable", 10),
    ({"status": 503}, A, "server_error", 1),
    ({"drop": True}, A, "connection_reset", 1),
]
# The call was taken, but not for this person: (list of the answer, …).
_APART: list[tuple[str, Fate, str, float | None]] = [
    ("invalidStaffIdList", F, "recipient_unknown", None),
    ("filteredStaffIdList", F, "recipient_filtered", None),
    ("flowControlledStaffIdList", A, "recipient_flow_controlled", 60),
]
_PUNISH = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "1"}
_HTML = "<html>网关错误</html>"

ROBOT = [
    *(Row(f"{code} {text}", {"errcode": code, "errmsg": text}, *rest) for code, text, *rest in _ROBOT),
    # The fault says it instead of DingTalk: nothing is shown.
    Row("0", {"errcode": 0, "errmsg": "ok"}, S, "ok", shown=0),
    Row('"0" as a string', {"body": {"errcode": "0", "errmsg": "ok"}}, S, "ok", shown=0),
    Row("punish without a code", {"body": _PUNISH}, A, "ip_punished", 300),
    Row("HTML", {"status": 200, "body": _HTML}, A, "answer_html", 300),
    Row("empty", {"status": 200, "body": ""}, A, "answer_unreadable", 300),
    Row("JSON without a code", {"body": {"hello": 1}}, A, "answer_unreadable", 300),
    Row("redirected", {"status": 302}, A, "redirected", 300),
    Row("HTTP 407", {"status": 407}, A, "proxy_failed", 5),
    Row("HTTP 429", {"status": 429}, A, "too_many_requests", 60),
    Row("HTTP 500", {"status": 500}, A, "server_error", 2),
    Row("HTTP 502 HTML", {"status": 502, "body": _HTML}, A, "server_error", 2),
    Row("HTTP 503", {"status": 503}, A, "server_error", 2),
    Row("closed before it was taken", {"drop": True}, A, "connection_reset", 1),
    Row("closed after it was taken", {"drop_after_accept": True}, A, "connection_reset", 1),
    Row("no answer, not taken", {"drop": True, "delay_s": LATE_S}, A, "timeout", 1),
    Row("no answer, taken", {"delay_s": LATE_S}, A, "timeout", 1),
]
ACCOUNT = [
    *(Row(code, {"code": code}, *rest) for code, *rest in _ACCOUNT),
    *(Row(f"errcode {code}", {"errcode": code}, *rest) for code, *rest in _ACCOUNT_ERRCODES),
    *(
        Row(name, {"body": {"processQueryKey": "key", name: [f"in-{name}"]}}, *rest, person=f"in-{name}")
        for name, *rest in _APART
    ),
    Row("88 with sub_code 60011", {"body": {"errcode": 88, "sub_code": "60011"}}, T, "permission_missing"),
    Row("system.error", {"code": "system.error"}, A, "system_error", 1),
    Row("system.error twice", {"code": "system.error"}, F, "system_error", 1, 2, "outcome_unknown", 2),
    Row("HTTP 500", {"status": 500}, A, "server_error", 1),
    Row("HTTP 503 HTML", {"status": 503, "body": _HTML}, A, "server_error", 1),
    Row("HTTP 429", {"status": 429}, A, "too_many_requests", 60),
    Row("HTTP 401 without a code", {"status": 401}, K, "ok"),
    Row("HTML", {"status": 200, "body": _HTML}, A, "answer_html", 300),
    Row("empty", {"status": 200, "body": ""}, A, "answer_unreadable", 1),
    Row("punish without a code", {"body": _PUNISH}, A, "ip_punished", 300),
    Row("a token refused twice", {"code": "InvalidAuthentication"}, T, "access_token_invalid", times=2, requests=2),
    Row("closed before it was taken", {"drop": True}, A, "connection_reset", 1),
    Row("closed after it was taken", {"drop_after_accept": True}, A, "connection_reset", 1, shown=2),
    Row("closed twice", {"drop_after_accept": True}, F, "connection_reset", 1, 2, "outcome_unknown", 2, shown=2),
    Row("no answer, not taken", {"drop": True, "delay_s": LATE_S}, A, "timeout", 1),
    Row("no answer, taken", {"delay_s": LATE_S}, A, "timeout", 1, shown=2),
]
TOKEN = [
    Row(str(fault), fault, fate, reason, wait_s, requests=1 if fate is A else 0)
    for fault, fate, reason, wait_s in _TOKEN
]

# Webhooks that the product does not call at all.
ADDRESSES = [
    Row("another host", {}, T, "host_not_allowed", requests=0, url="https://elsewhere.example"),
    Row("without TLS", {}, T, "http_not_allowed", requests=0, url="http://oapi.dingtalk.com"),
    Row("no address", {}, T, "address_invalid", requests=0, url="oapi.dingtalk.com"),
]
# By what the network does: reason, verdict and wait of the first attempt. The second one is made, and taken, always.
NETWORK_FAULTS = {
    "unknown": ("dns_failed", "retry", 5.0),
    "refused": ("connection_refused", "retry", 5.0),
    "unreachable": ("unreachable", "retry", 5.0),
    "full": ("connect_timeout", "retry", 5.0),
    "untrusted": ("tls_failed", "retry", 10.0),
    "proxy": ("proxy_failed", "retry", 5.0),
    # From here on the other side may have taken it: the robot's msgUuid, or one repetition to a person.
    "reset": ("connection_reset", "unknown", 1.0),
    "silent": ("timeout", "unknown", 1.0),
    "drip": ("timeout", "unknown", 1.0),
    "other": ("bad_response", "unknown", 5.0),
    "endless": ("response_too_large", "unknown", 5.0),
}
