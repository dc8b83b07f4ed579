"""Settings from the environment and the file, and what is said of one that cannot be used."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from dingbell.storage.configuration import Configuration, ConfigurationError
from dingbell.storage.databases import database

ROOT = Path(__file__).parents[2]


def load(directory: Path, **environ: str) -> Configuration:
    return Configuration.load({"DINGBELL_DATA_DIR": str(directory), **environ})


def test_without_any_setting_it_is_a_plant_in_china_that_sends_to_dingtalk(tmp_path: Path) -> None:
    configuration = load(tmp_path)
    assert configuration.time_zone == "Asia/Shanghai"
    assert configuration.dingtalk_oapi_url == "https://oapi.dingtalk.com"
    assert configuration.dingtalk_api_url == "https://api.dingtalk.com"
    assert (configuration.robot_per_minute, configuration.app_per_second) == (18, 18)
    assert configuration.webhook_hosts == ()


def test_the_environment_goes_before_the_file_and_an_empty_variable_is_none(tmp_path: Path) -> None:
    (tmp_path / "dingbell.toml").write_text('time_zone = "Europe/Berlin"\nproxy = "http://proxy:3128"\n', "utf-8")
    configuration = load(tmp_path, DINGBELL_TIME_ZONE="UTC", DINGBELL_PROXY="")
    assert (configuration.time_zone, configuration.proxy) == ("UTC", "http://proxy:3128")


def test_hosts_are_a_list_and_addresses_lose_their_last_slash(tmp_path: Path) -> None:
    configuration = load(
        tmp_path, DINGBELL_WEBHOOK_HOSTS=" Ding.Plant:8443, ,10.0.0.1 ", DINGBELL_PUBLIC_URL="https://bell.plant/"
    )
    assert configuration.webhook_hosts == ("ding.plant:8443", "10.0.0.1")
    assert configuration.public_url == "https://bell.plant"


def test_proxies_are_addresses_and_networks_and_nobody_by_default(tmp_path: Path) -> None:
    assert load(tmp_path).trusted_proxies == ()
    (tmp_path / "dingbell.toml").write_text('trusted_proxies = "127.0.0.1,, 10.8.0.0/24 ,::1"\n', "utf-8")
    assert load(tmp_path).trusted_proxies == ("127.0.0.1", "10.8.0.0/24", "::1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIME_ZONE", "Asia/Nowhere"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("PUBLIC_URL", "bell.plant"),
        ("PROXY", "socks5://x"),
        ("TRUSTED_PROXIES", "*"),
        ("TRUSTED_PROXIES", "proxy.plant"),
        ("TRUSTED_PROXIES", "127.0.0.1:8080"),
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.1/24"),
        ("ROBOT_PER_MINUTE", "-1"),
        ("ROBOT_PER_MINUTE", "many"),
        ("RESERVED_PERCENT", "101"),
        ("KEEP_DAYS", "a year"),
        ("SILENT_MINUTES", "-5"),
        ("ALIVE_AT", "8"),
        ("ALIVE_AT", "24:00"),
        ("ALIVE_AT", "08:60"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"DINGBELL_{name}"):
        load(tmp_path, **{f"DINGBELL_{name}": value})


def test_a_proxys_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"10\.0\.0\.1:3128") as told:
        load(tmp_path, DINGBELL_PROXY="socks5://plant:pa@ss@10.0.0.1:3128")
    assert "pa@ss" not in str(told.value)
    assert "plant" not in str(told.value)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "dingbell.toml").write_text("time_zone =", "utf-8")
    with pytest.raises(ConfigurationError, match=r"dingbell\.toml"):
        load(tmp_path)


def test_a_database_is_embedded_or_postgresql(tmp_path: Path) -> None:
    assert database(load(tmp_path))["NAME"] == str(tmp_path / "dingbell.sqlite3")
    url = "postgresql://bell:p%40ss@db:5433/alarms?sslmode=require"
    found = database(load(tmp_path, DINGBELL_DATABASE_URL=url))
    assert (found["NAME"], found["USER"], found["PASSWORD"]) == ("alarms", "bell", "p@ss")
    assert (found["HOST"], found["PORT"], found["OPTIONS"]["sslmode"]) == ("db", "5433", "require")
    with pytest.raises(ConfigurationError, match="DINGBELL_DATABASE_URL"):
        database(load(tmp_path, DINGBELL_DATABASE_URL="mysql://x/y"))


def test_every_setting_is_described(tmp_path: Path) -> None:
    from dingbell.web.settings_page.views import MEANINGS

    names = {name.upper() for name in asdict(load(tmp_path))}
    assert set(MEANINGS) == names
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \| (.*) \|$", (ROOT / "docs/settings.md").read_text("utf-8"), re.M)
    assert {name for name, _default, _meaning in rows} == names
    assert all(meaning.strip() for _name, _default, meaning in rows)


def test_the_defaults_are_those_that_are_described(tmp_path: Path) -> None:
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| `?(\d+)`? \|", (ROOT / "docs/settings.md").read_text("utf-8"), re.M))
    configuration = load(tmp_path)
    counted = {name.upper(): value for name, value in asdict(configuration).items() if type(value) is int}
    assert {name: int(value) for name, value in told.items() if name in counted} == counted
    assert configuration.alive_at == ""
