"""Why a message was refused, in words for the chat page."""

from __future__ import annotations

ERRCODES: dict[int, str] = {
    -1: "系统繁忙",
    40035: "请求正文不是完整的 JSON",
    43004: "Content-Type 不是 application/json",
    90030: "本月 Webhook 配额已用完",
    130101: "发送过快，机器人被限流 10 分钟",
    300001: "token 不存在或参数有误",
    300005: "token 不存在",
    400013: "群已解散",
    400101: "access_token 不存在",
    400102: "机器人已停用",
    400105: "不支持的消息类型",
    400106: "机器人不在群里",
    400402: "markdown 缺少 title",
    400403: "markdown 缺少 text",
    410100: "发送过快，被限流",
    430101: "含有不安全的外链",
    430102: "含有不合适的文本",
    460101: "消息超过 20000 字节",
}
SECURITY: dict[str, str] = {
    "keywords not in content": "消息里没有机器人的关键词",
    "invalid timestamp": "签名的时间戳与钉钉相差超过 1 小时",
    "sign not match": "签名不匹配",
}
CODES: dict[str, str] = {
    "InvalidAuthentication": "access_token 不存在或已过期",
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": "应用没有 qyapi_robot_sendmsg 权限",
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": "应用调用过快，触发 QPS 限流",
    "Forbidden.AccessDenied.ApiCountLimitForOrg": "本月 API 调用配额已用完",
    "invalidParameter.robotCode.empty": "缺少 robotCode",
    "invalidParameter.robotCode.notExsit": "robotCode 对应的机器人不存在",
    "invalidParameter.robotCode.auth": "robotCode 与 access_token 不是同一个应用",
    "invalidParameter.userIds.overMax": "一次最多发给 20 人",
    "invalidParameter.msgKey.invalid": "不支持的 msgKey",
    "invalidParameter.msgParam.invalid": "msgParam 不是 JSON 字符串",
    "invalidParameter.msgParam.tooLong": "msgParam 超过 15000 字节",
    "invalid.openConversationId": "openConversationId 不存在",
    "bot.stopped": "应用机器人已停用",
    "bot.forbidden.sendMessage": "应用机器人被禁止发消息",
    "contain.unsafe.url": "含有不安全的链接",
    "contain.notAllowed.text": "含有不允许的文字",
    "invalidStaffIdList": "userId 不存在，或不在应用可见范围内",
    "flowControlledStaffIdList": "给这个人发送过快，被限流",
    "filteredStaffIdList": "被钉钉过滤",
}


def reason(code: int | str | None, note: str) -> str:
    """`note` is DingTalk's own text, or the name of an injected fault."""
    if note.startswith("故障注入"):
        known = _known(code, "")
        return f"{note}（{known}）" if known else note
    return _known(code, note) or note


def _known(code: int | str | None, note: str) -> str:
    if code == 310000:
        return SECURITY.get(note, f"安全设置不符：{note}" if note else "安全设置不符")
    if code == 401102:
        return f"缺少字段：{note.removeprefix('miss param : ')}"
    if isinstance(code, int):
        return ERRCODES.get(code, "")
    return CODES.get(code, "") if code else ""
