"""DingTalk's refusals: codes, texts and the two error shapes.

Old interface (oapi): HTTP 200 and `errcode`. New interface (/v1.0): HTTP 4xx/5xx and a `code` in words.
Texts are those of D 0013, D 0714, D 0717, D 0720, D 0723 and of the answers collected in
dingtalk-api.md §1.11 and §2.8.
"""

from __future__ import annotations

import uuid

from dingtalk_simulator.call import Answer, RefusalError, json_bytes

ERRCODES: dict[int, str] = {
    -1: "系统繁忙",
    33012: "无效的userId",
    40001: "获取access_token时Secret错误，或者access_token无效",
    40014: "不合法的access_token",
    40035: "缺少参数 json",
    40048: "url中包含不合法domain",
    40068: "无效的偏移量",
    40069: "无效的size",
    40089: "不合法的corpid或corpsecret",
    40104: "企业中无效的手机号",
    41001: "缺少access_token参数",
    42001: "access_token超时",
    43004: "无效的HTTP HEADER Content-Type",
    50002: "企业员工不在授权范围",
    50004: "企业部门不在授权范围",
    60003: "未找到对应部门",
    60011: "没有调用该接口的权限",
    60020: "访问ip不在白名单之中",
    60121: "找不到该用户",
    90002: "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    90018: "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    90020: "调用量超过额度",
    90030: "webhook over limit",
    130101: "send too fast, exceed 20 times per minute",
    300001: "token is not exist",
    300005: "token is not exist",
    310000: "keywords not in content",
    400002: "无效的参数",
    400013: "群已被解散",
    400101: "access_token不存在",
    400102: "机器人已停用",
    400105: "不支持的消息类型",
    400106: "机器人不存在",
    400402: "miss param : markdown->title",
    400403: "miss param : markdown->text",
    401102: "miss param",
    410100: "发送速度太快而限流",
    430101: "含有不安全的外链",
    430102: "含有不合适的文本",
    430103: "含有不合适的图片",
    430104: "含有不合适的内容",
    460101: "message too long, exceed 20000 bytes",
    500100: "系统异常",
}

QPS_TEXT = "您的企业应用调用钉钉开放平台当前接口的所有请求都被暂时禁用了"

CODES: dict[str, str] = {
    "InvalidAuthentication": "不合法的access_token",
    "invalidClientIdOrSecret": "无效的clientId或者clientSecret",
    "invalid.client": "invalid.client",
    "unsupported.grant.type": "unsupported.grant.type",
    "unauthorized.client": "unauthorized.client",
    "server.error": "server.error",
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": "没有调用该接口的权限",
    "Forbidden.AccessDenied.IpNotInWhiteList": "访问ip不在白名单之中",
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": QPS_TEXT,
    "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi": QPS_TEXT,
    "Forbidden.AccessDenied.QpsLimitForApi": "您的服务器调用钉钉开放平台当前接口的所有请求都被暂时禁用了",
    "Forbidden.AccessDenied.ApiCountLimitForOrg": "调用量超过额度",
    "InvalidAction.NotFound": "Specified api is not found, please check your url and method.",
    "invalidParameter.robotCode.empty": "机器人robotCode为空",
    "invalidParameter.robotCode.notExsit": "错误描述: robot 不存在；解决方案:请确认 robotCode 是否正确；",
    "invalidParameter.robotCode.auth": "robotCode 与 access_token 所属的应用不一致",
    "invalidParameter.userIds.empty": "用户userId列表为空",
    "invalidParameter.userIds.overMax": "用户userId列表超过最大限制20",
    "invalidParameter.msgKey.empty": "msgKey为空",
    "invalidParameter.msgKey.invalid": "错误描述: 不支持的消息类型；解决方案:请使用支持的类型；",
    "invalidParameter.msgParam.invalid": "错误描述:msgParam格式不正确;解决方案:请使用json格式;",
    "invalidParameter.msgParam.tooLong": "消息内容太长，请缩减内容长度",
    "invalidParameter.param.invalid": "参数不合法，请检查是否有参数为空",
    "invalidParameter.processQueryKey.missing": "缺少processQueryKey",
    "invalidParameter.processQueryKeys.overMax": "processQueryKeys超过数量上限20",
    "invalid.processQueryKey": "无效的processQueryKey，请检查processQueryKey是否正确",
    "processQueryKey.expireTime": "processQueryKey还未生成消息查询数据或已过期，无法查询消息",
    "robot.processQueryKey.expired": "processQueryKey已过期，无法撤回消息",
    "not.allowed.robotCode": "待撤回的消息不是robotCode对应的机器人发出的，无权限撤回消息",
    "miss.openConversationId": "缺少openConversationId",
    "invalid.openConversationId": "无效的openConversationId",
    "send.too.fast": "发送消息频率过快，请稍后再试",
    "bot.stopped": "机器人已停用",
    "bot.forbidden.sendMessage": "机器人被禁止发送消息",
    "contain.unsafe.url": "消息中含有不安全的链接",
    "contain.notAllowed.text": "消息中含有不允许的文本",
    "system.error": "未知的系统错误",
}

PUNISH_FIELDS = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}
"""What DingTalk's gateway wraps round 130101 (reference §1.9)."""


def request_id() -> str:
    return str(uuid.uuid4()).upper()


def errcode_answer(errcode: int, errmsg: str | None = None) -> Answer:
    """Old shape, HTTP 200."""
    text = ERRCODES.get(errcode, "unknown error") if errmsg is None else errmsg
    body: dict[str, object] = {"errcode": errcode, "errmsg": text}
    if errcode == 130101:
        body = {**PUNISH_FIELDS, "uuid": uuid.uuid4().hex, **body}
    return Answer(200, json_bytes(body), errcode)


def sub_code_answer(sub_code: int) -> Answer:
    """Old shape for a bad token or a missing permission: errcode 88, the real code beside it (D 0013)."""
    text = ERRCODES[sub_code]
    body = {
        "errcode": 88,
        "sub_code": str(sub_code),
        "sub_msg": text,
        "errmsg": f"ding talk error[subcode={sub_code},submsg={text}]",
        "request_id": request_id(),
    }
    return Answer(200, json_bytes(body), 88)


OTHER_STATUS = {
    "unauthorized.client": 401,
    "InvalidAction.NotFound": 404,
    "server.error": 500,
    "system.error": 500,
}


def status_of(code: str) -> int:
    if code.startswith("Forbidden"):
        return 403
    return OTHER_STATUS.get(code, 400)


def code_answer(
    code: str, message: str | None = None, *, status: int | None = None, scopes: list[str] | None = None
) -> Answer:
    """New shape (reference §2.8): lower-case keys, `requestid` always."""
    body: dict[str, object] = {
        "code": code,
        "requestid": request_id(),
        "message": CODES.get(code, code) if message is None else message,
    }
    if scopes is not None:
        body["accessdenieddetail"] = {"requiredScopes": scopes}
    return Answer(status_of(code) if status is None else status, json_bytes(body), code)


def refuse_errcode(errcode: int, errmsg: str | None = None) -> RefusalError:
    return RefusalError(errcode_answer(errcode, errmsg), errmsg or ERRCODES[errcode])


def refuse_code(code: str, message: str | None = None, *, scopes: list[str] | None = None) -> RefusalError:
    return RefusalError(code_answer(code, message, scopes=scopes), code)


def mandatory(field: str) -> RefusalError:
    """The gateway's own check of required fields, e.g. `MissinguserIds` (seen in a sender's recordings)."""
    return refuse_code(f"Missing{field}", f"{field} is mandatory for this action.")
