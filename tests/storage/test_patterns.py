"""The database and the rules read a path pattern the same way, the quick comparisons included."""

from __future__ import annotations

import pytest

from dingbell.alarms.models import AlarmRow
from dingbell.alarms.patterns import grouped, matching
from dingbell.notify.rules.matching import path_matches
from tests.storage.conftest import Node
from tests.storage.test_intake import report

PATHS = (
    "", "a", "A", "a/b", "a/B", "a/b/c", "/a/b", "a//b/", "ab", "a/b%", "a_b", "一车间", "一车间/泵房/3号泵",
    "一车间北/泵房",
)  # fmt: skip
PATTERNS = (
    "a", "a/**", "a/b", "a/b/**", "/a//b/", "a/*", "**/b", "**", "*", "a_b", "a/b%/**", "一车间/**", "一车间/*/3号泵",
)  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_both_agree(node: Node) -> None:
    node.hear(*(report(path or "empty", path=path) for path in PATHS))
    for pattern in PATTERNS:
        found = set(AlarmRow.objects.filter(matching("path", pattern)).values_list("path", flat=True))
        assert found == {path for path in PATHS if path_matches([pattern], path)}, pattern


@pytest.mark.django_db(transaction=True)
def test_a_group_is_paths_or_keys(node: Node) -> None:
    node.hear(report("one", path="a/b"), report("two/x", path="c"), report("three", path="d"))

    def keys(*patterns: list[str]) -> list[str]:
        return sorted(AlarmRow.objects.filter(grouped(*patterns)).values_list("key", flat=True))

    assert (keys(["a/**"], ["two/*"]), keys([], []), keys([], ["three"])) == (["one", "two/x"], [], ["three"])
