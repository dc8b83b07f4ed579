"""Why nothing arrives: the way to DingTalk step by step, then the robot or the app. No message is ever sent.

One real request is watched for the way there (DNS, TCP, TLS, clock), so that it goes just as a message would:
through the same proxy, with the same certificates. `http` is the diagnosis' own, with the deadline STEP_S.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic
from typing import Any
from urllib.parse import quote

from dingbell.channels import network
from dingbell.channels.base import Result
from dingbell.channels.dingtalk import account
from dingbell.channels.dingtalk.diagnosis_texts import TEXTS
from dingbell.channels.dingtalk.errors import answer_fields, classify_api, explain, network_result
from dingbell.channels.dingtalk.fitting import as_json
from dingbell.channels.dingtalk.token import App, TokenError, Tokens
from dingbell.channels.dingtalk.webhook import SHORT_TOKEN
from dingbell.channels.hosts import endpoint, split
from dingbell.channels.http import Http, NetworkError, Reply, Trace

STEP_S = 5.0
# DingTalk refuses a signature that is an hour off (dingtalk-api §1.3).
CLOCK_WARNING_S, CLOCK_FAILURE_S = 60.0, 3_540.0
_ROBOT_CODE = "robot_code_"
# Refusals that say nothing against the app's permission: the call named nobody to send to.
_NOBODY = frozenset({"recipient_missing", "recipients_illegal", "parameter_missing", "parameter_refused"})


class Step(StrEnum):
    DNS = "dns"
    TCP = "tcp"
    TLS = "tls"
    CLOCK = "clock"
    WEBHOOK = "webhook"
    SIGNING = "signing"
    SENDING = "sending"
    TOKEN = "token"  # noqa: S105 -- the name of a step
    PERMISSION = "permission"
    ROBOT_CODE = "robot_code"
    CONTACTS = "contacts"


class Outcome(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one step showed. `code` is a key of TEXTS, `particulars` fill it and hold no secret."""

    step: Step
    outcome: Outcome
    code: str
    particulars: Mapping[str, str] = field(default_factory=dict)
    took_s: float | None = None


def words(finding: Finding, language: str) -> tuple[str, str]:
    """What is so and what to do ("" for nothing), in Chinese (`zh…`) or English."""
    text = TEXTS[finding.code]
    found, advice = (text.zh, text.zh_advice) if language.startswith("zh") else (text.en, text.en_advice)
    return found.format(**finding.particulars), advice.format(**finding.particulars)


def way(http: Http, url: str, now: datetime) -> list[Finding]:
    """DNS, TCP, TLS and clock of the host that `url` names; GET / there. `now` is the local wall clock (aware)."""
    parts = split(url)
    if parts is None or http.hosts.refusal(url):
        reason = http.hosts.refusal(url) or "address_invalid"
        host = parts.netloc if parts else url[:100]
        return _stopped([Finding(Step.DNS, Outcome.FAILED, reason, {"host": host})])
    trace = Trace()
    started = monotonic()
    try:
        answer: Reply | NetworkError = http.request("GET", f"{parts.scheme}://{parts.netloc}/", trace=trace)
    except NetworkError as error:
        answer = error
    _, host, port = endpoint(parts)
    return judged(trace, answer, _Way(host, port, parts.scheme == "https", http.proxied(parts), started), now)


@dataclass(frozen=True, slots=True)
class _Way:
    host: str
    port: int
    encrypted: bool
    proxied: bool
    started: float


def judged(trace: Trace, answer: Reply | NetworkError, to: _Way, now: datetime) -> list[Finding]:
    """What a watched request showed. Pure."""
    error = answer if isinstance(answer, NetworkError) else None
    about = {"host": to.host, "port": str(to.port), "detail": error.detail or error.reason if error else ""}
    if trace.resolved_at is None:
        return _stopped([Finding(Step.DNS, Outcome.FAILED, "dns_failed", about, monotonic() - to.started)])
    found = [
        Finding(
            Step.DNS, Outcome.OK, "resolved_proxy" if to.proxied else "resolved",
            about | {"addresses": "、".join(trace.addresses[:4])}, trace.resolved_at - to.started,
        )
    ]  # fmt: skip
    if trace.connected_at is None:
        return _stopped([*found, Finding(Step.TCP, Outcome.FAILED, _why(error, "connect_timeout"), about)])
    took = trace.connected_at - trace.resolved_at
    found.append(Finding(Step.TCP, Outcome.OK, "connected", {"address": trace.address}, took))
    if not to.encrypted:
        found.append(Finding(Step.TLS, Outcome.WARNING, "not_encrypted"))
    elif trace.secured_at is None or trace.certificate is None:
        return _stopped([*found, Finding(Step.TLS, Outcome.FAILED, _why(error, "no_answer"), about)])
    else:
        took = trace.secured_at - trace.connected_at
        found.append(Finding(Step.TLS, Outcome.OK, "secured", _certificate(trace.certificate), took))
    if isinstance(answer, NetworkError):
        code = "proxy_failed" if answer.reason == "proxy_failed" else "no_answer"
        return [*found, Finding(Step.CLOCK, Outcome.FAILED, code, about)]
    return [*found, _clock(answer, now)]


def _clock(reply: Reply, now: datetime) -> Finding:
    """The answer's Date against the local clock; an answer that is not DingTalk's own shows nothing."""
    status = {"status": str(reply.status)}
    if 300 <= reply.status < 400:
        return Finding(Step.CLOCK, Outcome.WARNING, "redirected", status, reply.elapsed_s)
    if reply.status >= 500:
        return Finding(Step.CLOCK, Outcome.WARNING, "server_trouble", status, reply.elapsed_s)
    skew = reply.clock_skew_s(now)
    if skew is None:
        return Finding(Step.CLOCK, Outcome.SKIPPED, "clock_unknown", took_s=reply.elapsed_s)
    if abs(skew) <= CLOCK_WARNING_S:
        # Date is exact to a second only.
        return Finding(Step.CLOCK, Outcome.OK, "clock_right", {"seconds": str(round(abs(skew)))}, reply.elapsed_s)
    wrong = abs(skew) >= CLOCK_FAILURE_S
    particulars = {
        "minutes": str(max(1, round(abs(skew) / 60))),
        "zh_direction": "快" if skew > 0 else "慢",
        "direction": "ahead of" if skew > 0 else "behind",
    }
    code, outcome = ("clock_wrong", Outcome.FAILED) if wrong else ("clock_off", Outcome.WARNING)
    return Finding(Step.CLOCK, outcome, code, particulars, reply.elapsed_s)


def robot(http: Http, url: str, token: str | None, secret: str | None, keywords: Sequence[str]) -> list[Finding]:
    """What can be told of a robot without writing to its group. None stands for what could not be decrypted."""
    found = [_webhook(http, url, token), _signing(secret, keywords)]
    return [*found, Finding(Step.SENDING, Outcome.SKIPPED, "robot_untried")]


def _webhook(http: Http, url: str, token: str | None) -> Finding:
    if token is None:
        return Finding(Step.WEBHOOK, Outcome.FAILED, "secret_unreadable")
    parts = split(url)
    if refusal := http.hosts.refusal(url):
        host = parts.netloc if parts else url[:100]
        return Finding(Step.WEBHOOK, Outcome.FAILED, refusal, {"host": host})
    if len(token) < SHORT_TOKEN:
        return Finding(Step.WEBHOOK, Outcome.WARNING, "webhook_short", {"length": str(len(token))})
    return Finding(Step.WEBHOOK, Outcome.OK, "webhook_right")


def _signing(secret: str | None, keywords: Sequence[str]) -> Finding:
    if secret is None:
        return Finding(Step.SIGNING, Outcome.FAILED, "secret_unreadable")
    if secret:
        right = secret.startswith("SEC")
        return Finding(Step.SIGNING, Outcome.OK if right else Outcome.WARNING, "signed" if right else "signed_oddly")
    if keywords:
        return Finding(Step.SIGNING, Outcome.OK, "keyword_only", {"keyword": keywords[0]})
    return Finding(Step.SIGNING, Outcome.WARNING, "unprotected")


def app(http: Http, known: App | None, robot_code: str, user_id: str, now: datetime) -> list[Finding]:
    """Token, permission point, RobotCode and, with somebody's `user_id`, the range of contacts.

    `known` None: its secret could not be decrypted. The permission is asked by a send to nobody: DingTalk checks
    permission and RobotCode before it looks at the receivers (one call of the monthly quota).
    """
    rest = (Step.PERMISSION, Step.ROBOT_CODE, Step.CONTACTS)
    if known is None:
        return _stopped([Finding(Step.TOKEN, Outcome.FAILED, "secret_unreadable")], rest)
    started = monotonic()
    try:
        token = network.run(Tokens().get(http, known, now))
    except TokenError as refused:
        found = _refused(Step.TOKEN, Outcome.FAILED, refused.result, monotonic() - started)
        return _stopped([found], rest)
    given = Finding(Step.TOKEN, Outcome.OK, "token_given", took_s=monotonic() - started)
    return [given, *_permission(http, known, token, robot_code), _contacts(http, known, token, user_id)]


def _permission(http: Http, known: App, token: str, robot_code: str) -> list[Finding]:
    nobody = {"robotCode": robot_code, "userIds": [], "msgKey": "sampleText", "msgParam": '{"content":"-"}'}
    started = monotonic()
    try:
        headers = {"x-acs-dingtalk-access-token": token}
        reply = http.post_json(f"{http.hosts.api_url}{account.SEND_PATH}", as_json(nobody).encode(), headers)
        result = classify_api(reply.status, reply.body, (token, known.client_secret))
    except NetworkError as error:
        result = network_result(error)
    return _of_permission(result, monotonic() - started)


def _of_permission(result: Result, took_s: float) -> list[Finding]:
    """What the answer to a send to nobody says of the permission and of the RobotCode."""
    given = Finding(Step.PERMISSION, Outcome.OK, "permission_given", took_s=took_s)
    if result.reason.startswith(_ROBOT_CODE):
        return [given, _refused(Step.ROBOT_CODE, Outcome.FAILED, result, None)]
    if result.reason in _NOBODY or (result.code or "").lower() == "missinguserids":
        return [given, Finding(Step.ROBOT_CODE, Outcome.OK, "robot_code_taken")]
    if result.reason == "unknown_code":
        unclear = Finding(Step.PERMISSION, Outcome.WARNING, "permission_unclear", {"said": _said(result)}, took_s)
        return _stopped([unclear], (Step.ROBOT_CODE,))
    return _stopped([_refused(Step.PERMISSION, Outcome.FAILED, result, took_s)], (Step.ROBOT_CODE,))


def _contacts(http: Http, known: App, token: str, user_id: str) -> Finding:
    """topapi/v2/user/get (dingtalk-api §3.2): free of quota, and it knows the app's range."""
    if not user_id:
        return Finding(Step.CONTACTS, Outcome.SKIPPED, "no_account")
    url = f"{http.hosts.oapi_url}/topapi/v2/user/get?access_token={quote(token, safe='')}"
    started = monotonic()
    try:
        reply = http.post_json(url, as_json({"userid": user_id}).encode())
    except NetworkError as error:
        return _refused(Step.CONTACTS, Outcome.WARNING, network_result(error), monotonic() - started)
    took_s, about = monotonic() - started, {"user_id": user_id}
    if str((answer_fields(reply.body) or {}).get("errcode")) == "0":
        return Finding(Step.CONTACTS, Outcome.OK, "contact_seen", about, took_s)
    result = classify_api(reply.status, reply.body, (token, known.client_secret))
    particulars = about | _explained(result)
    code = "contact_permission_missing" if result.reason == "permission_missing" else "contact_refused"
    return Finding(Step.CONTACTS, Outcome.WARNING, code, particulars, took_s)


def _refused(step: Step, outcome: Outcome, result: Result, took_s: float | None) -> Finding:
    network_down = result.http_status is None and not result.code
    code = "no_network" if network_down and result.text else "unanswered" if network_down else "refused"
    return Finding(step, outcome, code, _explained(result), took_s)


def _explained(result: Result) -> dict[str, str]:
    return {"said": _said(result), "zh_explained": explain(result, "zh"), "en_explained": explain(result, "en")}


def _said(result: Result) -> str:
    return " ".join(part for part in (result.code, result.text) if part)


def _why(error: NetworkError | None, otherwise: str) -> str:
    return error.reason if error is not None and error.reason in TEXTS else otherwise


def _stopped(found: list[Finding], rest: Sequence[Step] = (Step.DNS, Step.TCP, Step.TLS, Step.CLOCK)) -> list[Finding]:
    """The findings, and that the steps of `rest` behind them were not reached."""
    done = {finding.step for finding in found}
    return [*found, *(Finding(step, Outcome.SKIPPED, "not_reached") for step in rest if step not in done)]


def _certificate(certificate: Mapping[str, Any]) -> dict[str, str]:
    issuer = {name: value for group in certificate.get("issuer", ()) for name, value in group}
    named = issuer.get("organizationName") or issuer.get("commonName") or "?"
    ends = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    return {"issuer": str(named), "until": f"{ends:%Y-%m-%d}"}
