"""Who made a change, as pages name them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from dingbell.users.models import User


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """What the users among stored actors are called, by username."""
    logins = {actor.removeprefix("user:") for actor in actors if actor.startswith("user:")}
    return {user.username: str(user) for user in User.objects.filter(username__in=logins)}


def actor_name(stored: str, people: Mapping[str, str]) -> str:
    """`people`: what users are called, by username."""
    kind, _colon, name = stored.partition(":")
    match kind:
        case "":
            return _("钉铃自己")
        case "user":
            return people.get(name, name)
        case "token":
            return _("令牌 %(name)s") % {"name": name}
        case "command":
            return _("命令行 %(name)s") % {"name": name}
    return stored
