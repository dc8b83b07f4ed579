from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.channels.redaction import redact

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "text",
    [
        f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}&timestamp=1&sign={TOKEN}",
        f"POST /robot/send?access_token={TOKEN} HTTP/1.1",
        f"access_token={TOKEN}",
        f"ACCESS-TOKEN: {TOKEN}",
        f'{{"accessToken":"{TOKEN}","expireIn":7200}}',
        f'{{"appSecret": "{TOKEN}"}}',
        f"{{'client_secret': '{TOKEN}'}}",
        f'\\"appSecret\\":\\"{TOKEN}\\"',
        f"x-acs-dingtalk-access-token: {TOKEN}",
        f"Authorization: Bearer {TOKEN}",
        f"Proxy-Authorization: Basic {TOKEN}",
        f"wss://wss-open-connection.dingtalk.com/connect?ticket={TOKEN}",
        f"ticket={TOKEN}",
        f"sign={TOKEN}",
        f"the secret SEC{TOKEN} is wrong",
        f"http://plant:{TOKEN}@proxy:3128",
    ],
)
def test_no_secret_survives(text: str) -> None:
    assert TOKEN not in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "310000 sign not match, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]",
        "token is not exist",
        "不合法的access_token",
        "ip 203.0.113.7 not in whitelist",
        "description:机器人发送签名过期;solution:签名生成时间和发送时间请保持在timestampms以内",
    ],
)
def test_words_for_people_stay(text: str) -> None:
    assert redact(text) == text


@given(
    secret=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=80),
    before=st.text(max_size=30),
    after=st.text(max_size=30),
)
def test_a_known_secret_goes_wherever_it_stands(secret: str, before: str, after: str) -> None:
    text = redact(f"{before} {secret} {after}", (secret,))
    assert secret not in text or secret in redact(f"{before}  {after}") or set(secret) == {"*"}


@given(st.from_regex(r"[A-Za-z0-9]{20,64}", fullmatch=True))
def test_a_query_goes_whole(token: str) -> None:
    assert redact(f"Max retries exceeded with url: /robot/send?access_token={token}&sign=x (Caused by)") == (
        "Max retries exceeded with url: /robot/send?*** (Caused by)"
    )
