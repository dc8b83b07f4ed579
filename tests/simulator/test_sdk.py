"""DingTalk's own Python SDK, unchanged, over real HTTP: the test of a simulator."""

from __future__ import annotations

import json

import pytest
from alibabacloud_dingtalk.oauth2_1_0 import models as oauth_models
from alibabacloud_dingtalk.oauth2_1_0.client import Client as OAuthClient
from alibabacloud_dingtalk.robot_1_0 import models
from alibabacloud_dingtalk.robot_1_0.client import Client as RobotClient
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from Tea.exceptions import TeaException

from tests.simulator.caller import Caller


def config(dingtalk: Caller) -> Config:
    return Config(protocol="http", region_id="central", endpoint=dingtalk.host)


def sdk_token(dingtalk: Caller, secret: str = "s3cret") -> str:
    request = oauth_models.GetAccessTokenRequest(app_key="dingapp", app_secret=secret)
    body = OAuthClient(config(dingtalk)).get_access_token(request).body
    assert body.expire_in == 7200
    return str(body.access_token)


def batch_send(dingtalk: Caller, token: str, *user_ids: str) -> models.BatchSendOTOResponseBody:
    request = models.BatchSendOTORequest(
        robot_code="dingrobot",
        user_ids=list(user_ids),
        msg_key="sampleMarkdown",
        msg_param=json.dumps({"title": "[报警] 3号水泵", "text": "### 轴承温度高"}),
    )
    headers = models.BatchSendOTOHeaders(x_acs_dingtalk_access_token=token)
    return RobotClient(config(dingtalk)).batch_send_otowith_options(request, headers, RuntimeOptions()).body


def test_token_send_read_recall(dingtalk: Caller) -> None:
    dingtalk.app()
    token = sdk_token(dingtalk)
    assert token == dingtalk.token
    client = RobotClient(config(dingtalk))

    sent = batch_send(dingtalk, token, "u1", "leaver")
    assert sent.invalid_staff_id_list == ["leaver"]
    assert sent.flow_controlled_staff_id_list == []
    assert sent.filtered_staff_id_list == []
    assert [entry["title"] for entry in dingtalk.sim.messages(user_id="u1")] == ["[报警] 3号水泵"]

    status = client.batch_otoquery_with_options(
        models.BatchOTOQueryRequest(robot_code="dingrobot", process_query_key=sent.process_query_key),
        models.BatchOTOQueryHeaders(x_acs_dingtalk_access_token=token),
        RuntimeOptions(),
    ).body
    assert status.send_status == "SUCCESS"
    assert [(info.name, info.user_id, info.read_status) for info in status.message_read_info_list] == [
        ("张三", "u1", "UNREAD")
    ]

    recalled = client.batch_recall_otowith_options(
        models.BatchRecallOTORequest(robot_code="dingrobot", process_query_keys=[sent.process_query_key]),
        models.BatchRecallOTOHeaders(x_acs_dingtalk_access_token=token),
        RuntimeOptions(),
    ).body
    assert recalled.success_result == [sent.process_query_key]
    assert recalled.failed_result == {}


def test_the_unified_token(dingtalk: Caller) -> None:
    dingtalk.app()
    request = oauth_models.GetTokenRequest(client_id="dingapp", client_secret="s3cret", grant_type="client_credentials")
    body = OAuthClient(config(dingtalk)).get_token("dingcorp", request).body
    assert (body.access_token, body.expires_in) == (dingtalk.token, 7200)


def test_the_group_message(dingtalk: Caller) -> None:
    group = dingtalk.robot()["open_conversation_id"]
    dingtalk.app()
    sent = RobotClient(config(dingtalk)).org_group_send_with_options(
        models.OrgGroupSendRequest(
            robot_code="dingrobot",
            open_conversation_id=group,
            msg_key="sampleText",
            msg_param='{"content": "通讯中断"}',
        ),
        models.OrgGroupSendHeaders(x_acs_dingtalk_access_token=dingtalk.token),
        RuntimeOptions(),
    )
    assert sent.body.process_query_key


def test_errors_arrive_as_the_sdks_exceptions(dingtalk: Caller) -> None:
    dingtalk.app(permissions=[])
    with pytest.raises(TeaException) as wrong_secret:
        sdk_token(dingtalk, "wrong")
    assert wrong_secret.value.code == "invalidClientIdOrSecret"
    with pytest.raises(TeaException) as wrong_token:
        batch_send(dingtalk, "wrong", "u1")
    assert wrong_token.value.code == "InvalidAuthentication"
    with pytest.raises(TeaException) as denied:
        batch_send(dingtalk, dingtalk.token, "u1")
    assert denied.value.code == "Forbidden.AccessDenied.AccessTokenPermissionDenied"
    assert denied.value.data["accessdenieddetail"] == {"requiredScopes": ["qyapi_robot_sendmsg"]}
    assert "request id: None" not in denied.value.message
