"""Faults that the control API puts in front of exact paths, for everybody or for one robot or app."""

from __future__ import annotations

from dataclasses import dataclass

from dingtalk_simulator.call import Answer, Call, json_bytes
from dingtalk_simulator.errors import code_answer, errcode_answer

HTML_TYPE = b"text/html; charset=utf-8"


@dataclass(slots=True)
class Fault:
    """What happens instead of (or, for a bare delay and drop_after_accept, around) the real answer.

    `times` None means until removed. A delay holds back the answer, not the work: the message is taken
    when it arrives, so a client that gives up earlier cannot know what became of it.
    """

    path: str
    robot: str = ""
    """Only calls that carry this access_token, robotCode or appKey; "" for all."""
    times: int | None = None
    status: int | None = None
    body: object = None
    errcode: int | None = None
    errmsg: str | None = None
    code: str | None = None
    message: str | None = None
    delay_s: float = 0.0
    drop: bool = False
    drop_after_accept: bool = False

    def answer(self) -> Answer | None:
        """The answer that replaces DingTalk's, None if DingTalk itself shall answer."""
        if self.body is not None:
            return self._body_answer()
        if self.errcode is not None:
            answer = errcode_answer(self.errcode, self.errmsg)
            return answer if self.status is None else Answer(self.status, answer.body, answer.code)
        if self.code is not None:
            return code_answer(self.code, self.message, status=self.status)
        if self.status is not None:
            return Answer(self.status, b"", None, HTML_TYPE)
        return None

    def _body_answer(self) -> Answer:
        status = 200 if self.status is None else self.status
        if isinstance(self.body, str):
            return Answer(status, self.body.encode("utf-8", "replace"), None, HTML_TYPE)
        code: int | str | None = None
        if isinstance(self.body, dict):
            found = self.body.get("errcode", self.body.get("code"))
            code = found if isinstance(found, int | str) else None
        return Answer(status, json_bytes(self.body), code)

    def label(self) -> str:
        """In Chinese, for the chat page."""
        if self.drop:
            return "故障注入：未应答即断开"
        if self.drop_after_accept:
            return "故障注入：收下后断开，未应答"
        if self.errcode is not None or self.code is not None:
            return "故障注入"
        return "故障注入" if self.status is None else f"故障注入：HTTP {self.status}"


class Faults:
    def __init__(self) -> None:
        self._faults: dict[tuple[str, str], Fault] = {}

    def put(self, fault: Fault) -> None:
        """A new fault replaces the old one of that path and robot; `times` 0 only removes it."""
        if fault.times == 0:
            self._faults.pop((fault.path, fault.robot), None)
        else:
            self._faults[fault.path, fault.robot] = fault

    def paths(self) -> list[str]:
        return sorted({path for path, _ in self._faults})

    def take(self, call: Call) -> Fault | None:
        """The robot's own fault comes before everybody's."""
        if not self._faults:
            return None
        fault = self._faults.get((call.path, _robot(call))) or self._faults.get((call.path, ""))
        if fault is None or fault.times is None:
            return fault
        fault.times -= 1
        if fault.times == 0:
            del self._faults[fault.path, fault.robot]
        return fault


def _robot(call: Call) -> str:
    token = call.query.get("access_token") or call.query.get("robotCode")
    if token:
        return token
    body = call.json_object() or {}
    return str(body.get("robotCode") or body.get("appKey") or "")
