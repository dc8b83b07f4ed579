"""Files of contacts: which are refused, and whom the others name."""

from __future__ import annotations

import datetime
import zipfile
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingbell.notify.services.contacts import cells, files, headings, rows, template
from dingbell.notify.services.contacts.found import Contents, Unusable
from dingbell.notify.services.contacts.reading import read
from tests import contact_files
from tests.contact_files import BAD_FILES, LAYOUT_A, LAYOUT_B, LAYOUT_C, LAYOUT_D, xls, xlsx

IDS = ["manager4220", "012345678901234567890"]


def told(contents: Contents) -> list[tuple[str, str | None, str, str]]:
    return [(one.user_id, one.name, one.mobile, one.department) for one in contents.people]


def table(*lines: list[Any]) -> Contents:
    return rows.people([("s", [["员工UserID", "姓名", "手机号"], *lines])])


@pytest.mark.parametrize("write", [xlsx, xls])
def test_layout_a_with_two_rows_above_the_heading(write: Any) -> None:
    contents = read(write(LAYOUT_A))
    assert contents.sheets[0].heading == 3
    assert told(contents) == [
        (IDS[0], "张三", "13900000001", "一车间-维修班,二车间"),
        (IDS[1], "李四", "13900000002", "二车间"),
    ]


def test_layout_b_with_a_hint_below_the_heading() -> None:
    contents = read(xlsx(LAYOUT_B))
    assert [one.user_id for one in contents.people] == IDS
    assert [one.mobile for one in contents.people] == ["", "13900000002"]  # a masked number is none
    assert [(one.row, one.text) for one in contents.skipped] == [(3, "员工在企业内的唯一标识")]
    assert contents.people[0].row == 4


def test_layout_c_with_departments_by_level_and_a_person_twice() -> None:
    contents = read(xlsx(LAYOUT_C, sheet="员工数据", before={"填写说明": [["怎么填写"]]}))
    assert [(sheet.name, sheet.heading) for sheet in contents.sheets] == [("员工数据", 1)]
    assert told(contents) == [(IDS[0], "张三", "", "一车间/维修班、三车间"), (IDS[1], "李四", "", "二车间")]
    assert [(one.row, one.first_row) for one in contents.merged] == [(4, 2)]


def test_layout_d_by_hand() -> None:
    assert [one.user_id for one in read(xls(LAYOUT_D)).people] == IDS


def test_all_sheets_with_a_heading_count() -> None:
    contents = read(xlsx([["用户ID"], ["b"]], before={"一车间": [["UserID", "姓名"], ["a", "张三"]]}))
    assert [(one.sheet, one.user_id, one.name) for one in contents.people] == [
        ("一车间", "a", "张三"),
        ("Sheet1", "b", None),
    ]


def test_the_heading_stands_in_the_first_twenty_rows() -> None:
    above = [["说明"]] * 19
    assert rows.people([("s", [*above, ["userid"], ["a"]])]).sheets[0].heading == 20
    with pytest.raises(Unusable, match="no_user_id"):
        rows.people([("s", [*above, ["说明"], ["userid"], ["a"]])])


@pytest.mark.parametrize(
    "cell",
    [
        "员工UserID",
        " *员工 UserID\n（必填）",
        "员工userid【唯一】",
        "ＵｓｅｒＩＤ",
        "用户ID",
        "唯一ID* (员工UserID)",
        "账号",
    ],
)
def test_headings_by_name(cell: str) -> None:
    assert headings.columns(["姓名", cell]) == headings.Columns(user_id=1, name=0)


@pytest.mark.parametrize("cell", ["工号", "直属主管UserID", "员工UserID请填写在下方", "unionId", "", None, 5])
def test_what_is_no_heading(cell: object) -> None:
    assert headings.columns([cell]) is None


def test_a_user_id_column_is_better_than_an_account_column() -> None:
    found = headings.columns(["账号", "姓名", "员工UserID"])
    assert found is not None
    assert found.user_id == 2


def test_numbers_are_to_be_confirmed_and_long_ones_refused() -> None:
    contents = table(
        [4220.0, "张三"], ["0042", "李四"], [123456789012345, "王五"], [1234567890123456, "赵六"], [1.5, "a"],
        [True, "b"], [datetime.date(2026, 1, 2), "c"], ["1.23457E+17", "d"], ["a b", "e"], [-3, "f"],
    )  # fmt: skip
    assert [(one.user_id, one.number) for one in contents.people] == [
        ("4220", True), ("0042", False), ("123456789012345", True),
    ]  # fmt: skip
    assert [(one.row, one.reason) for one in contents.refused] == [
        (5, "number_long"), (6, "not_whole"), (7, "not_text"), (8, "date"), (9, "scientific"),
        (10, "space"), (11, "not_whole"),
    ]  # fmt: skip


def test_hints_and_second_headings_are_passed_over() -> None:
    contents = table(["", ""], ["", "没有编号"], ["员工UserID", "姓名"], ["唯一标识"], ["x" * 65], ["real", "张三"])
    assert [one.user_id for one in contents.people] == ["real"]
    assert [(one.row, one.reason) for one in contents.skipped] == [
        (3, "empty"), (4, "heading"), (5, "remark"), (6, "remark"),
    ]  # fmt: skip


def test_who_has_no_user_id_or_a_damaged_one_can_be_found_by_mobile_number() -> None:
    heading = ["员工UserID", "姓名", "手机号"]
    lines = [
        ["", "赵洋", "+86-13900000020"],
        ["", "陈磊", "139****0001"],
        [1234567890123456789.0, "孙八", 13900000021.0],
    ]
    contents = rows.people([("s", [heading, *lines])])
    assert [(one.row, one.mobile) for one in contents.skipped] == [(2, "13900000020"), (3, "")]
    assert [(one.user_id, one.mobile) for one in contents.refused] == [("1.23457E+18", "13900000021")]


def test_a_row_with_a_cell_that_cannot_be_kept_is_refused() -> None:
    contents = table(
        ["a", "张" * 101], ["b", "nul\x00"], ["c", "\ud800"], ["d", "好", "1" * 33], ["e", 42.0, 13900000001.0]
    )
    assert [one.reason for one in contents.refused] == ["name_long", "characters", "characters", "mobile"]
    assert told(contents) == [("e", "42", "13900000001", "")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("+86-13900000001", "13900000001"), ("86 139 0000 0001", "13900000001"), ("008613900000001", "13900000001"),
        ("139-0000-0001", "13900000001"), ("１３９０００００００１", "13900000001"), ("+852-61234567", "+852-61234567"),
        ("139****0001", ""), ("无", ""), ("", ""),
    ],
)  # fmt: skip
def test_mobile_numbers(written: str, kept: str) -> None:
    assert cells.mobile(written) == kept


@pytest.mark.parametrize(("reason", "data"), BAD_FILES.items(), ids=list(BAD_FILES))
def test_a_file_that_cannot_be_used(reason: str, data: bytes) -> None:
    with pytest.raises(Unusable) as refusal:
        read(data)
    assert refusal.value.reason == reason


def test_other_files_that_cannot_be_used() -> None:
    assert _reason(contact_files.locked_xls(LAYOUT_D)) == "password"
    assert _reason(contact_files.compound("WordDocument")) == "not_a_spreadsheet"
    assert _reason(contact_files.compound("Workbook", "_VBA_PROJECT_CUR", "_VBA_PROJECT")) == "macros"
    assert _reason(xls(LAYOUT_D)[:3000]) == "damaged"
    assert _reason(bytes(files.MOST_BYTES + 1)) == "too_large"
    assert _reason("\ufeff<?xml version='1.0'?><Workbook/>".encode("utf-16")) == "markup"


def test_a_far_cell_ends_only_the_process_that_reads() -> None:
    workbook = openpyxl.Workbook()
    workbook.active["A1"], workbook.active["XFD1048576"] = "员工UserID", "x"
    far = contact_files.io.BytesIO()
    workbook.save(far)
    assert _reason(far.getvalue()) == "damaged"


def test_a_zip_that_states_too_small_a_size_is_damaged() -> None:
    packed = bytearray(contact_files.with_part(xlsx(LAYOUT_D), "xl/media/a", bytes(20 * 1024 * 1024)))
    size = (20 * 1024 * 1024).to_bytes(4, "little")
    while size in packed:
        place = packed.index(size)
        packed[place : place + 4] = (10).to_bytes(4, "little")
    assert [one.user_id for one in read(bytes(packed)).people] == IDS  # nobody unpacks a picture


def test_the_template_is_read_back() -> None:
    contents = read(template.workbook([("0012", "张<三>", "13900000001", "一车间/维修班")]))
    assert told(contents) == [("0012", "张<三>", "13900000001", "一车间/维修班")]
    assert _reason(template.workbook()) == "no_rows"
    with zipfile.ZipFile(contact_files.io.BytesIO(template.workbook())) as packed:
        assert packed.testzip() is None


_CELL = st.one_of(
    st.text(max_size=80), st.integers(), st.floats(), st.booleans(), st.none(), st.dates(), st.times(),
    st.sampled_from(["员工UserID", "工号", "姓名", "1级部门", "a", "0012"]),
)  # fmt: skip
_ROWS = st.lists(st.lists(_CELL, max_size=6), max_size=30)


@given(_ROWS)
def test_any_table_gives_people_or_a_reason(lines: list[list[Any]]) -> None:
    try:
        contents = rows.people([("s", [["员工UserID", "姓名", "手机号", "1级部门"], *lines])])
    except Unusable as refusal:
        assert refusal.reason == "no_rows"  # noqa: PT017
        return
    ids = [one.user_id for one in contents.people]
    assert len(ids) == len(set(ids))
    for one in contents.people:
        assert 1 <= len(one.user_id) <= 64
        assert " " not in one.user_id
        assert len(one.name or "") <= 100
        assert len(one.mobile) <= 32
        assert len(one.department) <= 200


@given(st.binary(max_size=300))
def test_any_bytes_are_judged(data: bytes) -> None:
    for beginning in (b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        with pytest.raises(Unusable):
            files.check(beginning + data)


def _reason(data: bytes) -> str:
    with pytest.raises(Unusable) as refusal:
        read(data)
    return refusal.value.reason
