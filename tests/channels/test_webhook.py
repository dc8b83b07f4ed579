from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.dingtalk.webhook import (
    Webhook,
    WebhookError,
    clean_secret,
    parse,
    sign,
    signed_url,
    unchanged,
    webhook_text,
)
from dingbell.channels.hosts import Hosts

HOSTS = Hosts(extra=("simulator", "127.0.0.1:8090"))
TOKEN = "0123456789abcdef0123456789abcdef"
SEND = "https://oapi.dingtalk.com/robot/send"


class TestParse:
    @pytest.mark.parametrize(
        "pasted",
        [
            f"{SEND}?access_token={TOKEN}",
            f"  {SEND}?access_token={TOKEN}\n",
            f"\ufeff{SEND}?access_token={TOKEN}\u200b\u3000",
            f"{SEND}?access_token={TOKEN}&timestamp=1700000000123&sign=abc%3D",
            f"{SEND}?timestamp=1&sign=abc%3D&access_token={TOKEN}",
            f"{SEND}/?access_token={TOKEN}#top",
            f"HTTPS://OAPI.dingtalk.com/robot/send?access_token={TOKEN}",
            f"oapi.dingtalk.com/robot/send?access_token={TOKEN}",
            TOKEN,
            f" {TOKEN}\t",
            f"access_token={TOKEN}",
        ],
    )
    def test_understands(self, pasted: str) -> None:
        assert parse(pasted, HOSTS) == Webhook(SEND, TOKEN)

    def test_a_bare_token_goes_to_the_configured_dingtalk(self) -> None:
        private = Hosts(oapi_url="http://10.1.2.3:9000/")
        assert parse("tok-1", private) == Webhook("http://10.1.2.3:9000/robot/send", "tok-1")

    def test_another_allowed_host_keeps_port_and_path(self) -> None:
        webhook = parse("http://127.0.0.1:8090/ding/robot/send?access_token=tok_1", HOSTS)
        assert webhook == Webhook("http://127.0.0.1:8090/ding/robot/send", "tok_1")

    @pytest.mark.parametrize(
        ("pasted", "code"),
        [
            ("", "webhook_empty"),
            (" \u200b\n", "webhook_empty"),
            (f"{SEND}?access_token=************cdef", "webhook_masked"),
            (SEND, "webhook_no_token"),
            (f"{SEND}?access_token=", "webhook_no_token"),
            ("https://oapi.dingtalk.com/robot/sendBySession?session=x", "webhook_wrong_path"),
            ("oapi.dingtalk.com", "webhook_wrong_path"),
            (f"{SEND}?access_token=a%20b", "webhook_invalid"),
            (f"{SEND}?access_token=a&access_token=b", "webhook_invalid"),
            (f"{SEND}?access_token={TOKEN[:8]} {TOKEN[8:]}", "webhook_invalid"),
            (f"https://wang@oapi.dingtalk.com/robot/send?access_token={TOKEN}", "webhook_invalid"),
            ("这是我们的群", "webhook_invalid"),
            (f"ftp://oapi.dingtalk.com/robot/send?access_token={TOKEN}", "webhook_invalid"),
            (f"https://evil.example/robot/send?access_token={TOKEN}", "host_not_allowed"),
            (f"http://169.254.169.254/robot/send?access_token={TOKEN}", "host_not_allowed"),
            ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", "host_not_allowed"),
            (f"http://oapi.dingtalk.com/robot/send?access_token={TOKEN}", "http_not_allowed"),
        ],
    )
    def test_says_what_is_wrong(self, pasted: str, code: str) -> None:
        with pytest.raises(WebhookError) as caught:
            parse(pasted, HOSTS)
        assert caught.value.code == code
        for language in ("zh-hans", "en"):
            text = caught.value.text(language)
            assert text
            assert TOKEN not in text
            assert "{" not in text

    @given(st.text(max_size=80))
    def test_never_fails_otherwise(self, pasted: str) -> None:
        with suppress(WebhookError):
            assert HOSTS.refusal(parse(pasted, HOSTS).url) is None


class TestMasking:
    def test_shows_the_last_four(self) -> None:
        assert Webhook(SEND, TOKEN).masked == f"{SEND}?access_token=************cdef"

    @pytest.mark.parametrize("token", ["tok-1", "123456789012345"])
    def test_hides_a_short_token_wholly(self, token: str) -> None:
        assert Webhook(SEND, token).masked == f"{SEND}?access_token=************"

    @given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
    def test_a_form_that_comes_back_untouched_is_recognised(self, token: str) -> None:
        webhook = Webhook(SEND, token)
        assert unchanged(f" {webhook.masked}\n", webhook.masked)
        assert unchanged(webhook.masked.partition("=")[2], webhook.masked)
        assert not unchanged(webhook.url, webhook.masked)
        assert not unchanged("", webhook.masked)

    def test_another_robots_mask_is_not_unchanged(self) -> None:
        assert not unchanged(Webhook(SEND, TOKEN).masked, Webhook(SEND, TOKEN[::-1]).masked)

    def test_repr_has_no_token(self) -> None:
        assert TOKEN not in repr(Webhook(SEND, TOKEN))


class TestSecret:
    @pytest.mark.parametrize(
        ("pasted", "secret", "warning"),
        [
            ("", "", None),
            ("  ", "", None),
            (" SECabc123\n", "SECabc123", None),
            ("abc123", "abc123", "secret_without_prefix"),
        ],
    )
    def test_is_trimmed_and_looked_at(self, pasted: str, secret: str, warning: str | None) -> None:
        assert clean_secret(pasted) == (secret, warning)

    @pytest.mark.parametrize("pasted", ["SEC abc", "SEC密钥", "SEC****"])
    def test_nonsense_is_refused(self, pasted: str) -> None:
        with pytest.raises(WebhookError) as caught:
            clean_secret(pasted)
        assert caught.value.code == "secret_invalid"

    def test_the_warning_has_a_text(self) -> None:
        assert "SEC" in webhook_text("secret_without_prefix", "zh-hans")


class TestSignature:
    @pytest.mark.parametrize(
        ("timestamp", "expected"),
        [
            (1700000000123, "lrMq5E54T40t3FfGVjxdvoqIbXlWY6mzkZYiVoI6emk="),
            (1700000000001, "r4CWp/Dz+Ng0sbTjH1vB0Fr+uQ2fn831mssaN6/C05I="),
        ],
    )
    def test_vectors(self, timestamp: int, expected: str) -> None:
        assert sign("SECtest", timestamp) == expected

    def test_is_encoded_once(self) -> None:
        url = signed_url(Webhook(SEND, "t"), "SECtest", datetime(2023, 11, 14, 22, 13, 20, 1000, tzinfo=UTC))
        assert url == (
            f"{SEND}?access_token=t&timestamp=1700000000001&sign=r4CWp%2FDz%2BNg0sbTjH1vB0Fr%2BuQ2fn831mssaN6%2FC05I%3D"
        )

    @given(
        secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=70),
        now=st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds + 0.001, UTC)),
    )
    def test_decodes_to_the_expected_value(self, secret: str, now: datetime) -> None:
        fields = parse_qs(urlsplit(signed_url(Webhook(SEND, "t"), secret, now)).query)
        timestamp = fields["timestamp"][0]
        expected = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
        assert base64.b64decode(fields["sign"][0]) == expected
        assert abs(int(timestamp) / 1000 - now.timestamp()) < 0.001

    def test_no_secret_no_signature(self) -> None:
        assert signed_url(Webhook(SEND, "t"), "", datetime.now(UTC)) == f"{SEND}?access_token=t"
