"""The page: what it shows, and that no message can break out of it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingtalk_simulator.markdown import render, web_address
from dingtalk_simulator.robot_message import mentions
from tests.simulator.caller import Caller

GROUP = "group%3A%E4%B8%80%E8%BD%A6%E9%97%B4%E5%80%BC%E7%8F%AD%E7%BE%A4"


class Tags(HTMLParser):
    """Every tag of a document with its attributes, and whether they are properly nested."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("br", "meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(dingtalk: Caller, chat: str = "") -> str:
    reply = dingtalk.call("GET", f"/?chat={chat}" if chat else "/")
    assert reply.status == 200
    return reply.body.decode()


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("### 温度高", '<div class="h h3">温度高</div>'),
        ("####### x", "<p>####### x</p>"),
        ("#无空格", "<p>#无空格</p>"),
        ("一\n二", "<p>一 二</p>"),
        ("一  \n二", "<p>一<br>二</p>"),
        ("一\n\n二", "<p>一</p><p>二</p>"),
        ("- 一\n- **二**", "<ul><li>一</li><li><b>二</b></li></ul>"),
        ("3. 三\n4. 四", '<ol start="3"><li>三</li><li>四</li></ol>'),
        ("> 引\n> 用", "<blockquote>引<br>用</blockquote>"),
        ("*斜* **粗**", "<p><i>斜</i> <b>粗</b></p>"),
        ("a&nbsp;b & c", "<p>a&nbsp;b &amp; c</p>"),
        ("<font color=red>x</font>", "<p>&lt;font color=red&gt;x&lt;/font&gt;</p>"),
        ("![图](https://x/y.png)", '<p><span class="picture" title="https://x/y.png">图</span></p>'),
        ("| a | b |\n|---|---|", "<p>| a | b | |---|---|</p>"),
    ],
)
def test_the_markdown_subset(text: str, html: str) -> None:
    assert render(text) == html


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://a.example.cn/1?x=2", "https://a.example.cn/1?x=2"),
        ("dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fa.cn%2F1&pc_slide=false", "https://a.cn/1"),
        ("dingtalk://dingtalkclient/page/link?url=javascript%3Aalert(1)", None),
        ("dtmd://dingtalkclient/sendMessage?content=x", None),
        ("javascript:alert(1)", None),
        ("http://[", None),
        ("", None),
    ],
)
def test_only_web_addresses_become_links(url: str, address: str | None) -> None:
    assert web_address(url) == address


TAGS = ["<script>", "</div>", "<img src=x onerror=y>", '"', "'", "&", "\x00", "\u2028"]
LINKS = ["[x](", "![", "](javascript:alert(1))", '](https://a"onload=x)']
MARKS = ["**", "*", "# ", "> ", "- ", "1. ", "\n", "  \n", "温度"]
pieces = st.sampled_from([*TAGS, *LINKS, *MARKS])


@given(st.lists(pieces | st.text(max_size=3), max_size=30).map("".join))
def test_no_markdown_breaks_out(text: str) -> None:
    tags = Tags(render(text))
    assert tags.open == []
    for tag, attributes in tags.found:
        assert tag in {"div", "p", "br", "b", "i", "ul", "ol", "li", "blockquote", "a", "span"}
        assert attributes.keys() <= {"class", "title", "href", "target", "rel", "start"}
        if tag == "a":
            assert re.match(r"https?://", attributes["href"] or "")


EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>'\"&"


def test_html_in_messages_stays_text(dingtalk: Caller) -> None:
    dingtalk.robot(name=EVIL, group="一车间值班群")
    link = {"title": EVIL, "text": EVIL, "messageUrl": f"javascript:{EVIL}", "messageURL": EVIL, "picURL": EVIL}
    button = {"title": EVIL, "actionURL": f"https://a.cn/{EVIL}"}
    for body in (
        {"msgtype": "text", "text": {"content": EVIL}, "at": {"atMobiles": [EVIL]}},
        {"msgtype": "markdown", "markdown": {"title": EVIL, "text": EVIL}},
        {"msgtype": "link", "link": link},
        {"msgtype": "actionCard", "actionCard": {"title": EVIL, "text": EVIL, "btns": [button]}},
        {"msgtype": "feedCard", "feedCard": {"links": [link]}},
        {"msgtype": EVIL, EVIL: {"title": EVIL}},
    ):
        dingtalk.send(body)
    dingtalk.send(EVIL.encode())
    dingtalk.send(b'{"msgtype":"text","text":{"content":"\\ud800"}}')
    dingtalk.text(token=EVIL)
    for chat in ("", GROUP, "unknown", "%22%3E%3Cscript%3E"):
        tags = Tags(page(dingtalk, chat))
        assert tags.open == []
        scripts = [attributes for tag, attributes in tags.found if tag == "script"]
        assert scripts == [{"src": "/_sim/page/chat.js", "defer": None}]
        assert not [tag for tag, _ in tags.found if tag == "img"]
        assert not [name for _, attributes in tags.found for name in attributes if name.startswith("on")]
        assert not [a for tag, a in tags.found if tag == "a" and (a["href"] or "").startswith("javascript")]


def test_the_page_asks_nobody_else(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.send({"msgtype": "markdown", "markdown": {"title": "x", "text": "![](https://img.example.cn/a.png)"}})
    reply = dingtalk.call("GET", f"/?chat={GROUP}")
    [policy] = reply.values("content-security-policy")
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    tags = Tags(reply.body.decode())
    own = [a.get("href") or a.get("src") or "" for tag, a in tags.found if tag in ("link", "script")]
    assert [address for address in own if not address.startswith(("/_sim/page/", "data:"))] == []
    assert not [name for _, attributes in tags.found for name in attributes if name == "style"]
    for asset, kind in (("chat.css", "text/css"), ("chat.js", "text/javascript")):
        served = dingtalk.call("GET", f"/_sim/page/{asset}")
        assert served.status == 200
        assert served.values("content-type")[0].startswith(kind)
        assert b"http://" not in served.body.replace(b"http://www.w3.org/2000/svg", b"")


def test_chats_show_last_message_and_unread_count(dingtalk: Caller) -> None:
    dingtalk.robot()
    dingtalk.app()
    dingtalk.text("第一条")
    dingtalk.text("第二条")
    dingtalk.batch_send("u2")
    changes = dingtalk.call("GET", "/_sim/chats").json
    rows = re.findall(
        r'class="name">([^<]*)</span>.*?class="last">([^<]*)</span>(?:<span class="unread">(\d+))?', changes["chats"]
    )
    assert rows[:2] == [("李四", "3号水泵轴承温度高", "1"), ("一车间值班群", "第二条", "2")]
    dingtalk.sim.post("/_sim/read", {"chat": "group:一车间值班群"})
    assert 'class="unread">2' not in dingtalk.call("GET", "/_sim/chats").json["chats"]


def test_polling_sends_the_chat_only_when_something_changed(dingtalk: Caller) -> None:
    dingtalk.robot()
    first = dingtalk.call("GET", f"/_sim/chats?chat={GROUP}").json
    again = dingtalk.call("GET", f"/_sim/chats?chat={GROUP}&have={first['version']}").json
    assert again.keys() == {"version", "status"}
    dingtalk.text("新消息")
    changed = dingtalk.call("GET", f"/_sim/chats?chat={GROUP}&have={first['version']}").json
    assert "新消息" in changed["messages"]
    assert changed["unread"] == 1
    dingtalk.sim.reset()
    assert dingtalk.call("GET", "/_sim/chats").json["version"] not in (first["version"], changed["version"])


def test_the_empty_page_says_what_to_do(dingtalk: Caller) -> None:
    shown = page(dingtalk)
    assert "/_sim/robots" in shown
    assert "先登记一个群机器人" in shown
    dingtalk.robot()
    assert "还没有消息" in page(dingtalk, GROUP)


def test_a_refused_attempt_is_shown_with_its_reason(dingtalk: Caller) -> None:
    dingtalk.robot(keywords=["报警"])
    dingtalk.text("没有那个词")
    dingtalk.sim.post("/_sim/faults", {"path": "/robot/send", "status": 503, "times": 1})
    dingtalk.call("POST", "/robot/send?access_token=t1", {"msgtype": "text", "text": {"content": "x"}})
    for _ in range(2):
        dingtalk.send({"msgtype": "text", "text": {"content": "报警"}, "msgUuid": "1"})
    shown = page(dingtalk, GROUP)
    assert "<b>310000</b> 消息里没有机器人的关键词" in shown
    assert "故障注入：HTTP 503" in shown
    assert "重复的 msgUuid" in shown
    assert shown.count('class="message refused"') == 2


def test_status_shows_skew_faults_and_blocks(dingtalk: Caller) -> None:
    dingtalk.robot()
    for _ in range(21):
        dingtalk.text()
    dingtalk.sim.post("/_sim/clock", {"skew_s": -90})
    dingtalk.sim.post("/_sim/faults", {"path": "/gettoken", "drop": True})
    status = dingtalk.call("GET", "/_sim/chats").json["status"]
    assert "时钟偏差 -90 秒" in status
    assert "故障 /gettoken" in status
    assert "限流中 报警机器人" in status


def test_cards_of_the_apps_robot_have_their_buttons(dingtalk: Caller) -> None:
    dingtalk.app()
    card = {"title": "报警", "text": "**压力高**", "actionTitle1": "确认", "actionURL1": "https://a.cn/1"}
    card |= {"actionTitle2": "屏蔽", "actionURL2": "https://a.cn/2"}
    dingtalk.batch_send("u1", msgKey="sampleActionCard2", msgParam=json.dumps(card))
    side = {"title": "报警", "text": "x", "buttonTitle1": "是", "buttonUrl1": "https://a.cn/3"}
    side |= {"buttonTitle2": "否", "buttonUrl2": "https://a.cn/4"}
    dingtalk.batch_send("u1", msgKey="sampleActionCard6", msgParam=json.dumps(side))
    shown = page(dingtalk, "user%3Au1")
    buttons = re.findall(r'<a class="button" href="([^"]*)"[^>]*>([^<]*)</a>', shown)
    assert buttons == [
        ("https://a.cn/1", "确认"),
        ("https://a.cn/2", "屏蔽"),
        ("https://a.cn/3", "是"),
        ("https://a.cn/4", "否"),
    ]
    assert '<div class="buttons side">' in shown


def test_a_mention_needs_its_literal_in_the_text(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.robot()
    at = {"atMobiles": ["13900000001", "13900000002", "13712345678"], "atUserIds": ["u3"]}
    body = {"msgtype": "text", "text": {"content": "温度高 @13900000001 @13712345678 @u3"}, "at": at}
    dingtalk.send(body)
    shown = page(dingtalk, GROUP)
    assert '<span class="mention">@张三</span>' in shown
    assert "@ 提醒 张三、137****5678、王五" in shown, "a stranger's number is masked"
    assert "@ 未生效：正文里没有 @13900000002" in shown


def test_a_mention_is_not_the_beginning_of_a_longer_one(dingtalk: Caller) -> None:
    dingtalk.app()
    dingtalk.robot()
    dingtalk.sim.post("/_sim/users", {"user_id": "u12", "name": "赵六", "mobile": "1"})
    at = {"atUserIds": ["u1", "u12", ""]}
    dingtalk.send({"msgtype": "text", "text": {"content": "温度高 @u12 @u1"}, "at": at})
    shown = page(dingtalk, GROUP)
    assert '温度高 <span class="mention">@赵六</span> <span class="mention">@张三</span>' in shown


@given(
    count=st.integers(0, 70),
    named=st.integers(0, 70),
    msgtype=st.sampled_from(["text", "markdown", "link", "actionCard"]),
)
def test_at_most_fifty_are_mentioned_and_only_where_mentions_exist(count: int, named: int, msgtype: str) -> None:
    listed = [f"{13900000000 + number}" for number in range(count)]
    text = " ".join(f"@{13900000000 + number}" for number in range(named))
    body = {
        "msgtype": msgtype,
        msgtype: {"content": text, "text": text},
        "at": {"atMobiles": listed, "isAtAll": True},
    }
    found = mentions(body)
    able = msgtype != "link"
    assert len(found.mobiles) == (min(count, named, 50) if able else 0)
    assert len(found.mobiles) + len(found.ineffective) == count
    assert found.everyone is able
