"""Every page of the product, for tests that walk through all of them: add yours.

`{service}`, `{rule}` … are the ids of what `furnish` made.
"""

from __future__ import annotations

from tests.serving import Server

PAGES = (
    "/alarms/",
    "/alarms/?show=all",
    "/alarms/{alarm}/",
    "/history/",
    "/shelved/",
    "/groups/",
    "/groups/new/",
    "/groups/{group}/",
    "/silences/",
    "/services/",
    "/services/new/?type=dingtalk",
    "/services/new/?type=apprise",
    "/services/{service}/",
    "/services/{other}/",
    "/messages/",
    "/messages/new/",
    "/messages/{message}/",
    "/schedules/",
    "/schedules/{schedule}/",
    "/rules/",
    "/rules/new/",
    "/rules/{rule}/",
    "/deliveries/",
    "/quota/",
    "/sources/",
    "/users/",
    "/users/new/",
    "/users/1/",
    "/tokens/",
    "/tokens/new/?scope=events:write",
    "/audit/",
    "/settings/",
    "/account/",
    "/account/password/",
    "/nowhere/",
)


def furnish(server: Server) -> dict[str, int]:
    """One of each thing, and an alarm that was told to somebody."""
    robot = {"alias": "值班群", "webhook": "the-token-of-a-robot-0123456789"}
    made = {
        "service": server.make("services", name="一车间钉钉", type="dingtalk", send_to=["robot"], robots=[robot])["id"]
    }
    addresses = [{"alias": "值班邮箱", "url": "mailtos://smtp.example.com?from=a@plant.example&to=b@plant.example"}]
    made["other"] = server.make("services", name="邮件", type="apprise", addresses=addresses)["id"]
    made["group"] = server.make("groups", name="泵", paths=["一车间/**"])["id"]
    made["message"] = server.make("messages", name="值班群通知", type="dingtalk", contents={})["id"]
    period = {"weekdays": [1, 2, 3], "start": "08:00:00", "end": "20:00:00"}
    schedule = {"name": "白班", "kind": "standard", "time_zone": "Asia/Shanghai", "periods": [period]}
    made["schedule"] = server.post("/api/v1/schedules", schedule).json["id"]
    block = {"service": made["service"], "message": made["message"], "fallback": [{"service": made["other"]}]}
    made["rule"] = server.make("rules", name="全部", states=["active_unacked"], notifications=[block])["id"]
    for priority in ("medium", "low"):
        server.raise_alarm(f"P5#{priority}", name="液位偏低", priority=priority)
    server.raise_alarm(
        "P3#HH", name="3号泵压力超高", path="一车间/泵房", area="一车间", priority="critical", value=12.4
    )
    server.raise_alarm("P4#H", name="振动偏大", path="二车间/风机", priority="high")
    server.clear_alarm("P4#H")
    made["alarm"] = server.get("/api/v1/alarms")["items"][0]["id"]
    return made
