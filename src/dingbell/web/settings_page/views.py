"""设置: what is set and from where, and what the installation is made of. Nothing can be changed here."""

from __future__ import annotations

from pathlib import Path
from platform import platform, python_version

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from dingbell import __version__
from dingbell.storage import installation
from dingbell.storage.configuration import Configuration
from dingbell.users.permissions import SignedInRequest, requires
from dingbell.users.roles import Permission
from dingbell.web.words import Word

_ORIGINS: dict[str, Word] = {"environment": _("环境变量"), "file": _("设置文件"), "default": _("默认")}
_MEANINGS: dict[str, Word] = {
    "DATA_DIR": _("数据目录"), "DATABASE_URL": _("PostgreSQL 的地址；不设置时用内置的 SQLite"),
    "SECRET_KEY": _("签发登录会话"), "ENCRYPTION_KEY": _("加密保存的密钥；备份必须包含它"),
    "TIME_ZONE": _("消息和网页里的时间"), "PUBLIC_URL": _("手机能打开的网址，写进消息的链接"),
    "STALE_HOURS": _("报警多少小时没有人确认就自动确认；0 是不自动确认"),
    "PERSONAL_LINK_HOURS": _("个人链接多少小时后失效"), "DINGTALK_OAPI_URL": _("钉钉机器人接口的地址"),
    "DINGTALK_API_URL": _("钉钉新接口的地址"), "WEBHOOK_HOSTS": _("Webhook 还可以指向的主机"),
    "PROXY": _("出网代理"), "CA_FILE": _("额外信任的 CA 证书"), "ROBOT_PER_MINUTE": _("每个机器人每分钟最多几条"),
    "APP_PER_SECOND": _("每个应用每秒最多调用几次"), "ALERTMANAGER_MAPPING": _("Prometheus 标签与报警字段的对应"),
    "LOG_LEVEL": _("日志级别"),
}  # fmt: skip
_LITTLE_SPACE = 2 * 1024**3
_FRONT_END = (("Tabler", "MIT"), ("Bootstrap", "MIT"), ("Popper", "MIT"), ("htmx", "0BSD"), ("idiomorph", "0BSD"))


@require_GET
@requires(Permission.ADMINISTER)
def index(request: SignedInRequest) -> HttpResponse:
    data_dir: Path = settings.DATA_DIR
    configuration: Configuration = settings.CONFIGURATION
    free = installation.disk_free(data_dir)
    context = {
        "product": __version__,
        "system": f"Python {python_version()} · {platform(terse=True)}",
        "database": installation.database(),
        "data_dir": data_dir,
        "free": free,
        "little_space": free < _LITTLE_SPACE,
        "now": timezone.now(),
        "time_zone": settings.TIME_ZONE,
        "public_url": settings.PUBLIC_URL,
        "own_keys": bool(configuration.encryption_key),
        "settings_given": [
            (one, _MEANINGS.get(one.name.removeprefix("DINGBELL_"), ""), _ORIGINS[one.origin])
            for one in installation.given_settings()
        ],
        "parts": installation.parts(),
        "front_end": _FRONT_END,
    }
    return render(request, "settings_page/page.html", context)
