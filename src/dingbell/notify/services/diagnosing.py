"""What is diagnosed of a notification service: each way its messages take, each robot, and its app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import get_language
from msgspec import Struct

from dingbell.channels.dingtalk import diagnosis
from dingbell.channels.dingtalk.diagnosis import STEP_S, Finding, Outcome, words
from dingbell.channels.dingtalk.token import App
from dingbell.channels.hosts import split
from dingbell.channels.http import Http
from dingbell.notify.models import Robot, Service, ServiceType
from dingbell.notify.refusals import Missing
from dingbell.storage.configuration import Configuration
from dingbell.storage.secrets import SecretUnreadable, decrypt

_MOST_WAYS = 8  # a service with robots on more hosts than that is none
_WORST_FIRST = (Outcome.FAILED, Outcome.WARNING, Outcome.OK, Outcome.SKIPPED)


class CheckAnswer(Struct, kw_only=True):
    """`outcome`: ok, warning, failed or skipped. `advice` says what to do, "" for nothing."""

    step: str
    outcome: str
    detail: str
    advice: str
    took_ms: int | None


class SectionAnswer(Struct, kw_only=True):
    """`kind`: way (to one host), robot or app. `outcome` is that of its worst check."""

    kind: str
    name: str
    robot: int | None = None
    outcome: str
    checks: list[CheckAnswer]


class DiagnosisAnswer(Struct, kw_only=True):
    outcome: str
    sections: list[SectionAnswer]


def diagnose(service_id: int) -> DiagnosisAnswer:
    """All of it, one after the other; nothing is sent to anybody. Raises Missing. Call it outside a transaction."""
    service = find(service_id)
    if service.type == ServiceType.APPRISE:  # only a message shows whether an address works
        return DiagnosisAnswer(outcome=Outcome.SKIPPED.value, sections=[])
    sections = [way(address) for address in ways(service)] + robots(service)
    if service.send_to_accounts:
        sections.append(app(service))
    return DiagnosisAnswer(outcome=_worst(section.outcome for section in sections), sections=sections)


def find(service_id: int) -> Service:
    """The service to be diagnosed part by part. Raises Missing."""
    service = Service.objects.prefetch_related("robots").filter(id=service_id).first()
    if service is None:
        raise Missing
    return service


def ways(service: Service) -> list[str]:
    """The addresses that messages of this service go to, without a path, each once."""
    addresses = [robot.url for robot in service.robots.all()] if service.send_to_robots else []
    if service.send_to_accounts:
        addresses.append(_configuration().dingtalk_api_url)
    return list(dict.fromkeys(_origin(address) for address in addresses))[:_MOST_WAYS]


def way(address: str) -> SectionAnswer:
    """One of `ways`."""
    with _Network() as http:
        found = diagnosis.way(http, address, datetime.now(UTC))
    return _section("way", address.partition("://")[2], found)


def robots(service: Service) -> list[SectionAnswer]:
    """Without a call: a webhook can only be tried by sending."""
    if not service.send_to_robots:
        return []
    with _Network() as http:
        return [_section("robot", robot.alias, _robot(http, robot), robot.id) for robot in service.robots.all()]


def app(service: Service) -> SectionAnswer:
    secret = _readable(service.client_secret)
    known = None if secret is None else App(service.client_id, secret)
    somebody = service.accounts.order_by("id").values_list("user_id", flat=True).first() or ""
    with _Network() as http:
        found = diagnosis.app(http, known, service.robot_code, somebody, datetime.now(UTC))
    return _section("app", service.client_id, found)


def _robot(http: Http, robot: Robot) -> list[Finding]:
    return diagnosis.robot(http, robot.url, _readable(robot.token), _readable(robot.secret), robot.keywords)


class _Network:
    """The way out as the worker has it, with a shorter deadline."""

    def __enter__(self) -> Http:
        configuration = _configuration()
        self._http = Http(
            oapi_url=configuration.dingtalk_oapi_url,
            api_url=configuration.dingtalk_api_url,
            extra_hosts=configuration.webhook_hosts,
            proxy=configuration.proxy or None,
            ca_file=configuration.ca_file or None,
            total_deadline_s=STEP_S,
        )
        return self._http

    def __exit__(self, *_: object) -> None:
        self._http.close()


def _section(kind: str, name: str, found: Sequence[Finding], robot: int | None = None) -> SectionAnswer:
    return SectionAnswer(
        kind=kind,
        name=name,
        robot=robot,
        outcome=_worst(finding.outcome for finding in found),
        checks=list(_checks(found)),
    )


def _checks(found: Iterable[Finding]) -> Iterator[CheckAnswer]:
    language = get_language() or "zh-hans"
    for finding in found:
        detail, advice = words(finding, language)
        took_ms = None if finding.took_s is None else round(finding.took_s * 1000)
        yield CheckAnswer(
            step=finding.step.value, outcome=finding.outcome.value, detail=detail, advice=advice, took_ms=took_ms
        )


def _worst(outcomes: Iterable[str]) -> str:
    there = set(outcomes)
    return next((outcome.value for outcome in _WORST_FIRST if outcome in there), Outcome.SKIPPED.value)


def _origin(address: str) -> str:
    parts = split(address)
    return f"{parts.scheme}://{parts.netloc}" if parts else address


def _readable(secret: str) -> str | None:
    try:
        return decrypt(secret)
    except SecretUnreadable:
        return None


def _configuration() -> Configuration:
    configuration: Configuration = settings.CONFIGURATION
    return configuration
