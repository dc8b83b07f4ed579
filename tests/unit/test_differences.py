"""Where two documents of the audit differ."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dingbell.web.audit.differences import Change, Item, differences

ROBOT = {"id": 1, "alias": "值班群", "keywords": ["报警"], "has_secret": True}


def test_only_what_differs_is_told_field_by_field() -> None:
    before = {"id": 1, "name": "a", "enabled": True, "match": {"paths": [], "areas": ["x"]}, "created_at": "t"}
    after = before | {"name": "b", "match": {"paths": ["一车间/**"], "areas": ["x"]}}
    assert differences(before, after) == [
        Change(("name",), "a", "b"),
        Change(("match", "paths"), [], ["一车间/**"]),
    ]


def test_items_of_a_list_are_told_apart_by_their_id() -> None:
    other = {"id": 2, "alias": "设备部"}
    before = {"robots": [ROBOT, other]}
    after = {"robots": [ROBOT | {"keywords": [], "secret_replaced": True}, {"id": 3}]}
    assert differences(before, after) == [
        Change((Item("robots", "值班群"), "keywords"), ["报警"], []),
        Change((Item("robots", "值班群"), "secret_replaced"), None, True),
        Change((Item("robots", "设备部"),), other, None),
        Change((Item("robots", "3"),), None, {"id": 3}),
    ]
    assert differences({"robots": [ROBOT, other]}, {"robots": [other, ROBOT]}) == [
        Change(("robots",), ["值班群", "设备部"], ["设备部", "值班群"])
    ]


def test_a_new_object_tells_what_it_has_and_a_deleted_one_what_it_had() -> None:
    document = {"id": 1, "name": "a", "description": "", "enabled": False, "robots": [ROBOT], "accounts": []}
    told = [Change(("name",), None, "a"), Change((Item("robots", "值班群"),), None, ROBOT)]
    assert differences(None, document) == told
    assert differences(document, None) == [Change(one.where, one.now, None) for one in told]


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "robots", "match"]), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["a", "robots", "match"]), documents, max_size=3), st.data())
def test_anything_can_be_compared_and_is_like_itself(before: dict[str, Any], data: st.DataObject) -> None:
    after = data.draw(st.dictionaries(st.sampled_from(["a", "robots", "match"]), documents, max_size=3))
    assert differences(before, before) == []
    for change in differences(before, after):
        assert change.was != change.now
