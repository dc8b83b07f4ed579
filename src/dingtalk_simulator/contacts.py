"""Reading the company's directory over the old interface (D 0056, D 0063, D 0065, D 0066, D 0082)."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl

from dingtalk_simulator.admission import admit_oapi
from dingtalk_simulator.call import Answer, Call, success
from dingtalk_simulator.directory import ROOT_DEPARTMENT, App, Person
from dingtalk_simulator.errors import refuse_errcode, request_id
from dingtalk_simulator.world import World

BY_MOBILE_PATH = "/topapi/v2/user/getbymobile"
USER_PATH = "/topapi/v2/user/get"
SUBDEPARTMENTS_PATH = "/topapi/v2/department/listsub"
USER_IDS_PATH = "/topapi/user/listid"
USERS_PATH = "/topapi/user/listsimple"
MAX_PAGE = 100
MOBILE_POINT = "fieldMobile"


def user_by_mobile(world: World, call: Call) -> Answer:
    """Finds active employees only (D 0063)."""
    app = admit_oapi(world, call, "qyapi_get_member_by_mobile")
    mobile = _param(call, "mobile")
    if not mobile:
        raise refuse_errcode(400002)
    for person in world.people.values():
        if person.mobile == mobile and person.active:
            _check_range(app, person)
            return _result({"userid": person.user_id})
    raise refuse_errcode(40104)


def user(world: World, call: Call) -> Answer:
    app = admit_oapi(world, call, "qyapi_get_member")
    user_id = _param(call, "userid")
    if not user_id:
        raise refuse_errcode(400002)
    person = world.people.get(user_id)
    if person is None:
        raise refuse_errcode(60121)
    _check_range(app, person)
    result: dict[str, object] = {
        "userid": person.user_id,
        "unionid": hashlib.sha256(person.user_id.encode()).hexdigest()[:24],
        "name": person.name,
        "dept_id_list": list(person.departments),
        "active": person.active,
        "admin": False,
        "boss": False,
        "title": "",
        "job_number": "",
    }
    if app.permissions is None or MOBILE_POINT in app.permissions:
        result |= {"mobile": person.mobile, "state_code": "86"}
    return _result(result)


def subdepartments(world: World, call: Call) -> Answer:
    """One level only; without dept_id that of the root."""
    admit_oapi(world, call, "qyapi_get_department_list")
    dept_id = _number(call, "dept_id", ROOT_DEPARTMENT)
    _check_department(world, dept_id)
    children = [
        {
            "dept_id": department.dept_id,
            "name": department.name,
            "parent_id": department.parent_id,
            "auto_add_user": False,
            "create_dept_group": False,
        }
        for department in world.departments.values()
        if department.parent_id == dept_id
    ]
    return _result(children)


def user_ids(world: World, call: Call) -> Answer:
    """Direct members only."""
    app = admit_oapi(world, call, "qyapi_get_member")
    members = _members(world, app, _number(call, "dept_id", None))
    return _result({"userid_list": [person.user_id for person in members]})


def users(world: World, call: Call) -> Answer:
    app = admit_oapi(world, call, "qyapi_get_department_member")
    members = _members(world, app, _number(call, "dept_id", None))
    cursor, size = _number(call, "cursor", None), _number(call, "size", None)
    if cursor < 0:
        raise refuse_errcode(40068)
    if not 1 <= size <= MAX_PAGE:
        raise refuse_errcode(40069)
    page = members[cursor : cursor + size]
    result: dict[str, object] = {"list": [{"userid": person.user_id, "name": person.name} for person in page]}
    result["has_more"] = cursor + size < len(members)
    if result["has_more"]:
        result["next_cursor"] = cursor + size
    return _result(result)


def _members(world: World, app: App, dept_id: int) -> list[Person]:
    _check_department(world, dept_id)
    return [person for person in world.people.values() if dept_id in person.departments and app.sees(person.user_id)]


def _check_range(app: App, person: Person) -> None:
    if not app.sees(person.user_id):
        raise refuse_errcode(50002)


def _check_department(world: World, dept_id: int) -> None:
    if dept_id != ROOT_DEPARTMENT and dept_id not in world.departments:
        raise refuse_errcode(60003)


def _fields(call: Call) -> dict[str, Any]:
    """DingTalk's old SDKs send forms, newer callers JSON; the old interface takes both."""
    if call.is_json_typed():
        return call.json_object() or {}
    return dict(parse_qsl(call.body.decode("utf-8", "replace")))


def _param(call: Call, name: str) -> str:
    value = _fields(call).get(name)
    return str(value) if isinstance(value, str | int) else ""


def _number(call: Call, name: str, default: int | None) -> int:
    text = _param(call, name)
    if not text and default is not None:
        return default
    try:
        return int(text)
    except ValueError:
        raise refuse_errcode(400002) from None


def _result(result: object) -> Answer:
    return success({"errcode": 0, "errmsg": "ok", "result": result, "request_id": request_id()}, 0)
