"""A robot that is gone: the alarm arrives another way, once, and the record says by which."""

from __future__ import annotations

import email
from email.header import decode_header, make_header

from dingtalk_simulator.running import RunningSimulator
from tests.channels.mail_server import MailServer
from tests.plant import TOKEN, Plant
from tests.serving import Server, eventually


def test_robot_then_person_then_mail(server: Server, simulator: RunningSimulator) -> None:
    plant = Plant(server, simulator, people=2)
    service = plant.tell("robot", "account")
    robot, person = service["robots"][0], service["accounts"][0]
    with MailServer() as post:
        address = {
            "alias": "值班邮箱",
            "mail": {
                "server": "127.0.0.1", "port": post.port, "security": "none", "sender": "ops@plant.example",
                "to": ["shift@plant.example"],
            },
        }  # fmt: skip
        other = server.make("services", name="邮件", type="apprise", addresses=[address])
        rule = server.get("/api/v1/rules")["items"][0]
        block = rule["notifications"][0] | {
            "receivers": [{"robot": robot["id"]}],
            "fallback": [
                {"service": service["id"], "receivers": [{"account": person["id"]}]},
                {"service": other["id"], "receivers": None},
            ],
        }
        server.call("PATCH", f"/api/v1/rules/{rule['id']}", {"notifications": [block]})
        server.raise_alarm("well")
        eventually(lambda: server.states() == ["sent"])

        simulator.post("/_sim/faults", {"path": "/robot/send", "times": 99, "errcode": 300005})
        server.raise_alarm("without the robot")
        eventually(lambda: [one["title"] for one in plant.at_person()], what="the person's message")
        simulator.post(
            "/_sim/faults", {"path": "/v1.0/robot/oToMessages/batchSend", "times": 99, "code": "resource.not.found"}
        )
        server.raise_alarm("without the person")
        eventually(lambda: post.mails, what="the mail")
        eventually(lambda: server.states().count("sent") == 3)
    [mail] = post.mails
    subject = str(make_header(decode_header(email.message_from_string(mail.content)["Subject"])))
    assert (mail.recipients, subject.endswith("without the person")) == (["shift@plant.example"], True)
    told = {one["id"]: one for one in server.deliveries()}
    by_mail = next(one for one in told.values() if one["service"] == other["id"])
    person_failed = told[by_mail["fallback_of"]]
    robot_failed = told[person_failed["fallback_of"]]
    assert (person_failed["state"], person_failed["receiver"].get("account")) == ("failed", person["id"])
    assert (robot_failed["state"], robot_failed["receiver"].get("robot")) == ("failed", robot["id"])
    assert len(told) == 6
    assert TOKEN not in server.log
