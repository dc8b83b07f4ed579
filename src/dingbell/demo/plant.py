"""A small Chinese factory: tags, how they drift, and what goes wrong. Pure: time and chance come in."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

_DRIFT = 0.12  # share of the way to its target that a tag goes in a second
_CLEARS_BELOW = 0.94  # hysteresis: an alarm ends a little below its limit
_UPSET_EVERY_S = (110.0, 190.0)
_DISTURBANCE_EVERY_S = (9.0, 22.0)


@dataclass(frozen=True, slots=True)
class Tag:
    """One measured value with one alarm. A limit below `normal` is a low limit."""

    key: str
    name: str
    area: str
    equipment: str
    unit: str
    normal: float
    limit: float
    type: str
    priority: str
    advice: str = ""
    ack_mode: str = "manual"
    digits: int = 1

    def event(self, state: str, value: float) -> dict[str, Any]:
        """What the plant posts to `/api/v1/events`."""
        return {
            "source": f"plc-{self.area}", "key": f"{self.key}#{self.type}", "state": state, "name": self.name,
            "path": f"东方水泥/{self.area}/{self.equipment}", "area": self.area, "priority": self.priority,
            "type": self.type, "value": round(value, self.digits), "unit": self.unit, "limit": self.limit,
            "description": self.advice, "ack_mode": self.ack_mode, "labels": {"line": "A" if self.area == "窑" else "公用"},
        }  # fmt: skip


TAGS = (
    Tag("PMP1.PT", "1号泵出口压力低", "泵房", "1号泵", "MPa", 0.62, 0.40, "L", "high", "检查吸入口滤网", digits=2),
    Tag("PMP2.TT", "2号泵轴承温度高", "泵房", "2号泵", "℃", 58, 85, "H", "high", "检查润滑油位，必要时切换备用泵"),
    Tag("PMP3.VT", "3号泵振动超高", "泵房", "3号泵", "mm/s", 2.8, 7.1, "HH", "critical", "立即切换备用泵并检查地脚螺栓"),
    Tag("PMP1.IT", "1号泵电机电流高", "泵房", "1号泵", "A", 86, 120, "H", "medium"),
    Tag("SUMP.LT", "集水池液位高", "泵房", "集水池", "m", 2.1, 3.2, "H", "high", "确认排水泵已启动", digits=2),
    Tag("MAIN.FT", "循环水总管流量低", "泵房", "总管", "m³/h", 820, 560, "L", "high", "检查各泵运行状态", digits=0),
    Tag("MAIN.CT", "循环水电导率高", "泵房", "总管", "μS/cm", 900, 1500, "H", "low", ack_mode="auto", digits=0),
    Tag("KILN.TT1", "窑头温度高", "窑", "窑头", "℃", 1080, 1180, "H", "high", "减少喂煤，检查一次风", digits=0),
    Tag("KILN.TT2", "窑尾温度高", "窑", "窑尾", "℃", 860, 950, "H", "medium", digits=0),
    Tag("KILN.IT", "窑主传电流高", "窑", "主传动", "A", 410, 560, "H", "high", "检查窑内结圈", digits=0),
    Tag("KILN.CO", "窑尾一氧化碳超高", "窑", "窑尾", "%", 0.12, 0.6, "HH", "critical", "立即停止喂煤并通知当班长", "manual_note", 2),
    Tag("KILN.PT", "一次风压力低", "窑", "一次风机", "kPa", 28, 20, "L", "medium"),
    Tag("KILN.FT", "煤粉流量波动大", "窑", "煤磨", "t/h", 8.2, 10.5, "H", "low", ack_mode="auto"),
    Tag("ROLL2.TT", "2号托轮轴承温度高", "窑", "2号托轮", "℃", 52, 70, "H", "high", "检查油勺带油和冷却水"),
    Tag("COOL.PT", "篦冷机一室风压高", "窑", "篦冷机", "kPa", 5.6, 7.5, "H", "medium"),
    Tag("COOL.TT", "篦板温度高", "窑", "篦冷机", "℃", 62, 100, "H", "medium", digits=0),
    Tag("AC1.TT", "1号空压机排气温度高", "空压站", "1号空压机", "℃", 88, 105, "H", "high", "检查冷却水和油冷器", digits=0),
    Tag("AC2.PT", "2号空压机排气压力低", "空压站", "2号空压机", "bar", 7.4, 6.2, "L", "medium"),
    Tag("TANK.PT", "储气罐压力超高", "空压站", "储气罐", "bar", 7.2, 8.4, "HH", "critical", "确认安全阀动作"),
    Tag("DRY.DT", "干燥机露点高", "空压站", "干燥机", "℃", -38, -20, "H", "low", ack_mode="auto", digits=0),
    Tag("AC1.LT", "1号空压机油位低", "空压站", "1号空压机", "%", 68, 35, "L", "medium", "补充润滑油", digits=0),
    Tag("ACW.FT", "空压站冷却水流量低", "空压站", "冷却水", "m³/h", 42, 28, "L", "high", "检查循环水总管"),
    Tag("ACW.TT", "空压站冷却水回水温度高", "空压站", "冷却水", "℃", 32, 40, "H", "medium"),
    Tag("INC.UT", "10kV进线电压低", "配电室", "10kV进线柜", "kV", 10.2, 9.3, "L", "critical", "联系电网调度", "manual_note", 2),
    Tag("TR1.TT", "1号变压器绕组温度高", "配电室", "1号变压器", "℃", 78, 110, "H", "high", "检查风机，准备转移负荷", digits=0),
    Tag("TR2.LOAD", "2号变压器负荷率高", "配电室", "2号变压器", "%", 64, 90, "H", "medium", digits=0),
    Tag("DC.UT", "直流屏母线电压低", "配电室", "直流屏", "V", 232, 205, "L", "high", "检查充电模块", digits=0),
    Tag("BUS.PF", "功率因数低", "配电室", "1号母线", "", 0.95, 0.88, "L", "low", ack_mode="auto", digits=2),
    Tag("ROOM.TT", "配电室温度高", "配电室", "环境", "℃", 26, 35, "H", "medium", "检查空调"),
    Tag("UPS.UT", "UPS 电池电压低", "配电室", "UPS", "V", 384, 350, "L", "high", digits=0),
)  # fmt: skip

UPSETS = (
    ("MAIN.FT", "PMP1.PT", "PMP3.VT", "ACW.FT", "AC1.TT"),  # 循环水断流
    ("KILN.CO", "KILN.TT2", "KILN.PT", "KILN.FT"),  # 窑内燃烧不良
    ("INC.UT", "DC.UT", "AC2.PT", "PMP1.IT"),  # 电网电压跌落
    ("TANK.PT", "AC1.TT", "ACW.TT"),  # 空压站超压
)


class Plant:
    """Call `step` about once a second; it answers with the events of that second."""

    def __init__(self, chance: random.Random, now_s: float) -> None:
        self._chance = chance
        self._level = {tag.key: chance.uniform(0.1, 0.5) for tag in TAGS}  # 0: normal, 1: at the limit
        self._disturbed_until: dict[str, float] = {}
        self._active: set[str] = set()
        self._next_disturbance = now_s + 2
        self._next_upset = now_s + 20

    def step(self, now_s: float) -> list[dict[str, Any]]:
        self._disturb(now_s)
        events = []
        for tag in TAGS:
            value = self._move(tag, now_s)
            level = self._level[tag.key]
            if level >= 1 and tag.key not in self._active:
                self._active.add(tag.key)
                events.append(tag.event("active", value))
            elif level < _CLEARS_BELOW and tag.key in self._active:
                self._active.discard(tag.key)
                events.append(tag.event("cleared", value))
        return events

    def _disturb(self, now_s: float) -> None:
        if now_s >= self._next_disturbance:
            tag = self._chance.choice(TAGS)
            self._disturbed_until[tag.key] = now_s + self._chance.uniform(15, 50)
            self._next_disturbance = now_s + self._chance.uniform(*_DISTURBANCE_EVERY_S)
        if now_s >= self._next_upset:
            for delay, key in enumerate(self._chance.choice(UPSETS)):
                self._disturbed_until[key] = now_s + delay + self._chance.uniform(30, 70)
            self._next_upset = now_s + self._chance.uniform(*_UPSET_EVERY_S)

    def _move(self, tag: Tag, now_s: float) -> float:
        disturbed = now_s < self._disturbed_until.get(tag.key, 0)
        target = 1.2 if disturbed else 0.3
        level = self._level[tag.key]
        level += (target - level) * _DRIFT * self._chance.uniform(0.6, 1.4) + self._chance.gauss(0, 0.01)
        self._level[tag.key] = level
        return tag.normal + (tag.limit - tag.normal) * level
