"""An alarm goes out in the words its rule asks for, and never fails to go out because of them."""

from __future__ import annotations

from typing import Any

from dingtalk_simulator.running import RunningSimulator
from tests.plant import Plant
from tests.serving import Server, eventually


def own(**fields: Any) -> dict[str, Any]:
    return {"use": "own", "form": "markdown", "title": "{name}", **fields}


CONTENTS = {
    "raised": own(
        form="action_card", title="{level}：{name}",
        body="### {name}\n- {value} {{ unit }}，{{ labels.line }} 线\n**@**{path}",
        buttons=[{"title": "看 {name}", "url": "https://drawings.example/?tag={path}"}],
    ),
    "cleared": own(body="ok\n{{ 1 / (value - 9) }}"),
    "acknowledged": own(form="text", body="{ackUser} 确认了 *{name}*"),
}  # fmt: skip


def test_the_words_of_the_rule_arrive_and_where_they_fail_the_built_in_ones(
    server: Server, simulator: RunningSimulator
) -> None:
    plant = Plant(server, simulator)
    service = plant.tell("robot")
    message = server.make("messages", name="值班", type="dingtalk", contents=CONTENTS)
    rule = server.get("/api/v1/rules")["items"][0]
    block = rule["notifications"][0] | {"message": message["id"]}
    assert server.call("PATCH", f"/api/v1/rules/{rule['id']}", {"notifications": [block]}).status == 200

    server.raise_alarm("P3", name="3号*泵*", path="a/b?c @138", value=12.4, unit="bar", labels={"line": "A"})
    alarm = server.get("/api/v1/alarms")["items"][0]
    assert server.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {}).status == 200
    server.clear_alarm("P3", value=9)

    card, text, built_in = eventually(lambda: (m := plant.in_group()) and len(m) == 3 and m)
    assert (card["msgtype"], card["title"]) == ("actionCard", "中：3号*泵*")
    assert card["text"] == "### 3号＊泵＊  \n- 12.4 bar，A 线  \n**@**a/b?c ＠138"
    assert "https://drawings.example/?tag=a%2Fb%3Fc%20%40138" in str(card["body"])
    assert (text["msgtype"], text["text"]) == ("text", "tests 确认了 *3号*泵**")
    assert built_in["title"] == "【恢复】3号＊泵＊"
    deliveries = eventually(lambda: server.states() == ["sent"] * 3 and server.deliveries())
    assert [one["remark"] for one in deliveries] == [None, None, "template_failed"]
    assert deliveries[2]["fault"] == "正文，第 2 行：除以了零"

    address = f"/api/v1/messages/{message['id']}/test"
    robot = {"robot": service["robots"][0]["id"]}
    tried = server.post(address, {"service": service["id"], "receiver": robot}).json
    assert (tried["state"], tried["code"]) == ("sent", "0")
    arrived = plant.in_group()[3]
    assert arrived["title"] == "【测试】高：3号泵出口压力超高"
    assert arrived["text"].startswith("> 测试消息，由 tests 发出，不是真实报警。\n\n### 3号泵出口压力超高")
    test = server.deliveries()[3]
    assert (test["alarm"], test["rule"], test["message"], test["state"]) == (None, None, None, "sent")
    failing = {"service": service["id"], "receiver": robot, "kind": "cleared", "alarm": alarm["id"]}
    refused = server.post(address, failing)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "contents.cleared.body")
