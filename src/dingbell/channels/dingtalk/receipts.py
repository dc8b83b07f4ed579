"""Who has read a message to persons (dingtalk-api §2.6): within 24 h, and each call counts against the quota."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from dingbell.channels import network
from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk import asking
from dingbell.channels.dingtalk.errors import answer_fields
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.http import Http

READ_PATH = "/v1.0/robot/oToMessages/readStatus"
_CLASSIFY = asking.answered_with("sendstatus", "messagereadinfolist")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What DingTalk knows of one call's message.

    `result` is SENT when it answered. `read` tells by userId who has read it, empty while it is still being sent
    out. DingTalk does not say when (`readTimestamp` is not supported).
    """

    result: Result
    recalled: bool = False
    read: Mapping[str, bool] = field(default_factory=dict)


def read_status(
    http: Http, tokens: Tokens, app: App, robot_code: str, process_query_key: str, now: datetime
) -> Receipt:
    """Never raises for anything the network or DingTalk does; asking again does no harm, so nothing is UNKNOWN."""
    query = urlencode({"robotCode": robot_code, "processQueryKey": process_query_key})
    result, body = network.run(asking.ask(http, tokens, app, now, "GET", f"{READ_PATH}?{query}", None, _CLASSIFY))
    if result.verdict is Verdict.UNKNOWN:
        return Receipt(replace(result, verdict=Verdict.RETRY))
    if result.verdict is not Verdict.SENT:
        return Receipt(result)
    fields = answer_fields(body) or {}
    # DingTalk's own example says SUCESS: only what else it may be is looked for.
    status = str(fields.get("sendstatus", "")).upper()
    return Receipt(result, status == "RECALLED", {} if status == "PROCESSING" else _people(fields))


def _people(fields: Mapping[str, Any]) -> dict[str, bool]:
    listed = fields.get("messagereadinfolist")
    people = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(one["userId"]): str(one.get("readStatus", "")).upper() == "READ" for one in people if one.get("userId")}
