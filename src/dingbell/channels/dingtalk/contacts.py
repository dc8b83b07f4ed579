"""Reading the company's directory through an app (dingtalk-api §3.2): free of quota, counted against its QPS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from dingbell.channels import network
from dingbell.channels.base import Result
from dingbell.channels.dingtalk.errors import (
    TOKEN_REASONS,
    answer_fields,
    classify_api,
    network_result,
    own_result,
)
from dingbell.channels.dingtalk.fitting import as_json
from dingbell.channels.dingtalk.token import App, TokenError, Tokens
from dingbell.channels.http import Http, NetworkError

BY_MOBILE_PERMISSION = "qyapi_get_member_by_mobile"
MEMBER_PERMISSION = "qyapi_get_member"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of the organisation. `mobile` is "" unless the app may see it."""

    user_id: str
    name: str
    mobile: str


class ContactsError(Exception):
    """The directory did not say. `result` tells why; reading again does no harm."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.reason)
        self.result = result


def by_mobile(http: Http, tokens: Tokens, app: App, mobile: str, now: datetime) -> Contact:
    """Who has this number, by two calls: the first gives only the userId. Raises ContactsError."""
    found = _ask(http, tokens, app, "/topapi/v2/user/getbymobile", {"mobile": mobile}, now)
    return person(http, tokens, app, str(found.get("userid", "")), now)


def person(http: Http, tokens: Tokens, app: App, user_id: str, now: datetime) -> Contact:
    """Raises ContactsError; its reason is recipient_unknown for somebody who left or never was."""
    found = _ask(http, tokens, app, "/topapi/v2/user/get", {"userid": user_id}, now)
    return Contact(str(found.get("userid", user_id)), str(found.get("name", "")), str(found.get("mobile") or ""))


def _ask(http: Http, tokens: Tokens, app: App, path: str, body: dict[str, str], now: datetime) -> dict[str, Any]:
    try:
        token = network.run(tokens.get(http, app, now))
        try:
            return _post(http, app, token, path, body)
        except ContactsError as refusal:
            if refusal.result.reason not in TOKEN_REASONS:
                raise
        tokens.forget(app, token)
        return _post(http, app, network.run(tokens.get(http, app, now)), path, body)
    except TokenError as refusal:
        raise ContactsError(refusal.result) from None


def _post(http: Http, app: App, token: str, path: str, body: dict[str, str]) -> dict[str, Any]:
    url = f"{http.hosts.oapi_url}{path}?access_token={quote(token, safe='')}"
    try:
        reply = http.post_json(url, as_json(body).encode("utf-8", "replace"))
    except NetworkError as error:
        raise ContactsError(network_result(error)) from None
    fields = answer_fields(reply.body) or {}
    result = fields.get("result")
    if str(fields.get("errcode")) == "0" and isinstance(result, dict):
        return result
    refusal = classify_api(reply.status, reply.body, (token, app.client_secret))
    raise ContactsError(own_result("answer_unreadable") if refusal.reason == "ok" else refusal)
