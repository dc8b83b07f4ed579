"""What an installation can set: `DINGBELL_NAME` in the environment, else `name` in `dingbell.toml`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class ConfigurationError(Exception):
    """A setting that cannot be used; the text names it and says what would do."""


@dataclass(frozen=True, slots=True)
class Configuration:
    data_dir: Path
    database_url: str
    secret_key: str
    encryption_key: str
    time_zone: str
    public_url: str
    trusted_proxies: tuple[str, ...]
    personal_link_hours: int
    stale_hours: int
    dingtalk_oapi_url: str
    dingtalk_api_url: str
    webhook_hosts: tuple[str, ...]
    proxy: str
    ca_file: str
    robot_per_minute: int
    app_per_second: int
    person_per_minute: int
    reserved_percent: int
    quota_webhook: int
    quota_api: int
    expire_low_minutes: int
    expire_hours: int
    keep_days: int
    silent_minutes: int
    alive_at: str
    read_events: bool
    alertmanager_mapping: str
    log_level: str

    @classmethod
    def load(cls, environ: Mapping[str, str]) -> Configuration:
        """Read `environ`, then the file `DINGBELL_CONFIG_FILE` (default: dingbell.toml of the data directory).

        Raises ConfigurationError for an unreadable file, an unknown time zone or a URL without http(s).
        """
        data_dir = Path(environ.get("DINGBELL_DATA_DIR") or "./data").absolute()
        path = Path(environ.get("DINGBELL_CONFIG_FILE") or data_dir / "dingbell.toml")
        file = _read(path)

        def get(name: str, default: str = "") -> str:
            return (environ.get(f"DINGBELL_{name.upper()}") or str(file.get(name, "")) or default).strip()

        return cls(
            data_dir=data_dir,
            database_url=get("database_url"),
            secret_key=get("secret_key"),
            encryption_key=get("encryption_key"),
            time_zone=_zone(get("time_zone", "Asia/Shanghai")),
            public_url=_url("PUBLIC_URL", get("public_url")),
            trusted_proxies=_networks("TRUSTED_PROXIES", get("trusted_proxies")),
            stale_hours=_count("STALE_HOURS", get("stale_hours", "0")),
            personal_link_hours=_count("PERSONAL_LINK_HOURS", get("personal_link_hours", "24")),
            dingtalk_oapi_url=_url("DINGTALK_OAPI_URL", get("dingtalk_oapi_url", "https://oapi.dingtalk.com")),
            dingtalk_api_url=_url("DINGTALK_API_URL", get("dingtalk_api_url", "https://api.dingtalk.com")),
            webhook_hosts=tuple(host.strip().lower() for host in get("webhook_hosts").split(",") if host.strip()),
            proxy=_url("PROXY", get("proxy")),
            ca_file=get("ca_file"),
            # DingTalk allows 20 (dingtalk-api §1.9, §2.9) and changes its limits; 0 is no limit, for a simulator only.
            robot_per_minute=_count("ROBOT_PER_MINUTE", get("robot_per_minute", "18")),
            app_per_second=_count("APP_PER_SECOND", get("app_per_second", "18")),
            person_per_minute=_count("PERSON_PER_MINUTE", get("person_per_minute", "10")),
            reserved_percent=_count("RESERVED_PERCENT", get("reserved_percent", "30"), most=100),
            # The month of the free edition since 2025-11-19 (dingtalk-api §2.9); 0 is not counted against.
            quota_webhook=_count("QUOTA_WEBHOOK", get("quota_webhook", "3000")),
            quota_api=_count("QUOTA_API", get("quota_api", "5000")),
            expire_low_minutes=_count("EXPIRE_LOW_MINUTES", get("expire_low_minutes", "60")),
            expire_hours=_count("EXPIRE_HOURS", get("expire_hours", "24")),
            keep_days=_count("KEEP_DAYS", get("keep_days", "400")),
            silent_minutes=_count("SILENT_MINUTES", get("silent_minutes", "10")),
            alive_at=_time_of_day("ALIVE_AT", get("alive_at")),
            read_events=_count("READ_EVENTS", get("read_events", "0"), most=1) == 1,
            alertmanager_mapping=get("alertmanager_mapping"),
            log_level=get("log_level", "info").lower(),
        )


def origins(environ: Mapping[str, str]) -> dict[str, str]:
    """Where each setting was given: `environment`, `file` or `default`. Raises ConfigurationError."""
    data_dir = Path(environ.get("DINGBELL_DATA_DIR") or "./data").absolute()
    file = _read(Path(environ.get("DINGBELL_CONFIG_FILE") or data_dir / "dingbell.toml"))

    def origin(name: str) -> str:
        if environ.get(f"DINGBELL_{name.upper()}"):
            return "environment"
        return "file" if name != "data_dir" and str(file.get(name, "")) else "default"

    return {field.name: origin(field.name) for field in fields(Configuration)}


def _read(path: Path) -> dict[str, object]:
    """Raises OSError where it cannot be read, ConfigurationError where it makes no sense."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigurationError(f"DINGBELL_TIME_ZONE: 没有这个时区 / no such time zone: {name}") from error
    return name


def _count(name: str, value: str, most: int | None = None) -> int:
    if not value.isdecimal():
        raise ConfigurationError(f"DINGBELL_{name}: 应为 0 或正整数 / must be 0 or a positive whole number: {value}")
    if most is not None and int(value) > most:
        raise ConfigurationError(f"DINGBELL_{name}: 最大 {most} / at most {most}: {value}")
    return int(value)


def _time_of_day(name: str, value: str) -> str:
    """`08:00`, or "" for never."""
    hours, _, minutes = value.partition(":")
    fits = hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2 and int(hours) < 24 and int(minutes) < 60
    if value and not fits:
        raise ConfigurationError(f"DINGBELL_{name}: 应为 08:00 这样的时间 / must be a time like 08:00: {value}")
    return value


def _networks(name: str, value: str) -> tuple[str, ...]:
    """`127.0.0.1, 10.8.0.0/24`; a network has no bits set behind its prefix, as uvicorn wants it."""
    items = tuple(item.strip() for item in value.split(",") if item.strip())
    for item in items:
        try:
            ip_network(item)
        except ValueError as error:
            raise ConfigurationError(
                f"DINGBELL_{name}: 应为逗号分隔的 IP 地址或网段 / must be IP addresses or networks: {item}"
            ) from error
    return items


def _url(name: str, value: str) -> str:
    if value and not value.lower().startswith(("http://", "https://")):
        shown = value.rpartition("@")[2]  # a proxy's password stands before it
        raise ConfigurationError(
            f"DINGBELL_{name}: 应以 http:// 或 https:// 开头 / must start with http(s)://: {shown}"
        )
    return value.rstrip("/")


def set_data_dir(path: str | None) -> None:
    """`--data-dir` of every command: later readers of the environment see it."""
    if path:
        os.environ["DINGBELL_DATA_DIR"] = str(Path(path).absolute())
