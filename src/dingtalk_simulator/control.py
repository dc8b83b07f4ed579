"""The control API under /_sim: what a DingTalk administrator, the weather and the calendar would do.

Each `make_…` function reads posted fields, changes the world and returns what it made.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from dingtalk_simulator import stream
from dingtalk_simulator.censor import Censor
from dingtalk_simulator.control_input import BadInputError, Fields
from dingtalk_simulator.directory import (
    APP_STATES,
    ROBOT_STATES,
    ROOT_DEPARTMENT,
    App,
    Department,
    Person,
    Robot,
    conversation_id,
)
from dingtalk_simulator.faults import Fault
from dingtalk_simulator.ledger import group_chat, person_chat
from dingtalk_simulator.limits import Limits, MonthlyQuota
from dingtalk_simulator.world import World

MAX_KEYWORDS = 10
ROBOTS_PATH = "/_sim/robots"

Made = dict[str, object]
YEAR_S = 366 * 86_400.0


def make_robot(world: World, fields: Fields, origin: str) -> Made:
    """The same token again replaces the robot. `origin` is scheme://host the request came to."""
    robot = Robot(
        token=fields.string("token"),
        name=fields.string("name"),
        group=fields.string("group"),
        secret=fields.optional_string("secret") or None,
        keywords=tuple(fields.strings("keywords") or ()),
        ip_whitelist=fields.networks("ip_whitelist"),
    )
    fields.done()
    if len(robot.keywords) > MAX_KEYWORDS:
        raise BadInputError(f"keywords 最多 {MAX_KEYWORDS} 个")
    world.robots[robot.token] = robot
    world.ledger.chat(group_chat(robot.group))
    return {
        "token": robot.token,
        "name": robot.name,
        "group": robot.group,
        "secret": robot.secret,
        "keywords": list(robot.keywords),
        "ip_whitelist": [str(network) for network in robot.ip_whitelist],
        "webhook": f"{origin}/robot/send?access_token={quote(robot.token, safe='')}",
        "open_conversation_id": conversation_id(robot.group),
    }


def make_app(world: World, fields: Fields) -> Made:
    permissions, visible = fields.strings("permissions"), fields.strings("visible_users")
    app = App(
        client_id=fields.string("client_id"),
        client_secret=fields.string("client_secret"),
        robot_code=fields.string("robot_code"),
        permissions=None if permissions is None else frozenset(permissions),
        visible_users=None if visible is None else frozenset(visible),
    )
    fields.done()
    known = world.apps.get(app.client_id)
    if known and known.token and known.client_secret == app.client_secret:
        # What is granted later counts for a token given before.
        app.token, app.token_expires = known.token, known.token_expires
        world.app_of_token[app.token] = app
    world.apps[app.client_id] = app
    return {
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "robot_code": app.robot_code,
        "permissions": permissions,
        "visible_users": visible,
    }


def make_user(world: World, fields: Fields) -> Made:
    departments = fields.integers("departments")
    person = Person(
        user_id=fields.string("user_id"),
        name=fields.string("name"),
        mobile=fields.string("mobile"),
        active=fields.flag("active", True),
        filtered=fields.flag("filtered"),
        flow_controlled=fields.flag("flow_controlled"),
        departments=(ROOT_DEPARTMENT,) if departments is None else tuple(departments),
    )
    fields.done()
    world.people[person.user_id] = person
    world.ledger.chat(person_chat(person.user_id))
    return {
        "user_id": person.user_id,
        "name": person.name,
        "mobile": person.mobile,
        "active": person.active,
        "filtered": person.filtered,
        "flow_controlled": person.flow_controlled,
        "departments": list(person.departments),
    }


def make_department(world: World, fields: Fields) -> Made:
    dept_id, name = fields.count("dept_id"), fields.string("name")
    parent_id = fields.count("parent_id")
    fields.done()
    if dept_id is None or dept_id <= ROOT_DEPARTMENT:
        raise BadInputError("dept_id 必须是大于 1 的整数（1 是根部门）")
    department = Department(dept_id, name, ROOT_DEPARTMENT if parent_id is None else parent_id)
    world.departments[dept_id] = department
    return {"dept_id": dept_id, "name": name, "parent_id": department.parent_id}


def make_fault(world: World, fields: Fields) -> Made:
    fault = Fault(
        path=fields.string("path"),
        robot=fields.optional_string("robot") or "",
        times=fields.count("times"),
        status=fields.count("status"),
        body=fields.anything("body"),
        errcode=fields.integer("errcode"),
        errmsg=fields.optional_string("errmsg"),
        code=fields.optional_string("code"),
        message=fields.optional_string("message"),
        delay_s=fields.seconds("delay_s") or 0.0,
        drop=fields.flag("drop"),
        drop_after_accept=fields.flag("drop_after_accept"),
    )
    fields.done()
    _check_fault(fault)
    world.faults.put(fault)
    shown = {name: getattr(fault, name) for name in Fault.__dataclass_fields__}
    return {name: value for name, value in shown.items() if value not in (None, False, "") or name == "times"}


def _check_fault(fault: Fault) -> None:
    if not fault.path.startswith("/") or fault.path.startswith("/_sim"):
        raise BadInputError("path 必须是钉钉接口的完整路径，例如 /robot/send")
    if fault.times == 0:
        return
    if fault.status is not None and not 200 <= fault.status <= 599:
        raise BadInputError("status 必须在 200 到 599 之间")
    if not 0 <= fault.delay_s <= 3600:
        raise BadInputError("delay_s 必须在 0 到 3600 之间")
    answers = [name for name in ("errcode", "code", "body") if getattr(fault, name) is not None]
    drops = [name for name in ("drop", "drop_after_accept") if getattr(fault, name)]
    if len(answers + drops) > 1 or (drops and fault.status is not None):
        raise BadInputError(f"只能选一种结果：{'、'.join(answers + drops + (['status'] if fault.status else []))}")
    if not answers and not drops and fault.status is None and not fault.delay_s:
        raise BadInputError("缺少 status、body、errcode、code、delay_s、drop 或 drop_after_accept")


def move_clock(world: World, fields: Fields) -> Made:
    """`advance_s` adds up; `skew_s` is absolute and 0 takes it back."""
    advance_s, skew_s = fields.seconds("advance_s"), fields.seconds("skew_s")
    fields.done()
    if advance_s is None and skew_s is None:
        raise BadInputError("缺少 advance_s 或 skew_s")
    clock = world.clock
    if advance_s is not None:
        if not 0 <= advance_s <= 10 * YEAR_S:
            raise BadInputError("advance_s 必须是 0 到十年之间的秒数；时间不能倒流，时钟偏差请用 skew_s")
        clock.advanced_s += advance_s
    if skew_s is not None:
        if abs(skew_s) > 10 * YEAR_S:
            raise BadInputError("skew_s 不能超过十年")
        clock.skew_s = skew_s
    return {"now": clock.wall(), "advanced_s": clock.advanced_s, "skew_s": clock.skew_s}


def set_quota(world: World, fields: Fields) -> Made:
    """Calls allowed in the calendar month, those already made included; null takes the quota away."""
    for name, quota in (("webhook", world.webhook_quota), ("api", world.api_quota)):
        if fields.has(name):
            quota.limit = fields.count(name)
    fields.done()
    return quota_state(world)


def quota_state(world: World) -> Made:
    def state(quota: MonthlyQuota) -> int | None:
        return quota.limit

    return {
        "webhook": state(world.webhook_quota),
        "webhook_used": world.webhook_quota.used,
        "api": state(world.api_quota),
        "api_used": world.api_quota.used,
    }


def set_limits(world: World, fields: Fields) -> Made:
    limits = world.limits
    for name in Limits.__dataclass_fields__:
        value = fields.count(name)
        if value is not None:
            setattr(limits, name, value)
    fields.done()
    return {name: getattr(limits, name) for name in Limits.__dataclass_fields__}


def set_state(world: World, fields: Fields) -> Made:
    """What an administrator does to a `robot` (by its token) or an `app` (by its client_id) afterwards."""
    token, client_id = fields.optional_string("robot"), fields.optional_string("app")
    state = fields.string("state")
    fields.done()
    known: Robot | App | None = world.robots.get(token) if token else world.apps.get(client_id or "")
    states = ROBOT_STATES if token else APP_STATES
    if known is None:
        raise BadInputError("没有这个 robot 或 app")
    if state not in states:
        raise BadInputError(f"state 只能是：{'、'.join(states)}")
    known.state = state
    return {"robot": token, "app": client_id, "state": state}


def set_censor(world: World, fields: Fields) -> Made:
    """Links to these `hosts` and these `words` are refused from now on; both lists replace the old ones."""
    world.censor = Censor(tuple(fields.strings("hosts") or ()), tuple(fields.strings("words") or ()))
    fields.done()
    return {"hosts": list(world.censor.hosts), "words": list(world.censor.words)}


def mark_read(world: World, fields: Fields) -> Made:
    """Somebody opens a chat on the phone: `user_id` for a person's, `chat` for any by its page id."""
    user_id, chat_id = fields.optional_string("user_id"), fields.optional_string("chat")
    fields.done()
    chat_id = person_chat(user_id) if user_id else chat_id
    if not chat_id:
        raise BadInputError("缺少 user_id 或 chat")
    stream.tell_read(world, world.ledger.mark_read(chat_id))
    return {"chat": chat_id}


def ask_streams_to_leave(world: World, fields: Fields) -> Made:
    """Every Stream connection is asked to come again."""
    fields.done()
    return {"asked": stream.disconnect(world)}


def stats_state(world: World) -> Made:
    stats = world.stats
    return {
        "requests": stats.requests.total(),
        "delivered": stats.delivered,
        "duplicates": stats.duplicates,
        "lock_outs": sum(robot.gate.lock_outs for robot in world.robots.values()),
        "requests_by_path": dict(stats.requests),
        "refused": {path: dict(codes) for path, codes in stats.refused.items()},
        "faulted": dict(stats.faulted),
        "robots": {
            robot.token: {
                "requests": robot.requests,
                "delivered": robot.delivered,
                "lock_outs": robot.gate.lock_outs,
                "max_per_minute": robot.attempts.most,
            }
            for robot in world.robots.values()
        },
        "quota": quota_state(world),
        "streams": {
            "open": len(world.streams.open),
            "pushed": world.streams.pushed,
            "acknowledged": len(world.streams.acknowledged),
        },
    }


POSTS: dict[str, Callable[[World, Fields], Made]] = {
    "/_sim/apps": make_app,
    "/_sim/users": make_user,
    "/_sim/departments": make_department,
    "/_sim/faults": make_fault,
    "/_sim/clock": move_clock,
    "/_sim/quota": set_quota,
    "/_sim/limits": set_limits,
    "/_sim/state": set_state,
    "/_sim/censor": set_censor,
    "/_sim/read": mark_read,
    "/_sim/stream/disconnect": ask_streams_to_leave,
}
"""All but /_sim/robots, which needs to know its own address, and /_sim/reset."""
