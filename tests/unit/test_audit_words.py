"""The audit names every field of the documents it keeps in words of the forms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from dingbell.notify.groups.documents import GroupAnswer
from dingbell.notify.messages.documents import MessageAnswer
from dingbell.notify.rules.documents import RuleAnswer, TimingDocument
from dingbell.notify.schedules.documents import ScheduleAnswer
from dingbell.notify.services.documents import AccountAnswer, ServiceAnswer
from dingbell.users.documents import UserAnswer
from dingbell.web.audit.differences import _NOT_TOLD
from dingbell.web.audit.names import Names
from dingbell.web.audit.wording import FIELDS, value


def names(kind: inspect.Type) -> Iterator[str]:
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            if field.encode_name not in _NOT_TOLD:
                yield field.encode_name
                yield from names(field.type)
    inner: list[Any] = [getattr(kind, name) for name in ("item_type", "value_type") if hasattr(kind, name)]
    for one in [*inner, *getattr(kind, "types", ())]:
        yield from names(one)


@pytest.mark.parametrize(
    "document", [ServiceAnswer, AccountAnswer, MessageAnswer, ScheduleAnswer, RuleAnswer, GroupAnswer, UserAnswer]
)
def test_every_field_has_a_word(document: type[msgspec.Struct]) -> None:
    assert set(names(inspect.type_info(document))) <= FIELDS.keys()


def test_when_a_block_speaks_is_said_as_in_its_form() -> None:
    nobody = Names({})
    assert value("timing", {"delay_s": 30, "outside": "hold"}, nobody) == "延迟 30 秒；排程之外的等到排程开始再发"
    assert value("timing", msgspec.to_builtins(TimingDocument()), nobody) == "立即发送，只发一次"
    assert value("quiet", ["acked", "shelved"], nobody) == "已有人确认、报警被搁置"
    assert value("outside", "drop", nobody) == "不发送"
