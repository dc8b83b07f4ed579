"""The app whose robot sent something to people: only it can say who has read that, or take it back."""

from __future__ import annotations

from dingbell.channels.dingtalk.token import App
from dingbell.notify import routing
from dingbell.notify.models import Service
from dingbell.pipeline.receivers import AppRobot
from dingbell.storage.secrets import SecretUnreadable, decrypt


class NotAvailable(Exception):
    """The app cannot be used any more; `reason` names why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def sent_by(service_id: int, credential: str) -> AppRobot:
    """Of a service, switched off or not: what was sent before is its own. Raises NotAvailable."""
    service = Service.objects.filter(id=service_id).first()
    if service is None:
        raise NotAvailable("service_deleted")
    if routing.account_lane(service.client_id) != credential:
        raise NotAvailable("app_changed")
    try:
        return AppRobot(App(service.client_id, decrypt(service.client_secret)), service.robot_code)
    except SecretUnreadable:
        raise NotAvailable("secret_unreadable") from None
