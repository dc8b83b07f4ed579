"""The audit in the words of the forms: what fields, values and actions are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from dingbell.delivery.quota_words import MODES
from dingbell.notify.rules.documents import TimingDocument
from dingbell.users.audit import Action
from dingbell.users.models import ROLE_NAMES
from dingbell.web.audit.differences import Item, Step
from dingbell.web.audit.names import Names
from dingbell.web.rules.timing_words import said
from dingbell.web.words import DELIVERIES, PRIORITIES, STATES, Word

KINDS: dict[str, Word] = {
    "service": pgettext_lazy("审计", "通知服务"),
    "account": pgettext_lazy("审计", "钉钉账号"),
    "message": pgettext_lazy("审计", "通知内容"),
    "schedule": pgettext_lazy("审计", "通知排程"),
    "rule": pgettext_lazy("审计", "通知规则"),
    "group": pgettext_lazy("审计", "报警组"),
    "silence": pgettext_lazy("审计", "静默"),
    "delivery": pgettext_lazy("审计", "发送记录"),
    "quota": pgettext_lazy("审计", "额度"),
    "source": pgettext_lazy("审计", "接入"),
    "user": pgettext_lazy("审计", "用户"),
    "token": pgettext_lazy("审计", "令牌"),
    "signin": gettext_lazy("登录"),
}
ACTIONS: dict[str, Word] = {
    Action.CREATED: pgettext_lazy("审计", "新增"), Action.CHANGED: pgettext_lazy("审计", "修改"),
    Action.DELETED: pgettext_lazy("审计", "删除"), Action.SIGNED_IN: pgettext_lazy("审计", "登录"),
    Action.SIGNED_OUT: pgettext_lazy("审计", "退出登录"), Action.REFUSED: pgettext_lazy("审计", "密码错误"),
    Action.LOCKED: pgettext_lazy("审计", "锁定"), Action.UNLOCKED: pgettext_lazy("审计", "解锁"),
    Action.SESSIONS_ENDED: pgettext_lazy("审计", "结束登录"),
}  # fmt: skip
FIELDS: dict[str, Word] = {
    "name": gettext_lazy("名称"), "description": gettext_lazy("描述"), "type": gettext_lazy("类型"),
    "enabled": gettext_lazy("启用"), "send_to": gettext_lazy("发送至"), "robots": gettext_lazy("机器人"),
    "app": gettext_lazy("应用"), "accounts": gettext_lazy("账号"), "alias": gettext_lazy("别名"),
    "addresses": gettext_lazy("接收地址"),
    "webhook": gettext_lazy("Webhook地址"), "has_secret": gettext_lazy("加签"), "keywords": gettext_lazy("关键词"),
    "pool": gettext_lazy("机器人池"), "mentions": gettext_lazy("@ 提醒"), "everyone": gettext_lazy("@所有人"),
    "mobiles": gettext_lazy("手机号"), "user_ids": gettext_lazy("员工UserID"), "user_id": gettext_lazy("员工UserID"),
    "mobile": gettext_lazy("手机号"), "department": gettext_lazy("部门"), "presence": gettext_lazy("在职"),
    "checked_at": gettext_lazy("核对时间"), "client_id": gettext_lazy("ClientId"),
    "robot_code": gettext_lazy("RobotCode"),
    "has_client_secret": gettext_lazy("ClientSecret"), "secret_replaced": gettext_lazy("密钥"),
    "states": gettext_lazy("报警条件"), "shelved": gettext_lazy("搁置"), "match": gettext_lazy("匹配"),
    "priorities": gettext_lazy("级别"), "sources": gettext_lazy("接入"), "areas": gettext_lazy("区域"),
    "paths": gettext_lazy("路径"), "types": gettext_lazy("报警类型"), "labels": gettext_lazy("标签"),
    "groups": gettext_lazy("报警组"), "keys": gettext_lazy("键"), "notifications": gettext_lazy("通知"),
    "service": gettext_lazy("通知服务"), "message": gettext_lazy("通知内容"), "schedule": gettext_lazy("通知排程"),
    "receivers": gettext_lazy("接收者"), "robot": gettext_lazy("机器人"), "account": gettext_lazy("账号"),
    "timing": gettext_lazy("发送时机"), "delay_s": gettext_lazy("延迟（秒）"),
    "repeat_minutes": gettext_lazy("重复间隔（分钟）"), "repeat_most": gettext_lazy("最多重复次数"),
    "quiet": gettext_lazy("不再发送的情形"), "recovery_to_told": gettext_lazy("恢复只发给收到过报警的人"),
    "outside": gettext_lazy("排程之外"), "gather": gettext_lazy("合并窗口"), "every_s": gettext_lazy("最短间隔（秒）"),
    "recall_on_clear": gettext_lazy("恢复时撤回"), "receipts": gettext_lazy("查询已读"),
    "fallback": gettext_lazy("备用通道"), "organisation": gettext_lazy("企业"),
    "tells_system": gettext_lazy("接收系统通知"),
    "personal_link": gettext_lazy("个人链接"), "order": gettext_lazy("顺序"), "kind": gettext_lazy("类型"),
    "time_zone": gettext_lazy("时区"), "ignore_holidays": gettext_lazy("忽略节假日"), "periods": gettext_lazy("时段"),
    "weekdays": gettext_lazy("星期"), "start": gettext_lazy("从"), "end": gettext_lazy("到"),
    "until": gettext_lazy("到"),
    "start_date": gettext_lazy("开始日期"), "end_date": gettext_lazy("结束日期"), "ranges": gettext_lazy("假期"),
    "workdays": gettext_lazy("调休上班日"), "date": gettext_lazy("日期"), "as_weekday": gettext_lazy("按星期几"),
    "area": gettext_lazy("区域"), "path": gettext_lazy("路径"), "reason": gettext_lazy("原因"),
    "created_by": gettext_lazy("创建人"), "ended_at": gettext_lazy("结束时间"), "ended_by": gettext_lazy("结束的人"),
    "contents": gettext_lazy("内容"), "raised": gettext_lazy("发生"), "changed": gettext_lazy("变化"),
    "cleared": gettext_lazy("恢复"), "acknowledged": gettext_lazy("已确认"), "escalated": gettext_lazy("再次通知"),
    "digest": gettext_lazy("合并消息"), "use": gettext_lazy("用哪个内容"), "form": gettext_lazy("格式"),
    "title": gettext_lazy("标题"), "body": gettext_lazy("正文"), "buttons": gettext_lazy("按钮"),
    "url": gettext_lazy("地址"), "token": gettext_lazy("令牌"), "last_used_at": gettext_lazy("最近使用"),
    "added": gettext_lazy("已新增"), "removed": gettext_lazy("已移除"), "fields": gettext_lazy("已修改"),
    "username": gettext_lazy("用户名"), "display_name": gettext_lazy("姓名"), "role": gettext_lazy("角色"),
    "active": gettext_lazy("启用"), "must_change_password": gettext_lazy("下次登录时修改密码"),
    "scopes": gettext_lazy("权限范围"), "device": gettext_lazy("设备"), "address": gettext_lazy("地址"),
    "sessions": gettext_lazy("设备"), "state": gettext_lazy("状态"), "receiver": gettext_lazy("接收者"),
    "silent_minutes": gettext_lazy("无声多久提醒（分钟）"),
    "resent_as": gettext_lazy("已重发为"), "handled": gettext_lazy("已处理"), "hidden": gettext_lazy("已删除"),
    "recall": gettext_lazy("要求撤回"),
    "mode": gettext_lazy("发送方式"), "stopped_at": gettext_lazy("钉钉停用于"),
}  # fmt: skip
_VALUES: dict[str, Word] = {
    "robot": gettext_lazy("钉钉机器人"), "account": gettext_lazy("钉钉账号"), "dingtalk": gettext_lazy("钉钉"),
    "standard": gettext_lazy("标准"), "holiday": gettext_lazy("节假日"), "found": gettext_lazy("是"),
    "gone": gettext_lazy("已离职"), "drop": gettext_lazy("不发送"), "hold": gettext_lazy("等排程开始再发送"),
    "acked": gettext_lazy("已有人确认"), "cleared": gettext_lazy("报警已恢复"), "shelved": gettext_lazy("报警被搁置"),
}  # fmt: skip
_VALUES |= {state.value: word for state, word in STATES.items()}
_VALUES |= {priority.word: word for priority, word in PRIORITIES.items()}
_VALUES |= {state.value: word for state, word in DELIVERIES.items()}
_VALUES |= {role.value: word for role, word in ROLE_NAMES.items()}
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
_WORDED = frozenset(
    {"type", "send_to", "kind", "presence", "states", "priorities", "state", "role", "quiet", "outside"}
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_MOST = 40


def place(where: tuple[Step, ...]) -> str:
    """`机器人“值班群” · 关键词`."""
    return " · ".join(_step(step) for step in where)


def value(field: str, given: Any, names: Names) -> str:
    """What stands in the field, as people would say it; "" for nothing."""
    if given is None or given in ("", [], {}):
        return ""
    if isinstance(given, bool):
        return _("已更换") if field == "secret_replaced" else _("是") if given else _("否")
    if isinstance(given, list):
        shown = [value(field, one, names) for one in given[:_MOST]]
        more = [_("还有 %(count)d 项") % {"count": len(given) - _MOST}] if len(given) > _MOST else []
        return ("；" if isinstance(given[0], Mapping) else "、").join(shown + more)
    if isinstance(given, Mapping):
        return said(msgspec.convert(given, TimingDocument)) if field == "timing" else _document(given, names)
    if isinstance(given, int):
        return _number(field, given, names)
    return _text(field, str(given))


def _document(given: Mapping[str, Any], names: Names) -> str:
    told = [(name, value(name, one, names)) for name, one in given.items() if name != "id" and one is not False]
    if len(told) == 1 and told[0][0] in names.kinds:
        return told[0][1]  # a receiver
    return "，".join(f"{FIELDS.get(name, name)} {text}" for name, text in told if text)


def _number(field: str, given: int, names: Names) -> str:
    if field in {"weekdays", "as_weekday"} and 1 <= given <= 7:
        return _(_WEEKDAYS[given - 1])
    return names.of(field, given) or str(given)


def _text(field: str, given: str) -> str:
    if field == "mode":
        return str(MODES.get(given, given))
    if field in _WORDED:
        return str(_VALUES.get(given, given))
    if _MOMENT.fullmatch(given):
        try:
            return timezone.localtime(datetime.fromisoformat(given)).strftime("%Y-%m-%d %H:%M:%S")
        except ValueError:
            return given
    return given


def _step(step: Step) -> str:
    if isinstance(step, Item):
        return _("%(list)s“%(name)s”") % {"list": FIELDS.get(step.list, step.list), "name": step.name}
    return str(FIELDS.get(step, step))
