"""Taking messages back out of persons' chats, where no trace is left (dingtalk-api §2.7): within 24 h."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from dingbell.channels import network
from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk import asking
from dingbell.channels.dingtalk.errors import answer_fields, classify_reason, own_result
from dingbell.channels.dingtalk.fitting import as_json
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.http import Http

RECALL_PATH = "/v1.0/robot/otoMessages/batchRecall"  # `oto` in small letters, unlike its neighbours
MAX_KEYS = 20
_CLASSIFY = asking.answered_with("successresult", "failedresult")


@dataclass(frozen=True, slots=True)
class Recalled:
    """`result` is that of the call; once it was taken, `keys` holds each one's own: SENT means recalled."""

    result: Result
    keys: Mapping[str, Result] = field(default_factory=dict)


def recall(http: Http, tokens: Tokens, app: App, robot_code: str, keys: Sequence[str], now: datetime) -> Recalled:
    """Take back what these processQueryKeys stand for, each with all its people.

    Never raises for anything the network or DingTalk does. UNKNOWN may have worked; asking again does no harm.
    Raises ValueError unless there are 1 to 20 keys.
    """
    if not 1 <= len(keys) <= MAX_KEYS:
        raise ValueError(f"a call takes 1 to {MAX_KEYS} keys, not {len(keys)}")
    body = as_json({"robotCode": robot_code, "processQueryKeys": list(keys)}).encode()
    result, answer = network.run(asking.ask(http, tokens, app, now, "POST", RECALL_PATH, body, _CLASSIFY))
    if result.verdict is not Verdict.SENT:
        return Recalled(result)
    fields = answer_fields(answer) or {}
    done, failed = fields.get("successresult"), fields.get("failedresult")
    taken = {str(key) for key in done} if isinstance(done, list) else set()
    refused = {str(key): str(why) for key, why in failed.items()} if isinstance(failed, dict) else {}
    return Recalled(result, {key: replace(_own(key, taken, refused), http_status=200) for key in keys})


def _own(key: str, taken: set[str], refused: Mapping[str, str]) -> Result:
    if key in refused:
        return classify_reason(refused[key], otherwise="recall_refused")
    return own_result("ok" if key in taken else "recall_unanswered")
