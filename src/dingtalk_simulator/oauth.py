"""Access tokens: current (D 0033), unified (D 0037) and legacy (D 1444). One token serves all interfaces."""

from __future__ import annotations

import re
from typing import Any

from dingtalk_simulator.call import Answer, Call, success
from dingtalk_simulator.directory import TOKEN_LIFETIME_S
from dingtalk_simulator.errors import mandatory, refuse_code, refuse_errcode
from dingtalk_simulator.world import World

PATH = "/v1.0/oauth2/accessToken"
LEGACY_PATH = "/gettoken"
_UNIFIED = re.compile(r"/v1\.0/oauth2/[^/]+/token")
LIFETIME = int(TOKEN_LIFETIME_S)


def access_token(world: World, call: Call) -> Answer:
    body = api_body(call)
    for field in ("appKey", "appSecret"):
        if not body.get(field):
            raise mandatory(field)
    token = _token(world, body["appKey"], body["appSecret"], call.now)
    if token is None:
        raise refuse_code("invalidClientIdOrSecret")
    return success({"accessToken": token, "expireIn": LIFETIME})


def unified_token(world: World, call: Call) -> Answer:
    """The corpId in the path is not checked: the simulator is one organisation."""
    body = api_body(call)
    if body.get("grant_type") != "client_credentials":
        raise refuse_code("unsupported.grant.type")
    token = _token(world, body.get("client_id"), body.get("client_secret"), call.now)
    if token is None:
        raise refuse_code("invalid.client")
    return success({"access_token": token, "expires_in": LIFETIME})


def legacy_token(world: World, call: Call) -> Answer:
    token = _token(world, call.query.get("appkey"), call.query.get("appsecret"), call.now)
    if token is None:
        raise refuse_errcode(40089)
    return success({"errcode": 0, "errmsg": "ok", "access_token": token, "expires_in": LIFETIME}, 0)


def is_unified_path(path: str) -> bool:
    return _UNIFIED.fullmatch(path) is not None


def api_body(call: Call) -> dict[str, Any]:
    """A /v1.0 body; form encoding is as good as none (reference §2.2)."""
    if not call.is_json_typed() or not call.body:
        raise refuse_code("Missingbody", "body is mandatory for this action.")
    body = call.json_object()
    if body is None:
        raise refuse_code("Invalidbody", "Specified parameter body is not valid. JSON parsing error")
    return body


def _token(world: World, client_id: object, client_secret: object, now: float) -> str | None:
    app = world.apps.get(client_id) if isinstance(client_id, str) else None
    if app is None or app.client_secret != client_secret:
        return None
    world.app_of_token.pop(app.token, None)
    token = app.give_token(now)
    world.app_of_token[token] = app
    return token
