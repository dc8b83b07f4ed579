"""What a diagnosis says: for each finding what is so, and what to do about it ("" where nothing is to be done)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """`{name}` is filled in from the finding."""

    zh: str
    zh_advice: str
    en: str
    en_advice: str


TEXTS: dict[str, Words] = {
    # The way to DingTalk
    "not_reached": Words("前面的步骤没有通过，没有检查。", "", "Not checked: a step before it failed.", ""),
    "address_invalid": Words(
        "地址 {host} 无法使用。", "请重新粘贴 Webhook，或核对 DINGBELL_DINGTALK_OAPI_URL、DINGBELL_DINGTALK_API_URL。",
        "The address {host} cannot be used.",
        "Paste the webhook again, or check DINGBELL_DINGTALK_OAPI_URL and DINGBELL_DINGTALK_API_URL.",
    ),
    "resolved": Words("{host} → {addresses}", "", "{host} → {addresses}", ""),
    "resolved_proxy": Words(
        "经代理连接，代理的地址是 {addresses}；{host} 由代理解析。", "",
        "By the proxy at {addresses}; the proxy resolves {host}.", "",
    ),
    "dns_failed": Words(
        "无法解析域名（{detail}）。",
        "请检查本机的 DNS 设置；工厂内网不能解析外网域名时，请配置 DINGBELL_PROXY。",
        "The name cannot be resolved ({detail}).",
        "Check the DNS settings of this computer; where a plant network resolves no names outside, set DINGBELL_PROXY.",
    ),
    "connected": Words("已连接 {address}。", "", "Connected to {address}.", ""),
    "connection_refused": Words(
        "对方拒绝连接（{detail}）。", "请检查地址和端口，以及防火墙是否放行。",
        "The connection was refused ({detail}).", "Check address and port, and that the firewall lets them pass.",
    ),
    "unreachable": Words(
        "网络不通（{detail}）。", "请检查网线、路由和网关。",
        "There is no way to the network ({detail}).", "Check cable, route and gateway.",
    ),
    "connect_timeout": Words(
        "连接超时。", "请让防火墙放行本机到 {host} 的 TCP {port} 端口。",
        "No connection in time.", "Let the firewall pass TCP port {port} from this computer to {host}.",
    ),
    "proxy_failed": Words(
        "无法通过代理连接（{detail}）。", "请检查 DINGBELL_PROXY 的地址、账号和密码，以及代理是否允许访问 {host}。",
        "No connection through the proxy ({detail}).",
        "Check address, account and password in DINGBELL_PROXY, and that the proxy allows {host}.",
    ),
    "secured": Words(
        "证书有效，由 {issuer} 签发，有效期至 {until}。", "",
        "The certificate is valid, issued by {issuer}, until {until}.", "",
    ),
    "not_encrypted": Words(
        "地址是 http://，没有加密。", "只适合内网的专有钉钉或模拟器。",
        "The address is http://: nothing is encrypted.", "Fit only for a private DingTalk inside, or a simulator.",
    ),
    "tls_failed": Words(
        "TLS 证书校验失败（{detail}）。",
        "请先核对本机时间；如果公司网络检查 HTTPS，请把公司的根证书文件配置为 DINGBELL_CA_FILE。",
        "The TLS certificate was refused ({detail}).",
        "Check this computer's clock; if your network inspects HTTPS, set DINGBELL_CA_FILE to its root certificate.",
    ),
    "no_answer": Words(
        "已连接，但没有收到应答（{detail}）。", "请检查代理和防火墙是否拦截了应答。",
        "Connected, but no answer came ({detail}).", "Check whether a proxy or firewall holds the answer back.",
    ),
    "redirected": Words(
        "请求被转到别的地址（HTTP {status}）。", "通常是上网认证页：请让这台机器免认证，或配置代理。",
        "The request was sent elsewhere (HTTP {status}).",
        "Usually a login page of the network: exempt this computer from it, or set a proxy.",
    ),
    "server_trouble": Words(
        "服务器应答 HTTP {status}。", "钉钉或中间的网关暂时有问题，请稍后再诊断。",
        "The server answered HTTP {status}.", "DingTalk or a gateway in between has trouble; diagnose again later.",
    ),
    "clock_right": Words("本机时间与钉钉相差 {seconds} 秒。", "", "This clock is {seconds} s from DingTalk's.", ""),
    "clock_off": Words(
        "本机时间比钉钉{zh_direction} {minutes} 分钟。", "请校准本机时间（NTP）；相差超过 1 小时，加签会被拒绝。",
        "This clock is {minutes} minutes {direction} DingTalk's.",
        "Set this computer's clock (NTP); beyond 1 hour signatures are refused.",
    ),
    "clock_wrong": Words(
        "本机时间比钉钉{zh_direction} {minutes} 分钟。", "加签会被拒绝。请立即校准本机时间（NTP）。",
        "This clock is {minutes} minutes {direction} DingTalk's.",
        "Signatures are refused. Set this computer's clock (NTP) now.",
    ),
    "clock_unknown": Words(
        "已收到应答，其中没有时间，无法比较时钟。", "", "An answer came, without a time to compare the clock with.", "",
    ),
    # A robot
    "webhook_right": Words(
        "地址和 access_token 的形式正确。", "", "Address and access_token have the right form.", "",
    ),
    "webhook_short": Words(
        "access_token 只有 {length} 个字符，可能没有复制完整。", "请在钉钉群设置 → 机器人 中重新复制 Webhook 地址。",
        "The access_token has only {length} characters; it may be incomplete.",
        "Copy the webhook address again in the DingTalk group under settings → robots.",
    ),
    "host_not_allowed": Words(
        "不允许向 {host} 发送。", "如果是专有钉钉，请管理员把它加入 DINGBELL_WEBHOOK_HOSTS。",
        "Sending to {host} is not allowed.",
        "For a private DingTalk the administrator adds it to DINGBELL_WEBHOOK_HOSTS.",
    ),
    "http_not_allowed": Words(
        "{host} 必须使用 https://。", "请重新粘贴 Webhook 地址。",
        "{host} must be called with https://.", "Paste the webhook address again.",
    ),
    "secret_unreadable": Words(
        "保存的密钥无法解密。", "请在通知服务中重新填写。",
        "What is stored cannot be decrypted.", "Enter it again in the notification service.",
    ),
    "signed": Words("已设置加签密钥。", "", "A signing secret is set.", ""),
    "signed_oddly": Words(
        "加签密钥不是以 SEC 开头。", "请从机器人的安全设置中重新复制完整的密钥。",
        "The signing secret does not start with SEC.",
        "Copy the whole secret again from the robot's security settings.",
    ),
    "keyword_only": Words(
        "没有加签，每条消息都会带上关键词“{keyword}”。", "请确认它与钉钉机器人安全设置中的关键词一致。",
        "Not signed; every message carries the keyword “{keyword}”.",
        "Make sure that it is one of the keywords in the robot's security settings.",
    ),
    "unprotected": Words(
        "没有加签，也没有关键词。", "只有机器人的安全设置用的是“IP地址段”时才正确；否则请填写加签密钥或关键词。",
        "Neither a signing secret nor a keyword.",
        "Right only if the robot's security setting is the IP list; otherwise enter the secret or the keyword.",
    ),
    "robot_untried": Words(
        "Webhook 没有不发消息的检查方法。", "请点“测试”，向群里发一条测试消息。",
        "A webhook cannot be checked without sending a message.", "Press Test to send one to the group.",
    ),
    # An app
    "token_given": Words(
        "ClientId 和 ClientSecret 正确，已取得访问凭证。", "",
        "ClientId and ClientSecret are right: DingTalk gave an access token.", "",
    ),
    "refused": Words("钉钉的回答：{said}", "{zh_explained}", "DingTalk's answer: {said}", "{en_explained}"),
    "no_network": Words(
        "网络不通，没有得到钉钉的回答（{said}）。", "{zh_explained}",
        "The network failed: no answer of DingTalk ({said}).", "{en_explained}",
    ),
    "unanswered": Words("{zh_explained}", "", "{en_explained}", ""),
    "permission_given": Words(
        "应用有“企业内机器人发送消息权限”。", "", "The app may send with its robot (qyapi_robot_sendmsg).", "",
    ),
    "permission_unclear": Words(
        "钉钉的回答：{said}", "没有看到权限错误。请点账号旁的“测试”确认。",
        "DingTalk's answer: {said}", "No permission was missing. Press Test beside an account to be sure.",
    ),
    "robot_code_taken": Words(
        "钉钉没有拒绝这个 RobotCode。", "", "DingTalk did not refuse this RobotCode.", "",
    ),
    "contact_seen": Words(
        "应用可以读取 {user_id} 的信息，此人在可见范围内。", "",
        "The app can read {user_id}, who is in its visible range.", "",
    ),
    "contact_refused": Words(
        "读取 {user_id} 时钉钉回答：{said}", "{zh_explained}",
        "Asked for {user_id}, DingTalk answered: {said}", "{en_explained}",
    ),
    "contact_permission_missing": Words(
        "应用没有读取通讯录的权限（{said}）。",
        "不影响发送，只影响核对账号。需要核对时请开通“成员信息读权限”（qyapi_get_member）。",
        "The app may not read contacts ({said}).",
        "Sending works without it; it is for checking accounts only. If you want that, apply for qyapi_get_member.",
    ),
    "no_account": Words("还没有账号可以检查。", "", "There is no account to check yet.", ""),
}  # fmt: skip
