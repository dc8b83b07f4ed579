"""Path patterns as conditions of the database; they say what `notify.rules.matching` says of a rule's paths."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import F, Q, Value
from django.db.models.functions import Left
from django.db.models.lookups import Exact

MOST_DEPTHS = 3  # `**` in one pattern: each makes the search of a long path slower by its length


def grouped(paths: Iterable[str], keys: Iterable[str]) -> Q:
    """Alarms whose path one of `paths` matches or whose key one of `keys` does; none of both is no alarm."""
    each = [matching("path", one) for one in paths] + [matching("key", one) for one in keys]
    return reduce(or_, each, Q(pk__in=()))


def matching(field: str, pattern: str) -> Q:
    """Rows whose `field` the pattern matches. The usual ones are compared as text: a search that costs little."""
    segments = [segment for segment in pattern.split("/") if segment]
    fixed = segments[:-1] if segments[-1:] == ["**"] else segments
    searched = Q(**{f"{field}__regex": expression(pattern)})
    if named := max((one for one in segments if one not in ("*", "**")), key=len, default=""):
        # SQLite calls Python for every expression: five times what it costs to look for a text itself.
        searched = Q(**{f"{field}__contains": named}) & searched
    if not fixed or any("*" in segment for segment in fixed):
        return searched
    place = "/".join(fixed)
    found = Q(**{field: place})
    if len(fixed) < len(segments):
        below = f"{place}/"
        found |= Q(Exact(Left(F(field), len(below)), Value(below)))
    # Slashes at the ends and doubled ones do not count.
    unusual = Q(**{f"{field}__startswith": "/"}) | Q(**{f"{field}__endswith": "/"}) | Q(**{f"{field}__contains": "//"})
    return found | (unusual & searched)


def expression(pattern: str) -> str:
    """The regular expression of a path pattern."""
    segment, border = "[^/]+", "(/+|$)"
    parts = {"*": segment + border, "**": f"({segment}{border})*"}
    text = "".join(parts.get(part) or re.escape(part) + border for part in pattern.split("/") if part)
    return f"^/*{text}$"
