"""Ways out beside DingTalk, over real connections: a mail server and a web server on loopback."""

from __future__ import annotations

import asyncio
import email
import io
import json
import logging
import socket
import time
from email.message import Message as Mail
from pathlib import Path
from urllib.parse import urlencode

import pytest

from dingbell.channels import apprise
from dingbell.channels.apprise import AddressError
from dingbell.channels.base import Button, Form, Message, Verdict
from tests.channels.mail_server import MailServer
from tests.channels.servers import RawServer, always, answer, certificate, read_request

PUMP = Message(
    Form.MARKDOWN,
    "[紧急] 3号泵压力超高",
    "### <font color=#d9363e>[紧急]</font> 3号泵压力超高  \n\n> **时间**：08:00  \n> 值 12.4 bar\n\n[查看报警](https://plant/alarms/7/)",
)
PASSWORD = "s3cret-of-the-plant"


class WebServer(RawServer):
    """Answers every POST with `status` and keeps what it got."""

    def __init__(self, status: str = "200 OK", headers: str = "") -> None:
        super().__init__(self._take)
        self.got: list[dict[str, object]] = []
        self._reply = answer(b"", status, headers)

    def _take(self, peer: socket.socket) -> None:
        while request := read_request(peer):
            self.got.append(json.loads(request.partition(b"\r\n\r\n")[2]))
            peer.sendall(self._reply)


def mail_url(port: int, to: str = "shift@plant.example") -> str:
    asked = {"smtp": "127.0.0.1", "from": "ops@plant.example", "to": to, "user": "ops@plant.example"}
    return f"mailto://:{PASSWORD}@127.0.0.1:{port}/?{urlencode(asked)}"


def sent(url: str, message: Message = PUMP, **kwargs: float) -> apprise.Result:
    return asyncio.run(apprise.send(url, apprise.encode(message, apprise.parse(url).scheme), **kwargs))


def test_a_mail_arrives_drawn_and_with_its_title() -> None:
    with MailServer() as server:
        result = sent(mail_url(server.port, "shift@plant.example,chief@plant.example"))
    assert (result.verdict, result.reason) == (Verdict.SENT, "ok")
    assert server.logins == [("ops@plant.example", PASSWORD)]
    assert [mail.recipients for mail in server.mails] == [["shift@plant.example"], ["chief@plant.example"]]
    mail: Mail = email.message_from_string(server.mails[0].content)
    assert str(email.header.make_header(email.header.decode_header(mail["Subject"]))) == PUMP.title
    texts = {part.get_content_type(): part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()}
    drawn = texts["text/html"]
    assert isinstance(drawn, bytes)
    assert "3号泵压力超高</h3>" in drawn.decode()
    assert 'href="https://plant/alarms/7/"' in drawn.decode()


def test_a_webhook_gets_plain_text() -> None:
    with WebServer() as server:
        result = sent(f"json://127.0.0.1:{server.port}/alarms")
    assert result.verdict is Verdict.SENT
    [got] = server.got
    assert got["title"] == PUMP.title
    assert got["message"] == "[紧急] 3号泵压力超高\n时间：08:00\n值 12.4 bar\n\n查看报警: https://plant/alarms/7/"


def test_the_buttons_of_a_card_become_links() -> None:
    card = Message(Form.ACTION_CARD, "泵", "高压", (Button("去确认", "https://plant/a/1"),))
    with WebServer() as server:
        sent(f"json://127.0.0.1:{server.port}/", card)
    assert server.got[0]["message"] == "高压\n\n去确认: https://plant/a/1"


@pytest.mark.parametrize(
    ("status", "headers"),
    [("500 Oops", ""), ("403 No", ""), ("302 Found", "Location: http://127.0.0.1:1/elsewhere\r\n")],
)
def test_a_refusal_is_tried_again_and_says_why(status: str, headers: str) -> None:
    with WebServer(status, headers) as server:
        result = sent(f"json://user:{PASSWORD}@127.0.0.1:{server.port}/hook-9f8e7d6c")
    assert (result.verdict, result.reason, len(server.got)) == (Verdict.RETRY, "apprise_failed", 1)
    assert status[:3] in result.text
    assert result.wait_s > 0


def test_a_refused_recipient_is_no_success() -> None:
    with MailServer(refuses=True) as server:
        result = sent(mail_url(server.port))
    assert (result.verdict, server.mails) == (Verdict.RETRY, [])


def test_nobody_at_home_is_tried_again(unused_port: int) -> None:
    assert sent(mail_url(unused_port)).reason == "apprise_failed"


def test_a_server_that_never_answers_is_given_up_and_unknown() -> None:
    with RawServer(lambda peer: peer.recv(1) and time.sleep(3)) as server:
        started = time.monotonic()
        result = sent(f"json://127.0.0.1:{server.port}/", deadline_s=0.3)
        assert time.monotonic() - started < 2
    assert (result.verdict, result.reason) == (Verdict.UNKNOWN, "apprise_timeout")


def test_no_secret_leaves_by_results_or_logs(unused_port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    written, log = io.StringIO(), logging.getLogger()
    log.addHandler(handler := logging.StreamHandler(written))  # as the product's own: at the root
    try:
        result = sent(f"json://user:{PASSWORD}@127.0.0.1:{unused_port}/path-of-secrets?-key=another-secret")
    finally:
        log.removeHandler(handler)
    assert result.verdict is Verdict.RETRY
    said = f"{result} {written.getvalue()}"
    assert not [secret for secret in (PASSWORD, "path-of-secrets", "another-secret") if secret in said]
    assert PASSWORD not in repr(apprise.parse(mail_url(1)))


@pytest.mark.parametrize(
    ("entered", "scheme", "masked"),
    [
        (f"mailtos://ops:{PASSWORD}@smtp.example.com:465/?to=a@plant.example&from=b@plant.example&mode=ssl",
         "mailtos", "mailtos://smtp.example.com:465/***"),
        ("wecombot://693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", "wecombot", "wecombot://***"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx", "wecombot", "wecombot://***"),
        ("feishu://3c2b1a09", "feishu", "feishu://***"),
        (f"jsons://u:{PASSWORD}@10.1.2.3:8443/in?x=1", "jsons", "jsons://10.1.2.3:8443/***"),
        (" ntfys://plant-topic-9 ", "ntfys", "ntfys://***"),
    ],
)  # fmt: skip
def test_an_address_shows_its_kind_and_server_only(entered: str, scheme: str, masked: str) -> None:
    address = apprise.parse(entered)
    assert (address.scheme, address.masked, address.url) == (scheme, masked, entered.strip())


@pytest.mark.parametrize(
    ("entered", "code"),
    [
        ("", "address_empty"),
        ("smtp.example.com", "address_no_scheme"),
        ("mailtos://smtp.example.com:465/***", "address_masked"),
        ("json://a b/", "address_spaces"),
        ("json://", "address_wrong"),
        ("nonsense://x", "address_kind_unknown"),
        ("file:///etc/passwd", "address_kind_unknown"),
        ("dingtalk://token", "address_dingtalk"),
        ("https://oapi.dingtalk.com/robot/send?access_token=" + "a" * 64, "address_dingtalk"),
        ("syslog://", "address_kind_refused"),
        ("dbus://", "address_kind_refused"),
        ("windows://", "address_kind_refused"),
        ("macosx://", "address_kind_refused"),
        ("rsyslog://10.0.0.1", "address_kind_refused"),
        ("mailto://u:p@h.example?pgppub=/etc/passwd&to=a@b.example", "address_parameter"),
        ("http://10.0.0.1/x", "address_wrong"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(entered: str, code: str) -> None:
    with pytest.raises(AddressError) as error:
        apprise.parse(entered)
    assert error.value.code == code
    assert all("{" not in error.value.text(language) for language in ("zh-hans", "en"))


def test_a_refusal_names_no_secret() -> None:
    for entered in (f"nonsense://u:{PASSWORD}@h", f"mailto://u:{PASSWORD}@", f"syslog://{PASSWORD}"):
        with pytest.raises(AddressError) as error:
            apprise.parse(entered)
        assert PASSWORD not in error.value.text("zh") + str(error.value) + repr(error.value)


def test_every_allowed_kind_is_one_of_apprise() -> None:
    assert apprise._known_schemes() >= apprise.SCHEMES
    assert "dingtalk" not in apprise.SCHEMES


def test_a_text_too_long_is_cut_between_characters() -> None:
    long = Message(Form.TEXT, "标题", "报警" * 20_000)
    body = apprise.encode(long, "wecombot")
    assert len(json.loads(body)["text"].encode()) <= 2_000
    assert json.loads(body)["text"].endswith("(已截断)")
    assert len(json.loads(apprise.encode(long, "mailto"))["text"].encode()) <= 16_000


def test_it_goes_by_the_proxy_and_trusts_the_certificates_of_the_plant(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, "")  # so that it is as before afterwards
        monkeypatch.delenv(name)
    own, context = certificate(tmp_path)
    apprise.through("", str(own), tmp_path)
    with RawServer(always(answer(b"")), context) as server:
        assert sent(f"jsons://127.0.0.1:{server.port}/").verdict is Verdict.SENT
    with RawServer(always(answer(b""))) as proxy:
        apprise.through(proxy.url, "", tmp_path)
        assert sent("json://plant.invalid/").verdict is Verdict.SENT
        assert proxy.connections == 1


def test_without_apprise_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    body = apprise.encode(PUMP, "mailto")
    monkeypatch.setattr(apprise, "available", lambda: False)
    with pytest.raises(AddressError, match="apprise_missing"):
        apprise.parse("wecombot://abcdefgh")
    result = asyncio.run(apprise.send("wecombot://abcdefgh", body))
    assert (result.verdict, result.reason) == (Verdict.REFUSED_CONFIGURATION, "apprise_missing")
