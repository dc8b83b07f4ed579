"""What the API's page fills in for somebody who tries it: the contract's own examples."""

from __future__ import annotations

SERVICE = {
    "name": "一车间钉钉",
    "description": "",
    "type": "dingtalk",
    "enabled": True,
    "send_to": ["robot", "account"],
    "robots": [
        {
            "alias": "一车间值班群",
            "webhook": "https://oapi.dingtalk.com/robot/send?access_token=…",
            "secret": "SEC…",
            "keywords": [],
        }
    ],
    "app": {"client_id": "ding…", "client_secret": "…", "robot_code": "ding…"},
    "accounts": [{"user_id": "manager4220", "name": "张三", "mobile": "13900000001"}],
}
RULE = {
    "name": "紧急报警",
    "enabled": True,
    "states": ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"],
    "shelved": False,
    "match": {
        "priorities": ["critical", "high"],
        "sources": [],
        "areas": [],
        "paths": ["一车间/**"],
        "types": [],
        "labels": {"line": "A"},
    },
    "notifications": [
        {"service": 1, "message": None, "schedule": None, "receivers": [{"robot": 1}, {"account": 1}]},
    ],
}
SCHEDULE = {
    "name": "工作日白班",
    "kind": "standard",
    "time_zone": "Asia/Shanghai",
    "periods": [{"weekdays": [1, 2, 3, 4, 5], "start": "08:00:00", "end": "20:00:00"}],
    "start_date": None,
    "end_date": None,
}
GROUP = {"name": "一号线泵", "description": "", "paths": ["一车间/泵房/**"], "keys": ["Area1/*/Pressure#HH"]}
SILENCE = {"area": "一车间", "reason": "3 号泵检修", "until": "2026-11-22T18:00:00+08:00"}
MESSAGE = {
    "name": "值班群通知",
    "type": "dingtalk",
    "contents": {
        "raised": {
            "use": "own",
            "form": "action_card",
            "title": "{level}：{name}",
            "body": "### {{ mark }} {name}\n- 数值：{value} {{ unit }}\n- 时间：{eventTime}\n- 位置：{path}",
            "buttons": [{"title": "查看并确认", "url": "{{ url }}"}],
        },
        "cleared": {"use": "builtin"},
    },
}
EVENT = {
    "source": "plc-1",
    "key": "Area1/Pump3/Pressure#HH",
    "state": "active",
    "time": "2026-11-22T08:00:00+08:00",
    "name": "3号泵压力超高",
    "path": "一车间/泵房/3号泵",
    "priority": "critical",
    "type": "HH",
    "value": 12.4,
    "unit": "bar",
    "limit": 10.0,
    "labels": {"line": "A"},
}
