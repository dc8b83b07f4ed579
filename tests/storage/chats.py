"""Messages that went to people on the simulator, with what the product keeps of them, by a clock that stands."""

from __future__ import annotations

import uuid
from typing import Any

from dingbell.alarms.alarm import EventKind
from dingbell.alarms.models import AlarmRow, Event
from dingbell.channels import network
from dingbell.channels.base import Form, Message
from dingbell.channels.dingtalk import account
from dingbell.channels.dingtalk.token import App, Tokens
from dingbell.channels.http import Http
from dingbell.delivery.models import Delivery, Send, SendItem
from dingbell.notify import routing
from dingbell.notify.models import Account, Service
from dingbell.pipeline.following_up import FollowUps
from dingbell.storage.secrets import encrypt
from dingbell.storage.times import from_us
from dingbell.storage.writer import Writer
from dingtalk_simulator.running import RunningSimulator
from tests.storage.conftest import NOW, Node

APP = App("dingapp", "the-client-secret")
READ_PATH = "/v1.0/robot/oToMessages/readStatus"
RECALL_PATH = "/v1.0/robot/otoMessages/batchRecall"


class Chats:
    """Two people, 张三 and 李四, whom one app reaches. `follow_ups` has no thread: tests take its steps."""

    def __init__(self, node: Node, writer: Writer, simulator: RunningSimulator) -> None:
        self.node, self.simulator = node, simulator
        self.http = Http(oapi_url=simulator.url, api_url=simulator.url, total_deadline_s=2.0)
        self.tokens = Tokens()
        self.follow_ups = FollowUps(writer, lambda: node.now_us, self.http, self.tokens, 1000)
        simulator.post("/_sim/limits", {"qps": 0})
        simulator.post(
            "/_sim/apps", {"client_id": APP.client_id, "client_secret": APP.client_secret, "robot_code": "dingrobot"}
        )
        self.service = Service.objects.create(
            name="个人", type="dingtalk", client_id=APP.client_id, client_secret=encrypt(APP.client_secret),
            robot_code="dingrobot", send_to_accounts=True,
        )  # fmt: skip
        self.people = {}
        for user_id in ("zhang", "li"):
            simulator.post("/_sim/users", {"user_id": user_id, "name": user_id, "mobile": "13900000001"})
            self.people[user_id] = Account.objects.create(service=self.service, user_id=user_id, name=user_id)

    def told(self, alarm_id: int, *, kind: EventKind = EventKind.RAISED, manner: int = 0, **send: Any) -> str:
        """Both were told that the alarm is active (or cleared): the id of the send."""
        message = Message(Form.TEXT, "", f"报警 {alarm_id}")
        body = account.body("dingrobot", list(self.people), *account.encode(message))
        result = network.run(account.send(self.http, self.tokens, APP, body, from_us(self.node.now_us)))
        lane, send_id = routing.account_lane(APP.client_id), uuid.uuid4().hex
        values = {
            "id": send_id, "lane": lane, "credential": lane, "state": "taken", "service_id": self.service.id,
            "body": body.decode(), "due_us": NOW, "created_us": self.node.now_us, "tries": 1,
            "process_query_key": result.process_query_key,
        }  # fmt: skip
        Send.objects.create(**values | send)
        active = "true" if kind is not EventKind.CLEARED else "false"
        event = Event.objects.create(
            id=Event.objects.count() + 1, alarm_id=alarm_id, kind=kind.value, time_us=NOW, received_us=NOW, entered="",
            priority_rose=False, actor="", note="", configuration=1,
            snapshot=f'{{"id":{alarm_id},"source":"s","key":"k{alarm_id}","active":{active}}}',
        )  # fmt: skip
        for person in self.people.values():
            delivery = Delivery.objects.create(
                id=Delivery.objects.count() + 1, event_id=event.id, alarm_id=alarm_id, rule_id=1, block=0,
                service_id=self.service.id, account_id=person.id, receiver_name=person.name, lane=lane, state="sent",
                reason="", due_us=NOW, created_us=self.node.now_us, sent_us=self.node.now_us, send_id=send_id,
                kind=kind.value, manner=manner,
            )  # fmt: skip
            SendItem.objects.create(send_id=send_id, delivery_id=delivery.id)
        return send_id

    def alarm(self, alarm_id: int, *, active: bool) -> None:
        AlarmRow.objects.update_or_create(
            id=alarm_id,
            defaults={
                "source": "s", "key": f"k{alarm_id}", "name": "", "path": "", "area": "", "type": "", "unit": "",
                "description": "", "priority": 3, "ack_mode": "manual", "value": "null", "limit": "null",
                "labels": "{}", "active": active, "acked": False, "order_us": NOW, "occurrences": 1, "acked_by": "",
                "ack_note": "", "expired": False, "origin": "",
            },
        )  # fmt: skip

    def fault(self, path: str, **what: Any) -> None:
        self.simulator.post("/_sim/faults", {"path": path, **what})

    def calls(self, path: str) -> int:
        return int(self.simulator.stats()["requests_by_path"].get(path, 0))

    @staticmethod
    def of(send_id: str) -> list[Delivery]:
        return list(Delivery.objects.filter(send_id=send_id).order_by("id"))
