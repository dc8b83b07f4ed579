"""A call of an app's robot with its access token, which is fetched anew and tried once more when refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk.errors import TOKEN_REASONS, answer_fields, classify_api, network_result, own_result
from dingbell.channels.dingtalk.token import App, TokenError, Tokens
from dingbell.channels.http import Http, NetworkError

Classify = Callable[[int, bytes, Sequence[str]], Result]


async def ask(
    http: Http,
    tokens: Tokens,
    app: App,
    now: datetime,
    method: str,
    target: str,
    body: bytes | None,
    classify: Classify,
) -> tuple[Result, bytes]:
    """The answer as `classify` has it, and its body; never raises for anything the network or DingTalk does.

    `target` is path and query below the API's address. DingTalk checks the token before it takes anything.
    """

    async def once(token: str) -> tuple[Result, bytes]:
        try:
            headers = {"x-acs-dingtalk-access-token": token}
            reply = await http.exchange(method, f"{http.hosts.api_url}{target}", body, headers)
        except NetworkError as error:
            return network_result(error), b""
        result = classify(reply.status, reply.body, (token, app.client_secret))
        return replace(result, clock_skew_s=reply.clock_skew_s(now)), reply.body

    try:
        token = await tokens.get(http, app, now)
        result, answer = await once(token)
        if result.reason in TOKEN_REASONS:
            tokens.forget(app, token)
            result, answer = await once(await tokens.get(http, app, now))
    except TokenError as refused:
        return refused.result, b""
    return result, answer


def answered_with(*names: str) -> Classify:
    """For answers without a code whose fields tell that the call was taken: any of `names`, in lower case."""

    def classify(status: int, body: bytes, secrets: Sequence[str]) -> Result:
        fields = answer_fields(body) or {}
        coded = any(fields.get(key) not in (None, "", 0, "0") for key in ("code", "errcode"))
        if status == 200 and not coded and any(name in fields for name in names):
            return own_result("ok", http_status=status)
        refusal = classify_api(status, body, secrets)
        # A processQueryKey is an answer to another question.
        return own_result("answer_unreadable", http_status=status) if refusal.verdict is Verdict.SENT else refusal

    return classify
