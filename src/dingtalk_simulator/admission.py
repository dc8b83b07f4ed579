"""What every call with an access token passes first: token, QPS, permission point, monthly quota.

The order is not documented. QPS comes before permission and quota because a throttled call is not charged
(D 1431); reading contacts is not charged at all (D 1432).
"""

from __future__ import annotations

from dingtalk_simulator.call import Call, RefusalError
from dingtalk_simulator.directory import APP_STATES, App
from dingtalk_simulator.errors import refuse_code, refuse_errcode, sub_code_answer
from dingtalk_simulator.world import World

SEND_POINT = "qyapi_robot_sendmsg"
TOKEN_HEADER = b"x-acs-dingtalk-access-token"


def admit_api(world: World, call: Call, point: str) -> App:
    """New interface: token in a header, refusals in words (reference §2.8)."""
    token = call.headers.get(TOKEN_HEADER, b"").decode("latin-1")
    app = world.app_by_token(token, call.now)
    if app is None:
        raise refuse_code("InvalidAuthentication")
    if not app.window(call.path).admits(call.now, world.limits.qps):
        raise refuse_code("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")
    if app.permissions is not None and point not in app.permissions:
        raise refuse_code("Forbidden.AccessDenied.AccessTokenPermissionDenied", scopes=[point])
    quota = world.api_quota
    if not quota.admits(call.wall):
        text = f"调用量:{quota.used}次,额度:{quota.limit}次"
        raise refuse_code("Forbidden.AccessDenied.ApiCountLimitForOrg", text)
    return app


def admit_oapi(world: World, call: Call, point: str) -> App:
    """Old interface: token in the query, refusals as errcode (D 0013)."""
    token = call.query.get("access_token", "")
    if not token:
        raise refuse_errcode(41001)
    app = world.app_by_token(token, call.now)
    if app is None:
        raise RefusalError(sub_code_answer(40014))
    if not app.window(call.path).admits(call.now, world.limits.qps):
        raise refuse_errcode(90018)
    if app.permissions is not None and point not in app.permissions:
        raise RefusalError(sub_code_answer(60011))
    return app


def check_robot_code(world: World, app: App, robot_code: object) -> str:
    if not isinstance(robot_code, str) or not robot_code:
        raise refuse_code("invalidParameter.robotCode.empty")
    if robot_code == app.robot_code:
        if app.state != "normal":
            raise refuse_code(APP_STATES[app.state])
        return robot_code
    if any(other.robot_code == robot_code for other in world.apps.values()):
        raise refuse_code("invalidParameter.robotCode.auth")
    raise refuse_code("invalidParameter.robotCode.notExsit")
