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
MEANINGS: dict[str, Word] = {
    "DATA_DIR": _("数据目录"), "DATABASE_URL": _("PostgreSQL 的地址；不设置时用内置的 SQLite"),
    "SECRET_KEY": _("签发登录会话"), "ENCRYPTION_KEY": _("加密保存的密钥；备份必须包含它"),
    "TIME_ZONE": _("消息和网页里的时间"), "PUBLIC_URL": _("手机能打开的网址，写进消息的链接"),
    "TRUSTED_PROXIES": _("反向代理的地址：相信它们说的访客地址和 https"),
    "STALE_HOURS": _("报警多少小时没有人确认就自动确认；0 是不自动确认"),
    "PERSONAL_LINK_HOURS": _("个人链接多少小时后失效"), "DINGTALK_OAPI_URL": _("钉钉机器人接口的地址"),
    "DINGTALK_API_URL": _("钉钉新接口的地址"), "WEBHOOK_HOSTS": _("Webhook 还可以指向的主机"),
    "PROXY": _("出网代理"), "CA_FILE": _("额外信任的 CA 证书"), "ROBOT_PER_MINUTE": _("每个机器人每分钟最多几条"),
    "APP_PER_SECOND": _("每个应用每秒最多调用几次"),
    "PERSON_PER_MINUTE": _("发给一个人的消息每分钟最多几条，再多的合并"),
    "RESERVED_PERCENT": _("每分钟的条数里留给紧急报警和恢复的百分比"),
    "QUOTA_WEBHOOK": _("企业每月可用的 Webhook 次数；0 只计数"),
    "QUOTA_API": _("企业每月可用的 API 调用次数；0 只计数"),
    "EXPIRE_LOW_MINUTES": _("低级别的消息等多少分钟过期，只在合并消息里计数；0 不过期"),
    "EXPIRE_HOURS": _("其他级别的消息等多少小时过期；0 不过期"),
    "KEEP_DAYS": _("发送记录和历史报警保留多少天；0 一直保留，审计不清除"),
    "SILENT_MINUTES": _("多少分钟发不出消息就提醒；0 不检查"),
    "ALIVE_AT": _("每天几点发一条平安消息，例如 08:00；空是不发"),
    "READ_EVENTS": _("用钉钉推送的事件得知谁读了消息；0 是查询"),
    "ALERTMANAGER_MAPPING": _("Prometheus 标签与报警字段的对应"),
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
        "own_keys": bool(configuration.encryption_key),
        "settings_given": [
            (one, MEANINGS.get(one.name.removeprefix("DINGBELL_"), ""), _ORIGINS[one.origin])
            for one in installation.given_settings()
        ],
        "parts": installation.parts(),
        "front_end": _FRONT_END,
    }
    return render(request, "settings_page/page.html", context)
