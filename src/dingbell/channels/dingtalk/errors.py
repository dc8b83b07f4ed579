"""What an answer or a failure means: the tables of `codes` and `reasons`, applied."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk.codes import TABLE, Row
from dingbell.channels.dingtalk.fitting import safe
from dingbell.channels.dingtalk.reasons import ANSWERS, NETWORK, PRODUCT
from dingbell.channels.http import NetworkError
from dingbell.channels.redaction import redact

MAX_TEXT_CHARS = 500
# After one of these the access token is fetched anew.
TOKEN_REASONS = frozenset({"access_token_invalid", "access_token_expired", "access_token_missing"})
# An account message that failed like this with HTTP 5xx may have been taken all the same.
LOST_REASONS = frozenset({"system_busy", "system_error", "robot_system_error", "server_error", "unknown_code"})
RECIPIENT_LISTS = ("flowControlledStaffIdList", "filteredStaffIdList", "invalidStaffIdList")
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_SCOPES = re.compile(r"\(requiredScopes: ([^)]*)\)")

_ROWS = {row.reason: row for row in (*TABLE, *ANSWERS, *NETWORK)}
_HINTS = {row.reason: (row.zh, row.en) for row in _ROWS.values()} | dict(PRODUCT)


def _compiled(rows: Iterable[Row]) -> dict[str, list[tuple[re.Pattern[str], Row]]]:
    """By code in lower case, in the table's order."""
    found: dict[str, list[tuple[re.Pattern[str], Row]]] = {}
    for row in rows:
        for entry in row.codes:
            code, _, pattern = entry.partition(" ")
            found.setdefault(code.lower(), []).append((re.compile(pattern, re.IGNORECASE), row))
    return found


_ENTRIES = _compiled(TABLE)
# The longest beginning says most; "*" alone comes last.
_BEGINNINGS = sorted((code[:-1] for code in _ENTRIES if code.endswith("*")), key=lambda code: -len(code))


def classify_robot(status: int, body: bytes, secrets: Sequence[str] = ()) -> Result:
    """The answer of robot/send. A server error is RETRY: msgUuid makes the repetition safe.

    `secrets` are kept out of the result's text.
    """
    fields = answer_fields(body)
    if fields is None:
        return _without_json(status, body, secrets)
    coded = "errcode" in fields or "code" in fields
    return _from_fields((_by_code if coded else _without_code)(status, fields), status, fields, secrets)


def classify_api(status: int, body: bytes, secrets: Sequence[str] = ()) -> Result:
    """The answer of batchSend and of the token call.

    A server error, or an HTTP 200 that cannot be read, is UNKNOWN: the call has no key against doubles. SENT
    may still name people not served in `recipients`. `secrets` are kept out of the result's text.
    """
    fields = answer_fields(body)
    if fields is None:
        return _for_account(_without_json(status, body, secrets), status)
    coded = any(fields.get(key) not in (None, "", 0, "0") for key in ("code", "errcode"))
    if not coded and status == 200 and "processquerykey" in fields:
        return replace(_from_fields(own_result("ok"), status, fields), recipients=_recipients(fields))
    refusal = (_by_code if coded else _without_code)(status, fields)
    return _for_account(_from_fields(refusal, status, fields, secrets), status)


def classify_reason(code: str, *, otherwise: str) -> Result:
    """A reason that an answer gives for one of several things; a code nobody knows is `otherwise`."""
    row = _find(_words(code), "")
    result = own_result(otherwise if row is None else row.reason)
    return replace(result, code=_words(code)[:100] or None, text=_words(code))


def network_result(error: NetworkError) -> Result:
    """A failure without an answer: UNKNOWN if the request may have been taken."""
    result = own_result(error.reason, text=_words(error.detail))
    return replace(result, verdict=Verdict.UNKNOWN) if error.maybe_taken else result


def own_result(reason: str, *, http_status: int | None = None, text: str = "") -> Result:
    """The result that the tables give for a reason."""
    row = _ROWS[reason]
    return Result(row.verdict, row.reason, http_status=http_status, text=text, wait_s=row.wait_s)


def hint(reason: str, language: str) -> str:
    """What a reason means and what to do, in Chinese (`zh…`) or English; itself if it has no text."""
    return _hint(reason, language, scopes="", ip="")


def explain(result: Result, language: str) -> str:
    """The hint with what this answer names: missing permissions, the IP DingTalk saw, the clock's error."""
    chinese = language.startswith("zh")
    scopes, ip = _SCOPES.search(result.text), _IP.search(result.text)
    words = _hint(
        result.reason,
        language,
        scopes=f" ({scopes[1]})" if scopes else "",
        ip=f" ({ip[0]})" if ip else "",
    )
    if result.reason == "timestamp_invalid" and result.clock_skew_s is not None:
        minutes = round(abs(result.clock_skew_s) / 60)
        ahead = result.clock_skew_s > 0
        if chinese:
            words += f"本机时间比钉钉{'快' if ahead else '慢'} {minutes} 分钟。"
        else:
            words += f" This clock is {minutes} minutes {'ahead' if ahead else 'behind'}."
    return words


def reasons() -> frozenset[str]:
    """Every reason that has a text."""
    return frozenset(_HINTS)


def answer_fields(body: bytes) -> dict[str, Any] | None:
    """The fields of a JSON object, keys in lower case (the gateway also writes Code, RequestId), or None."""
    try:
        answer = json.loads(body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None
    return {str(key).lower(): value for key, value in answer.items()} if isinstance(answer, dict) else None


def _hint(reason: str, language: str, **particulars: str) -> str:
    if reason not in _HINTS:
        return reason
    chinese, english = _HINTS[reason]
    return (chinese if language.startswith("zh") else english).format(**particulars)


def _by_code(status: int, fields: Mapping[str, Any]) -> Result:
    """The table's result for a code; an unknown one is refused on HTTP 4xx and tried again otherwise."""
    code, text = _code(fields), _text(fields)
    row = _find(code, text)
    if row is not None:
        return own_result(row.reason)
    if status == 429 or status >= 500:
        return _by_status(status)
    result = own_result("unknown_code")
    return replace(result, verdict=Verdict.REFUSED_CONFIGURATION, wait_s=0.0) if status >= 400 else result


def _find(code: str, text: str) -> Row | None:
    wanted = code.lower()
    codes = chain((wanted,), (f"{beginning}*" for beginning in _BEGINNINGS if wanted.startswith(beginning)))
    entries = chain.from_iterable(_ENTRIES.get(code, ()) for code in codes)
    return next((row for pattern, row in entries if pattern.search(text)), None)


def _without_code(status: int, fields: Mapping[str, Any]) -> Result:
    if "punish" in fields or str(fields.get("status")) == "1111":
        return own_result("ip_punished")
    return _by_status(status)


def _without_json(status: int, body: bytes, secrets: Sequence[str]) -> Result:
    """Gateways, login pages and DingTalk's IP ban answer in HTML or not at all."""
    result = _by_status(status)
    if result.reason == "answer_unreadable" and body.lstrip()[:1] == b"<":
        result = own_result("answer_html")
    return replace(result, http_status=status, text=_words(body.decode("utf-8", "replace"), secrets))


def _by_status(status: int) -> Result:
    """For answers whose body says nothing."""
    if status >= 500:
        return own_result("server_error")
    if status == 407:
        return own_result("proxy_failed")
    if status == 429:
        return own_result("too_many_requests")
    return own_result("redirected" if 300 <= status < 400 else "answer_unreadable")


def _for_account(result: Result, status: int) -> Result:
    """The account call's own caution: what may have been taken is UNKNOWN, never RETRY."""
    if status == 401 and result.reason in ("unknown_code", "answer_unreadable"):
        token = own_result("access_token_invalid")
        return replace(result, verdict=token.verdict, reason=token.reason, wait_s=token.wait_s)
    lost = status >= 500 and result.reason in LOST_REASONS
    unreadable = status == 200 and result.reason == "answer_unreadable"
    return replace(result, verdict=Verdict.UNKNOWN, wait_s=1.0) if lost or unreadable else result


def _from_fields(result: Result, status: int, fields: Mapping[str, Any], secrets: Sequence[str] = ()) -> Result:
    request_id = next((fields[key] for key in ("requestid", "request_id", "uuid") if fields.get(key)), None)
    query_key = fields.get("processquerykey")
    return replace(
        result,
        http_status=status,
        code=_code(fields)[:100] or None,
        text=_words(_text(fields), secrets) if result.verdict is not Verdict.SENT else "",
        request_id=None if request_id is None else safe(str(request_id))[:100],
        process_query_key=safe(query_key)[:128] if isinstance(query_key, str) else None,
    )


def _code(fields: Mapping[str, Any]) -> str:
    """The code as text: errcode may be 0 or "0"; behind 88 the real one is in sub_code (§2.8)."""
    code = next((fields[key] for key in ("errcode", "code") if fields.get(key) is not None), "")
    if str(code) == "88" and fields.get("sub_code"):
        code = fields["sub_code"]
    return safe(str(code).strip())


def _text(fields: Mapping[str, Any]) -> str:
    parts = [fields.get(key) for key in ("errmsg", "message", "sub_msg", "description")]
    words = list(dict.fromkeys(str(part) for part in parts if part))
    detail = fields.get("accessdenieddetail")
    scopes = detail.get("requiredScopes") if isinstance(detail, dict) else None
    if isinstance(scopes, list) and scopes:
        words.append(f"(requiredScopes: {', '.join(str(scope) for scope in scopes)})")
    return " ".join(words)


def _words(text: str, secrets: Sequence[str] = ()) -> str:
    """Fit to be stored and shown: no secret, no NUL or lone surrogate, one line, at most MAX_TEXT_CHARS."""
    return redact(" ".join(safe(text).split()), secrets)[:MAX_TEXT_CHARS]


def _recipients(fields: Mapping[str, Any]) -> dict[str, Result]:
    """People whom a taken call did not serve; in doubt the refusal counts, not the throttle."""
    results: dict[str, Result] = {}
    for name in RECIPIENT_LISTS:
        listed = fields.get(name.lower())
        row = _find(name, "")
        if isinstance(listed, list) and row is not None:
            results |= {str(person): replace(own_result(row.reason), code=name) for person in listed}
    return results
