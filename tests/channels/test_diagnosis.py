"""Diagnosing the way to DingTalk, a robot and an app, without sending anything."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dingbell.channels.dingtalk import diagnosis
from dingbell.channels.dingtalk.diagnosis import Finding, words
from dingbell.channels.dingtalk.diagnosis_texts import TEXTS
from dingbell.channels.dingtalk.token import App
from dingbell.channels.http import Http
from tests.channels.dingtalk import APP, BATCH_PATH, ROBOT_TOKEN, SECRET, SEND_PATH, DingTalk
from tests.channels.exchanges import OK, once, reset
from tests.channels.servers import Handler, RawServer, always, answer, certificate

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def outcomes(findings: list[Finding]) -> dict[str, tuple[str, str]]:
    for one in findings:
        assert all(CHINESE.search(text) for text in words(one, "zh") if text and "→" not in text)
        assert not CHINESE.search(words(one, "en")[1])
    return {one.step.value: (one.outcome.value, one.code) for one in findings}


def way(http: Http, url: str) -> dict[str, tuple[str, str]]:
    return outcomes(diagnosis.way(http, url, datetime.now(UTC)))


def client(*hosts: str, seconds: float = 1.0, proxy: str | None = None, ca_file: Path | None = None) -> Http:
    file = str(ca_file) if ca_file else None
    return Http(extra_hosts=("127.0.0.1", *hosts), total_deadline_s=seconds, proxy=proxy, ca_file=file)


NOT_REACHED = ("skipped", "not_reached")


class TestWay:
    def test_all_is_well(self, tmp_path: Path) -> None:
        file, context = certificate(tmp_path)
        dated = answer(b"{}", headers=f"Date: {datetime.now(UTC):%a, %d %b %Y %H:%M:%S} GMT\r\n")
        with RawServer(always(dated), context) as server:
            found = diagnosis.way(client(ca_file=file), f"{server.url}/robot/send", datetime.now(UTC))
        assert outcomes(found) == {
            "dns": ("ok", "resolved"),
            "tcp": ("ok", "connected"),
            "tls": ("ok", "secured"),
            "clock": ("ok", "clock_right"),
        }
        assert "DingBell test" in words(found[2], "zh")[0]
        assert all(one.took_s is not None for one in found)

    def test_a_certificate_nobody_knows(self, tmp_path: Path) -> None:
        _file, context = certificate(tmp_path)
        with RawServer(always(OK), context) as server:
            found = diagnosis.way(client(), server.url, datetime.now(UTC))
        assert outcomes(found)["tls"] == ("failed", "tls_failed")
        assert outcomes(found)["clock"] == NOT_REACHED
        assert "self-signed" in words(found[2], "zh")[0]
        assert "DINGBELL_CA_FILE" in words(found[2], "zh")[1]

    def test_a_port_where_nobody_listens(self, unused_port: int) -> None:
        assert way(client(), f"http://127.0.0.1:{unused_port}") == {
            "dns": ("ok", "resolved"),
            "tcp": ("failed", "connection_refused"),
            "tls": NOT_REACHED,
            "clock": NOT_REACHED,
        }

    def test_a_name_nobody_knows(self) -> None:
        found = way(client("dingtalk.invalid"), "http://dingtalk.invalid")
        assert found["dns"] == ("failed", "dns_failed")
        assert found["tcp"] == found["clock"] == NOT_REACHED

    @pytest.mark.parametrize(
        ("url", "code"),
        [("https://evil.example", "host_not_allowed"), ("http://oapi.dingtalk.com", "http_not_allowed"),
         ("no address", "address_invalid")],
    )  # fmt: skip
    def test_where_nothing_may_be_sent(self, url: str, code: str) -> None:
        assert way(client(), url)["dns"] == ("failed", code)

    @pytest.mark.parametrize(
        ("handler", "clock"),
        [
            (reset, ("failed", "no_answer")),
            (once(answer(b"", "302 Found", "Location: http://login.example/\r\n")), ("warning", "redirected")),
            (once(answer(b"", "503 Busy")), ("warning", "server_trouble")),
            (once(OK), ("skipped", "clock_unknown")),
        ],
        ids=["reset", "redirected", "busy", "no date"],
    )
    def test_what_answers(self, handler: Handler, clock: tuple[str, str]) -> None:
        with RawServer(handler) as server:
            found = way(client(), server.url)
        assert found["tls"] == ("warning", "not_encrypted")
        assert found["clock"] == clock

    @pytest.mark.parametrize(
        ("ahead_s", "clock"),
        [(-300, ("warning", "clock_off")), (7200, ("failed", "clock_wrong")), (-7200, ("failed", "clock_wrong"))],
    )
    def test_a_clock_that_is_wrong(self, dingtalk: DingTalk, ahead_s: int, clock: tuple[str, str]) -> None:
        dingtalk.simulator.post("/_sim/clock", {"skew_s": ahead_s})
        found = diagnosis.way(dingtalk.http, dingtalk.simulator.url, datetime.now(UTC))
        assert outcomes(found)["clock"] == clock
        assert ("慢" if ahead_s > 0 else "快") in words(found[3], "zh")[0]

    def test_through_a_proxy(self, tmp_path: Path, unused_port: int) -> None:
        file, _context = certificate(tmp_path, names=("plant.example",))
        with RawServer(once(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")) as proxy:
            refused = way(client("plant.example", proxy=proxy.url, ca_file=file), "https://plant.example")
        assert refused["dns"] == ("ok", "resolved_proxy")
        assert refused["tcp"][0] == "ok"
        assert refused["tls"] == ("failed", "proxy_failed")
        dead = way(client("plant.example", proxy=f"http://127.0.0.1:{unused_port}"), "https://plant.example")
        assert dead["tcp"] == ("failed", "proxy_failed")


class TestRobot:
    @pytest.mark.parametrize(
        ("token", "secret", "keywords", "webhook", "signing"),
        [
            (ROBOT_TOKEN, SECRET, [], ("ok", "webhook_right"), ("ok", "signed")),
            ("short", "abc", [], ("warning", "webhook_short"), ("warning", "signed_oddly")),
            (ROBOT_TOKEN, "", ["报警"], ("ok", "webhook_right"), ("ok", "keyword_only")),
            (ROBOT_TOKEN, "", [], ("ok", "webhook_right"), ("warning", "unprotected")),
            (None, None, [], ("failed", "secret_unreadable"), ("failed", "secret_unreadable")),
        ],
    )
    def test_what_can_be_told(
        self, token: str | None, secret: str | None, keywords: list[str], webhook: object, signing: object
    ) -> None:
        found = diagnosis.robot(client(), "https://oapi.dingtalk.com/robot/send", token, secret, keywords)
        assert outcomes(found) == {
            "webhook": webhook, "signing": signing, "sending": ("skipped", "robot_untried"),
        }  # fmt: skip
        shown = "".join(text for one in found for language in ("zh", "en") for text in words(one, language))
        assert ROBOT_TOKEN not in shown
        assert SECRET not in shown

    def test_a_host_that_is_not_allowed(self) -> None:
        found = outcomes(diagnosis.robot(client(), "https://evil.example/robot/send", ROBOT_TOKEN, SECRET, []))
        assert found["webhook"] == ("failed", "host_not_allowed")


class TestApp:
    def check(self, dingtalk: DingTalk, robot_code: str = "ding1", app: App | None = APP) -> list[Finding]:
        return diagnosis.app(dingtalk.http, app, robot_code, "user1", datetime.now(UTC))

    def test_all_is_well_and_nothing_is_sent(self, dingtalk: DingTalk) -> None:
        dingtalk.add_app()
        dingtalk.add_person("user1")
        assert outcomes(self.check(dingtalk)) == {
            "token": ("ok", "token_given"), "permission": ("ok", "permission_given"),
            "robot_code": ("ok", "robot_code_taken"), "contacts": ("ok", "contact_seen"),
        }  # fmt: skip
        assert dingtalk.simulator.messages(user_id="user1") == []
        assert dingtalk.calls(SEND_PATH) == 0

    def test_wrong_credentials(self, dingtalk: DingTalk) -> None:
        found = self.check(dingtalk)
        assert outcomes(found) == {
            "token": ("failed", "refused"),
            "permission": NOT_REACHED,
            "robot_code": NOT_REACHED,
            "contacts": NOT_REACHED,
        }
        assert "invalidClientIdOrSecret" in words(found[0], "zh")[0]
        assert "ClientSecret" in words(found[0], "zh")[1]

    def test_without_a_network_nothing_is_told_as_an_answer_of_dingtalk(self, unused_port: int) -> None:
        there = f"http://127.0.0.1:{unused_port}"
        http = Http(oapi_url=there, api_url=there)
        found = diagnosis.app(http, APP, "ding1", "user1", datetime.now(UTC))
        assert outcomes(found)["token"] == ("failed", "no_network")
        assert words(found[0], "zh")[0].startswith("网络不通，没有得到钉钉的回答（")
        assert "防火墙" in words(found[0], "zh")[1]

    def test_a_secret_that_cannot_be_read(self, dingtalk: DingTalk) -> None:
        assert outcomes(self.check(dingtalk, app=None))["token"] == ("failed", "secret_unreadable")
        assert dingtalk.simulator.stats()["requests_by_path"] == {}

    def test_permissions_that_are_missing_are_named(self, dingtalk: DingTalk) -> None:
        dingtalk.add_app(permissions=[])
        found = self.check(dingtalk)
        assert outcomes(found)["permission"] == ("failed", "refused")
        assert outcomes(found)["robot_code"] == NOT_REACHED
        assert "qyapi_robot_sendmsg" in words(found[1], "zh")[1]
        assert outcomes(found)["contacts"] == ("warning", "contact_permission_missing")

    def test_a_wrong_robot_code(self, dingtalk: DingTalk) -> None:
        dingtalk.add_app()
        found = outcomes(self.check(dingtalk, robot_code="other"))
        assert found["permission"] == ("ok", "permission_given")
        assert found["robot_code"] == ("failed", "refused")

    def test_somebody_out_of_range(self, dingtalk: DingTalk) -> None:
        dingtalk.add_app(visible_users=[])
        dingtalk.add_person("user1")
        found = self.check(dingtalk)
        assert outcomes(found)["contacts"] == ("warning", "contact_refused")
        assert "可见范围" in words(found[3], "zh")[1]

    def test_a_network_that_fails_midway(self, dingtalk: DingTalk) -> None:
        dingtalk.add_app()
        dingtalk.fault(BATCH_PATH, times=1, drop=True)
        found = outcomes(self.check(dingtalk))
        assert found["token"] == ("ok", "token_given")
        assert found["permission"][0] == "failed"


def test_every_text_is_in_both_languages() -> None:
    for text in TEXTS.values():
        assert bool(text.zh_advice) == bool(text.en_advice)
        assert not CHINESE.search(text.en + text.en_advice)
