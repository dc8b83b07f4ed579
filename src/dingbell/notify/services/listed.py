"""What becomes of the receivers of a service when a list of them is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from dingbell.notify.models import Account, Robot

R = TypeVar("R", Robot, Account)


@dataclass
class Listed(Generic[R]):
    """`items`: those it has from now on, in order; `removed`: those that go.

    Of stored accounts, `rewritten` are those with a new word, `renamed` the ids of those with a new userId.
    """

    items: list[R] = field(default_factory=list)
    removed: list[R] = field(default_factory=list)
    rewritten: list[R] = field(default_factory=list)
    renamed: list[int] = field(default_factory=list)
    changed: bool = True
