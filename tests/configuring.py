"""Run in the environment of an installation: put services and rules, worded as in REST, into its database.

`python -m tests.configuring < configuration.json` prints the ids; `--query SQL` prints rows instead.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "dingbell.settings"
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from dingbell.channels.dingtalk import webhook  # noqa: E402
from dingbell.channels.hosts import Hosts  # noqa: E402
from dingbell.notify.models import Account, Block, Robot, Rule, Service  # noqa: E402
from dingbell.notify.routing import robot_lane  # noqa: E402
from dingbell.storage import versions  # noqa: E402
from dingbell.storage.secrets import encrypt  # noqa: E402
from dingbell.storage.versions import Subject  # noqa: E402

ALL_STATES = ["active_unacked", "active_acked", "cleared_unacked", "cleared_acked"]


def add_service(given: dict[str, Any]) -> dict[str, Any]:
    app = given.get("app") or {}
    service = Service.objects.create(
        name=given["name"],
        type="dingtalk",
        enabled=given.get("enabled", True),
        send_to_robots="robot" in given["send_to"],
        send_to_accounts="account" in given["send_to"],
        client_id=app.get("client_id", ""),
        client_secret=encrypt(app.get("client_secret", "")),
        robot_code=app.get("robot_code", ""),
    )
    robots = [_add_robot(service, robot) for robot in given.get("robots", [])]
    accounts = [
        Account.objects.create(service=service, user_id=account["user_id"], name=account["name"])
        for account in given.get("accounts", [])
    ]
    return {"id": service.id, "robots": [one.id for one in robots], "accounts": [one.id for one in accounts]}


def _add_robot(service: Service, given: dict[str, Any]) -> Robot:
    configuration = settings.CONFIGURATION
    hosts = Hosts(configuration.dingtalk_oapi_url, configuration.dingtalk_api_url, configuration.webhook_hosts)
    hook = webhook.parse(given["webhook"], hosts)
    return Robot.objects.create(
        service=service,
        alias=given["alias"],
        url=hook.address,
        token=encrypt(hook.token),
        masked=hook.masked,
        secret=encrypt(given.get("secret", "")),
        keywords=given.get("keywords", []),
        budget_key=robot_lane(hook.token),
    )


def add_rule(given: dict[str, Any]) -> int:
    rule = Rule.objects.create(name=given["name"], states=given.get("states", ALL_STATES), match=given.get("match", {}))
    for block in given["notifications"]:
        Block.objects.create(rule=rule, service_id=block["service"], receivers=block.get("receivers"))
    return rule.id


def main() -> None:
    if sys.argv[1:2] == ["--query"]:
        with connection.cursor() as cursor:
            cursor.execute(sys.argv[2])
            sys.stdout.write(json.dumps(cursor.fetchall()))
        return
    given = json.load(sys.stdin)
    with transaction.atomic():
        services = [add_service(service) for service in given.get("services", [])]
        # A rule may name a service by its place in the same input: {"service": 0} is the first one.
        for rule in given.get("rules", []):
            for block in rule["notifications"]:
                block["service"] = services[block["service"]]["id"]
        rules = [add_rule(rule) for rule in given.get("rules", [])]
        versions.bump(Subject.CONFIGURATION)
    sys.stdout.write(json.dumps({"services": services, "rules": rules}))


if __name__ == "__main__":
    main()
