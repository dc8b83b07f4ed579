"""`/api/v1/settings`: how this installation is set up."""

from __future__ import annotations

from pathlib import Path

import msgspec
from django.conf import settings
from django.http import HttpResponse
from ninja import Router

from dingbell import __version__
from dingbell.api.bodies import answer
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.storage import installation
from dingbell.users.roles import Scope

router = Router(tags=["settings"])


class SettingAnswer(msgspec.Struct, kw_only=True):
    """`value` is null for a secret. `origin`: environment, file or default."""

    name: str
    value: str | None
    is_set: bool
    origin: str


class SettingsAnswer(msgspec.Struct, kw_only=True):
    """Sizes in bytes."""

    version: str
    settings: list[SettingAnswer]
    database: str
    database_version: str
    database_place: str
    database_size: int
    data_dir: str
    disk_free: int


@router.get("", **operation(Scope.ADMIN, "设置", answer=SettingsAnswer))
def get_settings(request: ApiRequest) -> HttpResponse:
    """Read-only: what is set where the process is started (docs/settings.md). Secrets are only said to be there."""
    data_dir: Path = settings.DATA_DIR
    database = installation.database()
    return answer(
        SettingsAnswer(
            version=__version__,
            settings=[
                SettingAnswer(
                    name=one.name, value=None if one.is_secret else one.value, is_set=one.is_set, origin=one.origin
                )
                for one in installation.given_settings()
            ],
            database=database.kind,
            database_version=database.version,
            database_place=database.place,
            database_size=database.size,
            data_dir=str(data_dir),
            disk_free=installation.disk_free(data_dir),
        )
    )
