"""What DingTalk answers and what it means, as one table (dingtalk-api §1.11 and §2.8).

A code entry is `code` or `code pattern`, where the pattern is a regular expression looked for in the answer's
text: DingTalk uses 300001 and 310000 for several things. A code ending in `*` stands for all that begin like
it, `*` alone for any code. Exact codes are tried first, then the longest beginning. Each reason has one row.
The names of batchSend's recipient lists are codes here, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from dingbell.channels.base import Verdict

CONFIGURATION = Verdict.REFUSED_CONFIGURATION
CONTENT = Verdict.REFUSED_CONTENT
RECIPIENT = Verdict.REFUSED_RECIPIENT


@dataclass(frozen=True, slots=True)
class Row:
    """`wait_s` is for RETRY and HOLD; `zh` and `en` say what it means and what to do."""

    codes: tuple[str, ...]
    verdict: Verdict
    reason: str
    wait_s: float
    zh: str
    en: str


DONE = (
    Row(("0",), Verdict.SENT, "ok", 0,
        "钉钉已接收。",
        "DingTalk took it."),
)  # fmt: skip

BUSY = (
    Row(("-1",), Verdict.RETRY, "system_busy", 1,
        "钉钉系统繁忙，稍后自动重试。",
        "DingTalk is busy; it is tried again by itself."),
    Row(("500100",), Verdict.RETRY, "robot_system_error", 2,
        "钉钉系统异常，会自动重试。如果一直出现，多半是请求本身有问题：请检查 Webhook 地址和通知内容。",
        "DingTalk had an internal error; it is tried again. If it stays, the request itself is likely at "
        "fault: check the webhook address and the message."),
    Row(("system.error", "server.error"), Verdict.RETRY, "system_error", 2,
        "钉钉内部异常，会自动重试。如果一直出现，请检查消息内容和机器人设置。",
        "An internal error of DingTalk; it is tried again. If it stays, check the message and the "
        "robot's settings."),
    Row(("130101", "410100"), Verdict.HOLD, "robot_rate_limited", 600,
        "这个机器人一分钟内超过了 20 条，钉钉将其停用 10 分钟，消息会在之后补发。请合并报警，或在群里增加"
        "机器人。",
        "More than 20 messages in a minute: DingTalk blocks this robot for 10 minutes, messages follow "
        "after that. Merge alarms or add robots to the group."),
    Row(("450101",), Verdict.RETRY, "robot_throttled", 60,
        "钉钉限制了这个机器人的发送速度，一分钟后重试。",
        "DingTalk slows this robot down; it is tried again in a minute."),
    Row(("90018", "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"), Verdict.RETRY, "app_qps_limited", 1,
        "应用每秒调用次数超限，一秒后自动重试。其他程序是否也在使用这个应用？",
        "The app made too many calls a second; it is tried again after a second. Do other programs use "
        "the app too?"),
    Row(("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi",), Verdict.RETRY, "app_qpm_limited", 60,
        "应用每分钟调用次数超限，一分钟后自动重试。",
        "The app made too many calls a minute; it is tried again after a minute."),
    Row(("90002", "Forbidden.AccessDenied.QpsLimitForApi"), Verdict.RETRY, "platform_qps_limited", 1,
        "钉钉平台的这个接口整体限流，与本系统无关，会自动重试。",
        "DingTalk throttles this interface for everybody; it is tried again by itself."),
    Row(("90001",), Verdict.RETRY, "qps_limited", 1,
        "调用过于频繁，会自动重试。",
        "Too many calls; it is tried again."),
    Row(("send.too.fast", "send.byToken.tooFast"), Verdict.RETRY, "sending_too_fast", 10,
        "应用机器人发送过快，稍后自动重试。",
        "The app's robot sends too fast; it is tried again a little later."),
    Row(("too.many.people",), Verdict.RETRY, "too_many_people", 60,
        "短时间内发送的人太多，一分钟后重试。请减少通知规则的接收者，或分给几个应用。",
        "Too many people in a short time; it is tried again in a minute. Name fewer receivers in the rules "
        "or divide them among several apps."),
    Row(("too.many.group",), Verdict.RETRY, "too_many_groups", 60,
        "短时间内发送的群太多，一分钟后重试。请减少通知规则的接收者。",
        "Too many groups in a short time; it is tried again in a minute. Name fewer receivers in the rules."),
)  # fmt: skip

QUOTAS = (
    Row(("90020", "Forbidden.AccessDenied.ApiCountLimitForOrg"), Verdict.QUOTA, "api_quota_exhausted", 0,
        "企业本月的钉钉 API 调用量已用完，个人消息要到下月才能发送。请管理员购买额度，或改用群机器人。",
        "The organisation's DingTalk API calls of this month are used up: no messages to persons until "
        "next month. Buy quota or use group robots."),
    Row(("90030",), Verdict.QUOTA, "webhook_quota_exhausted", 0,
        "企业本月的 Webhook 调用量已用完，群消息要到下月才能发送。请管理员购买额度，或改发个人消息。",
        "The organisation's webhook calls of this month are used up: no group messages until next month. "
        "Buy quota or send to persons."),
)  # fmt: skip

ROBOT = (
    Row(("310000 keyword|关键词",), CONFIGURATION, "keyword_missing", 0,
        "消息中没有机器人的自定义关键词。请在机器人设置里填写与钉钉安全设置相同的关键词。",
        "The message lacks the robot's custom keyword. Enter the same keywords here as in DingTalk's "
        "security settings."),
    Row(("310000 sign not match|签名不匹配",), CONFIGURATION, "signature_mismatch", 0,
        "加签密钥不对。请从机器人的安全设置重新复制以 SEC 开头的密钥；如果机器人没有启用加签，请清空密钥。",
        "The signing secret is wrong. Copy it again (SEC…) from the robot's security settings, or empty "
        "it if the robot does not use signing."),
    Row(("310000 timestamp|签名过期|expired",), CONFIGURATION, "timestamp_invalid", 0,
        "签名的时间与钉钉相差超过 1 小时。请校准本机时间（NTP）。",
        "The time of the signature is more than 1 hour off. Set this computer's clock (NTP)."),
    Row((r"310000 \bip\b|whitelist|白名单",), CONFIGURATION, "ip_not_whitelisted", 0,
        "本机的公网出口 IP{ip} 不在机器人的 IP 地址段内。请在机器人的安全设置中加入。",
        "The public IP of this site{ip} is not in the robot's IP list. Add it in the robot's security "
        "settings."),
    Row(("310000",), CONFIGURATION, "security_check_failed", 0,
        "没有通过机器人的安全设置（关键词、加签或 IP）。请逐项核对。",
        "The robot's security settings (keyword, signature or IP) refused it. Compare each of them."),
    Row(("* send forbidden",), CONFIGURATION, "robot_send_forbidden", 0,
        "机器人禁止发送，通常是关键词或 IP 不符合安全设置。请核对。",
        "The robot may not send, usually because keyword or IP do not fit its security settings. Compare "
        "them."),
    Row(("300001 token",), CONFIGURATION, "robot_token_wrong", 0,
        "钉钉说 access_token 不对：Webhook 地址复制不全，或机器人已从群里删除。请在群设置 → 机器人 中重新"
        "复制 Webhook 地址。",
        "DingTalk says the access_token is wrong: the webhook was copied in part, or the robot was removed "
        "from the group. Copy the webhook address again from the group's settings → robots."),
    Row(("300005",), CONFIGURATION, "robot_token_foreign", 0,
        "钉钉不认识这个 access_token：机器人已删除，或者它在外部群（含其他企业的人）里。请在内部群里添加机器人，"
        "再填写新的 Webhook 地址。",
        "DingTalk does not know this access_token: the robot was deleted, or its group is an external one. "
        "Add a robot to an internal group and enter its webhook address."),
    Row(("400101",), CONFIGURATION, "robot_token_unknown", 0,
        "这个 access_token 不存在：可能复制不全，或机器人已删除。请重新复制 Webhook 地址。",
        "This access_token does not exist: copied in part, or the robot was deleted. Copy the webhook "
        "address again."),
    Row(("400102",), CONFIGURATION, "robot_disabled", 0,
        "机器人已被停用。请在钉钉群设置里启用它。",
        "The robot is disabled. Enable it in the settings of the DingTalk group."),
    Row(("400106",), CONFIGURATION, "robot_not_in_group", 0,
        "机器人不存在或已被移出群。请重新添加机器人并更新 Webhook。",
        "The robot does not exist or was removed from the group. Add one again and enter its webhook."),
    # The receiver is gone, but so it is for every message: no call a message, one notice to the admins.
    Row(("400013", "group.disbanded"), CONFIGURATION, "group_dissolved", 0,
        "这个群已解散。请删除该机器人，改用别的群。",
        "The group was dissolved. Delete the robot here and use another group."),
    Row(("* only group admin can", "only.groupAdmin.canAtAll"), CONTENT, "mention_all_forbidden", 0,
        "这个群只允许群管理员 @所有人。请在通知内容中去掉 @所有人，或放开群设置。",
        "In this group only its admin may @ all. Drop @all from the message or change the group's "
        "settings."),
)  # fmt: skip

CONTENTS = (
    Row(("460101", "101002", "invalidParameter.msgParam.tooLong"), CONTENT, "message_too_long", 0,
        "消息太长，钉钉整条拒收。请缩短通知内容。",
        "The message is too long, DingTalk refused all of it. Shorten it."),
    Row(("430101", "contain.unsafe.url"), CONTENT, "unsafe_link", 0,
        "消息中含有钉钉认为不安全的链接。请去掉或更换链接。",
        "The message has a link that DingTalk holds for unsafe. Remove or replace it."),
    Row(("430102", "contain.notAllowed.text"), CONTENT, "unsuitable_text", 0,
        "消息中含有钉钉不允许的文字。请修改通知内容。",
        "The message has words that DingTalk does not allow. Change it."),
    Row(("430103", "contain.notAllowed.picture"), CONTENT, "unsuitable_picture", 0,
        "消息中含有钉钉不允许的图片。请去掉图片。",
        "The message has a picture that DingTalk does not allow. Remove it."),
    Row(("430104", "contain.notAllowed.content"), CONTENT, "unsuitable_content", 0,
        "消息内容没有通过钉钉的审核。请修改通知内容。",
        "DingTalk's check refused the content. Change the message."),
    Row(("40048",), CONTENT, "illegal_link_domain", 0,
        "消息中链接的域名不被钉钉允许。请更换链接。",
        "The domain of a link in the message is not allowed by DingTalk. Replace the link."),
    Row(("40033",), CONTENT, "illegal_characters", 0,
        "消息中有钉钉不接受的字符（如 \\u 转义）。请检查通知内容。",
        "The message has characters DingTalk does not take (such as \\u escapes). Check it."),
    Row(("300001 title or text|null",), CONTENT, "title_or_text_missing", 0,
        "消息的标题或正文为空。请检查通知内容的模板。",
        "Title or text of the message is empty. Check its template."),
    Row(("400402",), CONTENT, "title_missing", 0,
        "消息没有标题。请在通知内容里填写标题。",
        "The message has no title. Enter one in the message's template."),
    Row(("400403",), CONTENT, "text_missing", 0,
        "消息没有正文。请在通知内容里填写正文，并用预览检查。",
        "The message has no text. Enter one in the message's template and check the preview."),
    Row(("401102", "miss.param*"), CONTENT, "parameter_missing", 0,
        "钉钉说消息缺少一个参数。请把发送记录交给技术支持。",
        "DingTalk misses a parameter. Give the delivery record to support."),
    Row(("300001 param error",), CONTENT, "body_not_json", 0,
        "钉钉说请求的格式不对（不是 JSON）。请检查中间的代理是否改动了请求。",
        "DingTalk says the request has the wrong form (no JSON). Check whether a proxy in between changes "
        "it."),
    Row(("40035",), CONTENT, "body_format", 0,
        "钉钉没有读到消息的 JSON。请检查中间的代理是否改动了请求；如果只有某一种通知这样，请检查它的通知内容。",
        "DingTalk found no JSON in the request. Check whether a proxy in between changes it; if only one "
        "message fails like this, check its template."),
    Row(("43004", "43005"), CONTENT, "content_type_wrong", 0,
        "钉钉没有看到正确的 Content-Type。请检查中间的代理。",
        "DingTalk did not see the right Content-Type. Check the proxy in between."),
    Row(("400105",), CONTENT, "message_type_unsupported", 0,
        "这个机器人不支持这种消息类型。请改用文本或 Markdown。",
        "This robot does not support the message type. Use text or markdown."),
    Row(("invalidParameter.msgKey.*",), CONTENT, "message_key_refused", 0,
        "钉钉不接受消息模板类型 msgKey。请改用文本或 Markdown。",
        "DingTalk does not take the msgKey. Use text or markdown."),
    Row(("invalidParameter.msgParam.*", "msgParam.invalid"), CONTENT, "message_parameter_refused", 0,
        "钉钉不接受消息参数 msgParam。请检查通知内容，特别是按钮和链接。",
        "DingTalk does not take the msgParam. Check the message, above all buttons and links."),
    Row(("msgBody.invalid", "invalidParameter.msgBody.*"), CONTENT, "message_body_refused", 0,
        "钉钉不接受消息体。请在通知内容中改用文本试一次；仍然不行，请把发送记录交给技术支持。",
        "DingTalk does not take the message's body. Try plain text as its form; if that fails too, give the "
        "delivery record to support."),
    Row(("invalidParameter.userIds.overMax",), CONTENT, "too_many_user_ids", 0,
        "一次调用的 UserID 超过钉钉的上限（20 个）。请把发送记录交给技术支持。",
        "More userIds in one call than DingTalk takes (20). Give the delivery record to support."),
    Row(("receivers.exceed",), CONTENT, "too_many_recipients", 0,
        "一次调用的接收人超过钉钉的上限。请把发送记录交给技术支持。",
        "More receivers in one call than DingTalk takes. Give the delivery record to support."),
)  # fmt: skip

APP = (
    Row(("InvalidAuthentication", "40014", "40001"), CONFIGURATION, "access_token_invalid", 0,
        "钉钉拒绝了应用的访问凭证，重新获取后仍然拒绝。请核对 ClientId 和 ClientSecret。",
        "DingTalk refused the app's access token, a new one too. Compare ClientId and ClientSecret."),
    Row(("42001",), CONFIGURATION, "access_token_expired", 0,
        "应用的访问凭证已过期，重新获取后仍然被拒绝。请校准本机时间。",
        "The app's access token has expired, a new one too. Set this computer's clock."),
    Row(("41001",), CONFIGURATION, "access_token_missing", 0,
        "请求没有带上访问凭证。请检查代理是否删除了请求头。",
        "The request arrived without its access token. Check whether a proxy removes headers."),
    Row(("invalidClientIdOrSecret", "invalid.client", "40089"), CONFIGURATION, "client_credentials_wrong", 0,
        "ClientId 或 ClientSecret 不正确。请从钉钉开放平台的应用凭证重新复制。",
        "ClientId or ClientSecret is wrong. Copy both again from the app's page on the DingTalk open "
        "platform."),
    Row(("unauthorized.client",), CONFIGURATION, "client_not_authorized", 0,
        "应用无权获取访问凭证。请确认它是本企业的内部应用并已发布。",
        "The app may not get an access token. Make sure it is an internal app of your organisation and "
        "published."),
    Row(("unsupported.grant.type",), CONFIGURATION, "grant_type_unsupported", 0,
        "钉钉不支持这种凭证获取方式。请核对 API 地址（专有钉钉可能不同）。",
        "DingTalk does not support this way to get a token. Check the API address (a private DingTalk "
        "may differ)."),
    Row(("Forbidden.AccessDenied.AccessTokenPermissionDenied", "60011"),
        CONFIGURATION, "permission_missing", 0,
        "应用没有调用该接口的权限。请在开放平台 → 权限管理 中申请{scopes}，然后重新发布应用。",
        "The app lacks a permission. Apply for it on the open platform under permissions{scopes}, then "
        "publish again."),
    Row(("Forbidden.AccessDenied.IpNotInWhiteList", "60020"), CONFIGURATION, "app_ip_not_whitelisted", 0,
        "本机的公网出口 IP{ip} 不在应用的“服务器出口IP”名单中。请在应用的开发配置里加入。",
        "The public IP of this site{ip} is not in the app's list of server IPs. Add it in the app's "
        "settings."),
    Row(("Forbidden.AccessDenied.*",), CONFIGURATION, "access_denied", 0,
        "钉钉拒绝了应用的访问。请检查应用的权限和发布状态。",
        "DingTalk denied the app access. Check its permissions and that it is published."),
    Row(("88",), CONFIGURATION, "authorization_failed", 0,
        "钉钉的鉴权没有通过。请检查应用的凭证和权限。",
        "DingTalk's authorisation failed. Check the app's credentials and permissions."),
    Row(("InvalidAction.NotFound",), CONFIGURATION, "interface_unknown", 0,
        "这个地址没有该接口。请核对 DINGBELL_DINGTALK_API_URL。",
        "There is no such interface at this address. Check DINGBELL_DINGTALK_API_URL."),
    Row(("invalidParameter.robotCode.empty",), CONFIGURATION, "robot_code_missing", 0,
        "没有填写 RobotCode。请在通知服务中填写。",
        "The RobotCode is missing. Enter it in the notification service."),
    Row(("invalidParameter.robotCode.invalid",), CONFIGURATION, "robot_code_wrong", 0,
        "RobotCode 不正确。请从 应用能力 → 机器人 重新复制，前后不要有空格。",
        "The RobotCode is wrong. Copy it again from the app's capabilities → robot, without spaces around it."),
    Row(("invalidParameter.robotCode.notExsit", "invalidParameter.robotCode.notExist"),
        CONFIGURATION, "robot_code_unknown", 0,
        "没有这个 RobotCode：填写有误，或机器人、应用还没有发布。请在开放平台核对，机器人和应用版本都要发布。",
        "There is no such RobotCode: mistyped, or robot or app are not published yet. Check on the open "
        "platform; both the robot and a version of the app must be published."),
    Row(("invalidParameter.robotCode.auth",), CONFIGURATION, "robot_code_of_other_app", 0,
        "RobotCode 属于另一个应用。请填写同一个应用的 ClientId 和 RobotCode。",
        "The RobotCode belongs to another app. Enter ClientId and RobotCode of the same app."),
    Row(("bot.stopped",), CONFIGURATION, "robot_stopped", 0,
        "应用机器人已停用。请在开放平台启用并发布。",
        "The app's robot is stopped. Enable and publish it on the open platform."),
    Row(("template.not.existed",), CONFIGURATION, "template_unknown", 0,
        "消息模板不存在，通常是机器人没有发布。请发布机器人。",
        "The message template does not exist, usually because the robot is not published. Publish it."),
    Row(("template.stopped",), CONFIGURATION, "template_stopped", 0,
        "消息模板已停用。请在开放平台启用。",
        "The message template is stopped. Enable it on the open platform."),
    Row(("resource.unavailable",), CONFIGURATION, "resource_unavailable", 0,
        "应用或机器人当前不可用。请确认已启用并发布。",
        "App or robot are not available. Make sure they are enabled and published."),
    Row(("chatbotId.notAllow.sendOTO",), CONFIGURATION, "one_to_one_not_allowed", 0,
        "这个机器人不能发送单聊消息。请使用企业内部应用的机器人。",
        "This robot cannot send to persons. Use the robot of an internal app of your organisation."),
    Row(("robot.oto.notExist",), CONFIGURATION, "one_to_one_robot_missing", 0,
        "没有可以单聊的机器人。请在开放平台给应用添加“机器人”能力并发布，再填写它的 RobotCode。",
        "There is no robot that can write to persons. Add the robot capability to the app on the open "
        "platform, publish it and enter its RobotCode."),
    Row(("send.forbidden",), CONFIGURATION, "app_send_forbidden", 0,
        "钉钉禁止这个应用发送消息。请在开放平台检查应用和机器人的状态。",
        "DingTalk forbids this app to send. Check the state of app and robot on the open platform."),
    Row(("bot.forbidden.sendMessage",), CONFIGURATION, "app_robot_forbidden", 0,
        "这个应用机器人被禁止发消息。请企业管理员在钉钉管理后台检查机器人是否被停用或限制。",
        "This app's robot may not send. The organisation's administrator checks in DingTalk's admin console "
        "whether it was disabled or restricted."),
)  # fmt: skip

RECIPIENTS = (
    Row(("invalidStaffIdList", "staffId.notExisted", "60121"), RECIPIENT, "recipient_unknown", 0,
        "企业里没有这个员工 UserID，可能已离职或填错（不是工号）。请更新通知服务的账号。",
        "No one in the organisation has this userId: the person left, or it is mistyped (it is not the "
        "job number). Update the accounts of the service."),
    Row(("flowControlledStaffIdList",), Verdict.RETRY, "recipient_flow_controlled", 60,
        "这个人收到的消息太多，钉钉限制了对他的发送，稍后自动重试。",
        "This person got too many messages and DingTalk throttles them; it is tried again later."),
    Row(("filteredStaffIdList",), RECIPIENT, "recipient_filtered", 0,
        "钉钉没有把消息发给这个人，可能不在应用的可见范围内或屏蔽了机器人。请检查可见范围。",
        "DingTalk left this person out, perhaps outside the app's visible range or with the robot "
        "blocked. Check the visible range."),
    Row(("33012",), RECIPIENT, "recipient_invalid", 0,
        "员工 UserID 的格式不对。请核对通知服务的账号。",
        "The userId is malformed. Check the accounts of the service."),
    Row(("illegal.receivers",), RECIPIENT, "recipients_illegal", 0,
        "钉钉不接受这些接收人：UserID 填错，或是别的企业的人。请核对通知服务的账号。",
        "DingTalk does not take these receivers: a mistyped userId, or people of another organisation. Check "
        "the accounts of the service."),
    Row(("invalidParameter.userId.empty", "invalidParameter.userIds.empty"), RECIPIENT, "recipient_missing", 0,
        "没有接收人的 UserID。请检查通知服务的账号。",
        "There is no userId to send to. Check the accounts of the service."),
    Row(("40104",), RECIPIENT, "mobile_unknown", 0,
        "企业里没有使用这个手机号的员工。请核对手机号。",
        "Nobody in the organisation has this mobile number. Check it."),
    Row(("50002",), RECIPIENT, "recipient_out_of_range", 0,
        "这个人不在应用的授权范围内。请在开放平台扩大可见范围。",
        "This person is outside the app's range. Widen the visible range on the open platform."),
    Row(("50004",), RECIPIENT, "department_out_of_range", 0,
        "这个部门不在应用的授权范围内。请在开放平台扩大可见范围。",
        "This department is outside the app's range. Widen the visible range on the open platform."),
    Row(("invalid.openConversationId",), RECIPIENT, "conversation_unusable", 0,
        "群的会话 ID 无效。请重新选择群。",
        "The group's conversation id is invalid. Choose the group again."),
    Row(("conversation.org.notMatch",), RECIPIENT, "conversation_foreign", 0,
        "这个群不属于应用所在的企业。请使用本企业的内部群。",
        "The group belongs to another organisation than the app. Use an internal group of your own."),
)  # fmt: skip

AFTERWARDS = (
    Row(("robot.processQueryKey.expired",), CONTENT, "recall_too_late", 0,
        "发出已经超过 24 小时，钉钉不再撤回。",
        "It went out more than 24 hours ago; DingTalk does not take it back any more."),
    Row(("not.allowed.robotCode",), CONFIGURATION, "recall_of_other_robot", 0,
        "这条消息是另一个机器人发的，不能撤回。RobotCode 在发送之后改过？",
        "Another robot sent this message; it cannot be taken back. Was the RobotCode changed since?"),
    Row(("invalid.processQueryKey",), CONTENT, "sending_unknown_there", 0,
        "钉钉不认识这次发送，查不到也撤不回。",
        "DingTalk does not know this sending; it can neither be asked about nor taken back."),
    Row(("processQueryKey.expireTime",), Verdict.RETRY, "receipt_unavailable", 60,
        "钉钉还没有这条消息的已读情况，或者发出已经超过 24 小时。",
        "DingTalk cannot say yet who has read the message, or it went out more than 24 hours ago."),
)  # fmt: skip

LAST = (
    Row(("unknown.send.result",), Verdict.UNKNOWN, "send_result_unknown", 1,
        "钉钉自己也不知道这条消息是否已发出，请向接收人确认。",
        "DingTalk itself does not know whether the message went out; ask the receiver."),
    Row(("300001", "invalidParameter.*"), CONTENT, "parameter_refused", 0,
        "钉钉不接受请求中的一个参数，原文见下。请核对设置，或把发送记录交给技术支持。",
        "DingTalk does not take one of the parameters, see its own words. Check the settings or give the "
        "record to support."),
)  # fmt: skip

TABLE: tuple[Row, ...] = (
    *DONE, *BUSY, *QUOTAS, *ROBOT, *CONTENTS, *APP, *RECIPIENTS, *AFTERWARDS, *LAST,
)  # fmt: skip
