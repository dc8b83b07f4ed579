from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.base import Result, Verdict
from dingbell.channels.dingtalk.codes import TABLE
from dingbell.channels.dingtalk.errors import (
    MAX_TEXT_CHARS,
    classify_api,
    classify_robot,
    explain,
    hint,
    network_result,
    reasons,
)
from dingbell.channels.dingtalk.reasons import ANSWERS, NETWORK
from dingbell.channels.http import NetworkError

CONFIGURATION = Verdict.REFUSED_CONFIGURATION
CONTENT = Verdict.REFUSED_CONTENT
RECIPIENT = Verdict.REFUSED_RECIPIENT
RETRY, HOLD, QUOTA, UNKNOWN = Verdict.RETRY, Verdict.HOLD, Verdict.QUOTA, Verdict.UNKNOWN


def robot(errcode: object, errmsg: str = "") -> Result:
    return classify_robot(200, json.dumps({"errcode": errcode, "errmsg": errmsg}).encode())


def api(code: str, message: str = "", status: int = 400, **more: Any) -> Result:
    return classify_api(status, json.dumps({"code": code, "message": message, **more}).encode())


class TestRobot:
    @pytest.mark.parametrize(
        ("errcode", "errmsg", "verdict", "reason", "wait_s"),
        [
            (-1, "系统繁忙", RETRY, "system_busy", 1),
            (500100, "系统异常", RETRY, "robot_system_error", 2),
            (130101, "send too fast, exceed 20 times per minute", HOLD, "robot_rate_limited", 600),
            (410100, "发送速度太快而限流", HOLD, "robot_rate_limited", 600),
            (450101, "", RETRY, "robot_throttled", 60),
            (90001, "", RETRY, "qps_limited", 1),
            (90002, "", RETRY, "platform_qps_limited", 1),
            (90018, "", RETRY, "app_qps_limited", 1),
            (90020, "调用量:10001次,额度:10000次", QUOTA, "api_quota_exhausted", 0),
            (90030, "webhook over limit", QUOTA, "webhook_quota_exhausted", 0),
            (310000, "keywords not in content", CONFIGURATION, "keyword_missing", 0),
            (310000, "sign not match, more: [https://ding-doc.dingtalk.com]", CONFIGURATION, "signature_mismatch", 0),
            (310000, "invalid timestamp", CONFIGURATION, "timestamp_invalid", 0),
            (310000, "ip 203.0.113.7 not in whitelist", CONFIGURATION, "ip_not_whitelisted", 0),
            (310000, "description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词，并在发送的信息中包含;",
             CONFIGURATION, "keyword_missing", 0),
            (310000, "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在调用的网址中，"
             "请确认机器人的密钥加密和填写正确;", CONFIGURATION, "signature_mismatch", 0),
            (310000, "description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在timestampms以内;",
             CONFIGURATION, "timestamp_invalid", 0),
            (310000, "description:ip 203.0.113.7 不在白名单中;", CONFIGURATION, "ip_not_whitelisted", 0),
            (310000, "something new", CONFIGURATION, "security_check_failed", 0),
            (99, "send forbidden", CONFIGURATION, "robot_send_forbidden", 0),
            (300001, "token is not exist", CONFIGURATION, "robot_token_wrong", 0),
            (300001, "message param title or text is null", CONTENT, "title_or_text_missing", 0),
            (300001, "param error", CONTENT, "body_not_json", 0),
            (300001, "something new", CONTENT, "parameter_refused", 0),
            (300005, "token is not exist", CONFIGURATION, "robot_token_foreign", 0),
            (400101, "access_token不存在", CONFIGURATION, "robot_token_unknown", 0),
            (400102, "", CONFIGURATION, "robot_disabled", 0),
            (400106, "", CONFIGURATION, "robot_not_in_group", 0),
            (400013, "", CONFIGURATION, "group_dissolved", 0),
            (400105, "", CONTENT, "message_type_unsupported", 0),
            (400402, "miss param : markdown->title", CONTENT, "title_missing", 0),
            (400403, "miss param : markdown->text", CONTENT, "text_missing", 0),
            (401102, "miss param : x", CONTENT, "parameter_missing", 0),
            (40035, "缺少参数 json", CONTENT, "body_format", 0),
            (40033, "", CONTENT, "illegal_characters", 0),
            (40048, "", CONTENT, "illegal_link_domain", 0),
            (43004, "", CONTENT, "content_type_wrong", 0),
            (43005, "", CONTENT, "content_type_wrong", 0),
            (460101, "message too long, exceed 20000 bytes", CONTENT, "message_too_long", 0),
            (101002, "message is too long", CONTENT, "message_too_long", 0),
            (430101, "", CONTENT, "unsafe_link", 0),
            (430102, "", CONTENT, "unsuitable_text", 0),
            (430103, "", CONTENT, "unsuitable_picture", 0),
            (430104, "", CONTENT, "unsuitable_content", 0),
            (1, "only group admin can @ All", CONTENT, "mention_all_forbidden", 0),
            (987654, "什么", RETRY, "unknown_code", 30),
        ],
    )  # fmt: skip
    def test_code(self, errcode: int, errmsg: str, verdict: Verdict, reason: str, wait_s: float) -> None:
        result = robot(errcode, errmsg)
        assert (result.verdict, result.reason, result.wait_s) == (verdict, reason, wait_s)
        assert (result.http_status, result.code, result.text) == (200, str(errcode), errmsg)
        assert robot(str(errcode), errmsg) == result

    @pytest.mark.parametrize("errcode", [0, "0", " 0 "])
    def test_sent(self, errcode: object) -> None:
        assert robot(errcode, "ok") == Result(Verdict.SENT, "ok", http_status=200, code="0")

    def test_rate_limit_wrapped_by_the_gateway(self) -> None:
        body = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u-1"}
        limited = {**body, "errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        result = classify_robot(200, json.dumps(limited).encode())
        assert (result.verdict, result.reason, result.request_id) == (HOLD, "robot_rate_limited", "u-1")
        result = classify_robot(200, json.dumps(body).encode())
        assert (result.verdict, result.reason, result.wait_s) == (HOLD, "ip_punished", 300)

    @pytest.mark.parametrize(
        ("status", "body", "verdict", "reason"),
        [
            (200, b"<!doctype html><title>405</title>", HOLD, "answer_html"),
            (405, b"\r\n<html>", HOLD, "answer_html"),
            (403, "<html>拒绝</html>".encode("gbk"), HOLD, "answer_html"),
            (200, b"", HOLD, "answer_unreadable"),
            (200, b"ok", HOLD, "answer_unreadable"),
            (200, b"[]", HOLD, "answer_unreadable"),
            (200, b"null", HOLD, "answer_unreadable"),
            (200, b"{}", HOLD, "answer_unreadable"),
            (200, b'{"errcode":0', HOLD, "answer_unreadable"),
            (200, b"[" * 200_000, HOLD, "answer_unreadable"),
            (302, b"", HOLD, "redirected"),
            (407, b"<html>", RETRY, "proxy_failed"),
            (429, b"", RETRY, "too_many_requests"),
            (500, b"", RETRY, "server_error"),
            (502, b"<html>Bad Gateway</html>", RETRY, "server_error"),
            (503, b'{"message":"busy"}', RETRY, "server_error"),
            (503, b'{"code":"ServiceUnavailable"}', RETRY, "server_error"),
        ],
    )
    def test_without_a_code(self, status: int, body: bytes, verdict: Verdict, reason: str) -> None:
        result = classify_robot(status, body)
        assert (result.verdict, result.reason, result.http_status) == (verdict, reason, status)
        if verdict is HOLD:
            assert result.wait_s == 300


class TestApi:
    @pytest.mark.parametrize(
        ("code", "status", "verdict", "reason", "wait_s"),
        [
            ("invalidClientIdOrSecret", 400, CONFIGURATION, "client_credentials_wrong", 0),
            ("invalid.client", 400, CONFIGURATION, "client_credentials_wrong", 0),
            ("unauthorized.client", 401, CONFIGURATION, "client_not_authorized", 0),
            ("unsupported.grant.type", 400, CONFIGURATION, "grant_type_unsupported", 0),
            ("InvalidAuthentication", 400, CONFIGURATION, "access_token_invalid", 0),
            ("something.new", 401, CONFIGURATION, "access_token_invalid", 0),
            ("Forbidden.AccessDenied.AccessTokenPermissionDenied", 403, CONFIGURATION, "permission_missing", 0),
            ("Forbidden.AccessDenied.IpNotInWhiteList", 403, CONFIGURATION, "app_ip_not_whitelisted", 0),
            ("Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", 403, RETRY, "app_qps_limited", 1),
            ("Forbidden.AccessDenied.QpsLimitForApi", 403, RETRY, "platform_qps_limited", 1),
            ("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi", 403, RETRY, "app_qpm_limited", 60),
            ("Forbidden.AccessDenied.ApiCountLimitForOrg", 403, QUOTA, "api_quota_exhausted", 0),
            ("Forbidden.AccessDenied.SomethingNew", 403, CONFIGURATION, "access_denied", 0),
            ("send.too.fast", 400, RETRY, "sending_too_fast", 10),
            ("send.byToken.tooFast", 400, RETRY, "sending_too_fast", 10),
            ("too.many.people", 400, RETRY, "too_many_people", 60),
            ("too.many.group", 400, RETRY, "too_many_groups", 60),
            ("invalidParameter.robotCode.empty", 400, CONFIGURATION, "robot_code_missing", 0),
            ("invalidParameter.robotCode.invalid", 400, CONFIGURATION, "robot_code_wrong", 0),
            ("invalidParameter.robotCode.notExsit", 400, CONFIGURATION, "robot_code_unknown", 0),
            ("invalidParameter.robotCode.auth", 400, CONFIGURATION, "robot_code_of_other_app", 0),
            ("template.not.existed", 400, CONFIGURATION, "template_unknown", 0),
            ("template.stopped", 400, CONFIGURATION, "template_stopped", 0),
            ("bot.stopped", 400, CONFIGURATION, "robot_stopped", 0),
            ("resource.unavailable", 400, CONFIGURATION, "resource_unavailable", 0),
            ("chatbotId.notAllow.sendOTO", 400, CONFIGURATION, "one_to_one_not_allowed", 0),
            ("robot.oto.notExist", 400, CONFIGURATION, "one_to_one_robot_missing", 0),
            ("send.forbidden", 400, CONFIGURATION, "app_send_forbidden", 0),
            ("bot.forbidden.sendMessage", 400, CONFIGURATION, "app_robot_forbidden", 0),
            ("staffId.notExisted", 400, RECIPIENT, "recipient_unknown", 0),
            ("invalidParameter.userId.empty", 400, RECIPIENT, "recipient_missing", 0),
            ("invalidParameter.userIds.empty", 400, RECIPIENT, "recipient_missing", 0),
            ("illegal.receivers", 400, RECIPIENT, "recipients_illegal", 0),
            ("invalidParameter.userIds.overMax", 400, CONTENT, "too_many_user_ids", 0),
            ("receivers.exceed", 400, CONTENT, "too_many_recipients", 0),
            ("invalidParameter.msgKey.invalid", 400, CONTENT, "message_key_refused", 0),
            ("invalidParameter.msgParam.invalid", 400, CONTENT, "message_parameter_refused", 0),
            ("msgParam.invalid", 400, CONTENT, "message_parameter_refused", 0),
            ("msgBody.invalid", 400, CONTENT, "message_body_refused", 0),
            ("miss.param.x", 400, CONTENT, "parameter_missing", 0),
            ("invalidParameter.something.new", 400, CONTENT, "parameter_refused", 0),
            ("invalidParameter.msgParam.tooLong", 400, CONTENT, "message_too_long", 0),
            ("contain.unsafe.url", 400, CONTENT, "unsafe_link", 0),
            ("contain.notAllowed.text", 400, CONTENT, "unsuitable_text", 0),
            ("contain.notAllowed.picture", 400, CONTENT, "unsuitable_picture", 0),
            ("contain.notAllowed.content", 400, CONTENT, "unsuitable_content", 0),
            ("group.disbanded", 400, CONFIGURATION, "group_dissolved", 0),
            ("invalid.openConversationId", 400, RECIPIENT, "conversation_unusable", 0),
            ("conversation.org.notMatch", 400, RECIPIENT, "conversation_foreign", 0),
            ("only.groupAdmin.canAtAll", 400, CONTENT, "mention_all_forbidden", 0),
            ("InvalidAction.NotFound", 404, CONFIGURATION, "interface_unknown", 0),
            ("system.error", 400, RETRY, "system_error", 2),
            ("system.error", 500, UNKNOWN, "system_error", 1),
            ("server.error", 500, UNKNOWN, "system_error", 1),
            ("unknown.send.result", 400, UNKNOWN, "send_result_unknown", 1),
            ("unknown.send.result", 500, UNKNOWN, "send_result_unknown", 1),
            ("something.new", 400, CONFIGURATION, "unknown_code", 0),
            ("ServiceUnavailable", 503, UNKNOWN, "server_error", 1),
            ("Throttling", 429, RETRY, "too_many_requests", 60),
        ],
    )
    def test_code(self, code: str, status: int, verdict: Verdict, reason: str, wait_s: float) -> None:
        result = api(code, "说明", status, requestid="R-1")
        assert (result.verdict, result.reason, result.wait_s) == (verdict, reason, wait_s)
        assert (result.http_status, result.code, result.text) == (status, code, "说明")
        assert result.request_id == "R-1"
        capitals = json.dumps({"Code": code, "Message": "说明", "RequestId": "R-1"}).encode()
        assert classify_api(status, capitals) == result

    @pytest.mark.parametrize(
        ("errcode", "reason"),
        [
            (40014, "access_token_invalid"),
            (40001, "access_token_invalid"),
            (42001, "access_token_expired"),
            (41001, "access_token_missing"),
            (60011, "permission_missing"),
            (60020, "app_ip_not_whitelisted"),
            (60121, "recipient_unknown"),
            (40104, "mobile_unknown"),
            (33012, "recipient_invalid"),
            (50002, "recipient_out_of_range"),
            (50004, "department_out_of_range"),
            (90018, "app_qps_limited"),
            (90002, "platform_qps_limited"),
            (90020, "api_quota_exhausted"),
            (-1, "system_busy"),
            (88, "authorization_failed"),
        ],
    )
    def test_old_code(self, errcode: int, reason: str) -> None:
        body = {"errcode": errcode, "errmsg": "说明", "request_id": "r"}
        result = classify_api(200, json.dumps(body).encode())
        assert (result.reason, result.code, result.request_id) == (reason, str(errcode), "r")

    def test_the_real_code_behind_88(self) -> None:
        body = {"errcode": 88, "sub_code": "60011", "sub_msg": "没有权限", "errmsg": "ding talk error"}
        result = classify_api(200, json.dumps(body).encode())
        assert (result.reason, result.code) == ("permission_missing", "60011")
        assert "没有权限" in result.text

    def test_sent_to_some(self) -> None:
        body = {
            "processQueryKey": "pqk-1",
            "invalidStaffIdList": ["gone", 123],
            "flowControlledStaffIdList": ["busy", "gone"],
            "filteredStaffIdList": ["outside"],
        }
        result = classify_api(200, json.dumps(body).encode())
        assert (result.verdict, result.reason, result.process_query_key) == (Verdict.SENT, "ok", "pqk-1")
        assert {person: (each.verdict, each.reason, each.wait_s) for person, each in result.recipients.items()} == {
            "gone": (RECIPIENT, "recipient_unknown", 0),
            "123": (RECIPIENT, "recipient_unknown", 0),
            "busy": (RETRY, "recipient_flow_controlled", 60),
            "outside": (RECIPIENT, "recipient_filtered", 0),
        }

    def test_sent_to_all(self) -> None:
        body = b'{"processQueryKey": "pqk-1", "invalidStaffIdList": null, "flowControlledStaffIdList": []}'
        assert classify_api(200, body).recipients == {}

    @pytest.mark.parametrize(
        ("status", "body", "verdict", "reason"),
        [
            (200, b"<html>", HOLD, "answer_html"),
            (200, b'{"status":1111,"punish":"deny"}', HOLD, "ip_punished"),
            (200, b"", UNKNOWN, "answer_unreadable"),
            (200, b'{"processQueryKey":"p', UNKNOWN, "answer_unreadable"),
            (200, b"{}", UNKNOWN, "answer_unreadable"),
            (302, b"", HOLD, "redirected"),
            (401, b"", CONFIGURATION, "access_token_invalid"),
            (404, b"", HOLD, "answer_unreadable"),
            (500, b"", UNKNOWN, "server_error"),
            (502, b"<html>Bad Gateway</html>", UNKNOWN, "server_error"),
            (504, b"{}", UNKNOWN, "server_error"),
        ],
    )
    def test_without_a_code(self, status: int, body: bytes, verdict: Verdict, reason: str) -> None:
        result = classify_api(status, body)
        assert (result.verdict, result.reason, result.http_status) == (verdict, reason, status)

    def test_a_definite_refusal_with_a_server_error_stays_definite(self) -> None:
        assert api("invalidParameter.robotCode.auth", "", 500).verdict is CONFIGURATION


class TestText:
    def test_names_the_missing_permission(self) -> None:
        result = api(
            "Forbidden.AccessDenied.AccessTokenPermissionDenied",
            "没有调用该接口的权限",
            403,
            accessdenieddetail={"requiredScopes": ["qyapi_robot_sendmsg", "x"]},
        )
        assert result.text == "没有调用该接口的权限 (requiredScopes: qyapi_robot_sendmsg, x)"
        assert "(qyapi_robot_sendmsg, x)" in explain(result, "zh-hans")
        assert "(qyapi_robot_sendmsg, x)" in explain(result, "en")

    def test_names_the_ip_dingtalk_saw(self) -> None:
        result = robot(310000, "ip 203.0.113.7 not in whitelist")
        assert "203.0.113.7" in explain(result, "zh-hans")
        assert "203.0.113.7" in explain(result, "en")

    def test_names_the_clock_s_error(self) -> None:
        result = robot(310000, "invalid timestamp")
        ahead = Result(result.verdict, result.reason, clock_skew_s=7260)
        behind = Result(result.verdict, result.reason, clock_skew_s=-7260)
        assert "快 121 分钟" in explain(ahead, "zh-hans")
        assert "121 minutes behind" in explain(behind, "en")
        assert explain(result, "zh-hans") == hint("timestamp_invalid", "zh-hans")

    def test_is_short_on_one_line_and_storable(self) -> None:
        result = robot(987, "坏\x00\ud800\n" + "长" * 999)
        assert len(result.text) == MAX_TEXT_CHARS
        assert result.text.startswith("坏\ufffd\ufffd 长")
        result.text.encode()

    def test_has_no_secret(self) -> None:
        token = "0123456789abcdef0123456789abcdef"
        assert token not in robot(987, f"bad https://oapi.dingtalk.com/robot/send?access_token={token}").text
        assert token not in api("x", f'{{"appSecret":"{token}"}}').text

    @given(
        st.integers(100, 599),
        st.one_of(
            st.binary(max_size=200),
            st.dictionaries(
                st.sampled_from(["errcode", "code", "Code", "errmsg", "message", "sub_code", "processQueryKey",
                                 "invalidStaffIdList", "accessdenieddetail", "punish", "success", "requestid"]),
                st.recursive(
                    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
                    max_leaves=4,
                ),
            ).map(lambda fields: json.dumps(fields).encode()),
        ),
    )  # fmt: skip
    def test_any_answer_is_classified(self, status: int, body: bytes) -> None:
        for result in (classify_robot(status, body), classify_api(status, body)):
            assert result.reason in reasons()
            for text in (result.text, result.code or "", result.request_id or "", *result.recipients):
                text.encode()
            assert explain(result, "zh-hans")


class TestNetwork:
    @pytest.mark.parametrize("row", NETWORK, ids=lambda row: row.reason)
    def test_a_failure_that_may_have_been_taken_is_unknown(self, row: Any) -> None:
        assert network_result(NetworkError(row.reason, maybe_taken=True)).verdict is UNKNOWN
        assert network_result(NetworkError(row.reason, maybe_taken=False)).verdict is row.verdict

    def test_every_reason_of_the_connection_has_a_row(self) -> None:
        named = re.findall(r"[a-z]+_[a-z_]+|timeout|unreachable", NetworkError.__doc__ or "")
        assert {row.reason for row in NETWORK} == set(named) - {"maybe_taken"}

    def test_keeps_the_wording(self) -> None:
        result = network_result(NetworkError("tls_failed", maybe_taken=False, detail="certificate has expired"))
        assert result == Result(RETRY, "tls_failed", text="certificate has expired", wait_s=10)


class TestTable:
    def test_every_code_of_the_reference_is_known(self) -> None:
        """§1.11 and §2.8 of dingtalk-api, written out here so that the test needs no file outside the project."""
        listed = """0 -1 500100 130101 410100 90002 90018 90001 90020 90030 310000 300001 300005 400101 400102 400106
        400013 400105 400402 400403 401102 40035 43004 43005 460101 101002 430101 430102 430103 430104 40048 450101
        88 40014 40001 42001 41001 60011 60020 60121 40104 33012 50002 50004 40033"""
        known = {entry.split(" ")[0] for row in TABLE for entry in row.codes}
        assert set(listed.split()) <= known

    def test_each_reason_has_one_row_and_texts_of_its_own(self) -> None:
        rows = [*TABLE, *ANSWERS, *NETWORK]
        assert len({row.reason for row in rows}) == len(rows)
        assert len({row.zh for row in rows}) == len(rows)
        assert len({row.en for row in rows}) == len(rows)

    @pytest.mark.parametrize("reason", sorted(reasons()))
    def test_each_reason_speaks_both_languages(self, reason: str) -> None:
        chinese, english = hint(reason, "zh-hans"), hint(reason, "en")
        assert re.search("[\u4e00-\u9fff]", chinese)
        assert not re.search("[\u4e00-\u9fff]", english)
        assert english
        assert "{" not in chinese + english

    @pytest.mark.parametrize("row", [*TABLE, *ANSWERS, *NETWORK], ids=lambda row: row.reason)
    def test_waits_belong_to_verdicts_that_wait(self, row: Any) -> None:
        assert (row.wait_s > 0) == (row.verdict in (RETRY, HOLD, UNKNOWN))

    def test_a_reason_without_a_text_is_shown_as_it_is(self) -> None:
        assert hint("from_the_future", "en") == "from_the_future"
