"""Files of contacts as DingTalk's admin console and people make them; everybody in them is invented."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Sequence
from typing import Any

import openpyxl
import xlwt

Rows = Sequence[Sequence[Any]]

# The layouts of dingtalk-api.md §3.3.
LAYOUT_A: Rows = [
    ["填写须知：1. 请勿删除或修改表头。2. 带*为必填项。"],
    ["示例化工有限公司员工信息表"],
    ["员工UserID", "部门", "职位", "姓名", "性别", "工号", "是否此部门主管(是/否)", "手机号", "邮箱", "分机号"],
    ["manager4220", "一车间-维修班,二车间", "班长", "张三", "男", "GH001", "是,否", "13900000001", "a@example.com", ""],
    ["012345678901234567890", "二车间", "", "李四", "女", "", "否", "+86-13900000002", "", ""],
]
LAYOUT_B: Rows = [
    ["说明：请在第4行开始填写"],
    ["*员工UserID\n（必填）", "*姓名（必填）", "手机号", "部门"],
    ["员工在企业内的唯一标识", "真实姓名", "", ""],
    ["manager4220", "张三", "139****0001", "一车间/维修班"],
    ["012345678901234567890", "李四", "13900000002", "二车间"],
]
LAYOUT_C: Rows = [
    ["员工UserID", "姓名", "邮箱", "工号", "部门主管", "1级部门", "主部门ID", "2级部门", "3级部门", "职位"],
    ["manager4220", "张三", "", "GH001", "", "一车间", "1001", "维修班", "", "班长"],
    ["012345678901234567890", "李四", "", "GH002", "", "二车间", "1002", "", "", ""],
    ["manager4220", "张三", "", "GH001", "", "三车间", "1003", "", "", ""],
]
LAYOUT_D: Rows = [
    ["员工ID", "姓名", "手机号", "部门", "是否主管", "直属主管UserID", "激活状态"],
    ["manager4220", "张三", "13900000001", "一车间", "否", "boss", "已激活"],
    ["012345678901234567890", "李四", "13900000002", "二车间", "否", "boss", "未激活"],
]


def xlsx(rows: Rows, *, sheet: str = "Sheet1", before: dict[str, Rows] | None = None) -> bytes:
    """`before`: sheets that stand before it."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, content in {**(before or {}), sheet: rows}.items():
        page = workbook.create_sheet(name)
        for number, row in enumerate(content, start=1):
            for place, cell in enumerate(row, start=1):
                page.cell(number, place).value = cell
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def xls(rows: Rows) -> bytes:
    workbook = xlwt.Workbook(encoding="utf-8")
    page = workbook.add_sheet("Sheet1")
    for number, row in enumerate(rows):
        for place, cell in enumerate(row):
            page.write(number, place, cell)
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def with_part(workbook: bytes, name: str, content: bytes) -> bytes:
    """The .xlsx with one part more, or another content of one it has."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return packed.getvalue()


def compound(*streams: str) -> bytes:
    """The beginning of an OLE file whose directory names these streams, as Office writes encrypted .xlsx."""
    names = b"".join(stream.encode("utf-16-le").ljust(128, b"\x00") for stream in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\x00") + names


def locked_xls(rows: Rows) -> bytes:
    """An .xls whose stream says that it is encrypted (record FILEPASS right after its beginning)."""
    workbook = bytearray(xls(rows))
    beginning = workbook.index(struct.pack("<HHH", 0x0809, 16, 0x0600))
    place = beginning + 4 + 16
    workbook[place : place + 4] = struct.pack("<HH", 0x002F, struct.unpack_from("<H", workbook, place + 2)[0])
    return bytes(workbook)


# Each cannot be used at all; by the reason that has to be given.
BAD_FILES: dict[str, bytes] = {
    "empty": b"",
    "text": "员工UserID,姓名\nmanager4220,张三\n".encode("gb18030"),
    "markup": "<html><table><tr><td>员工UserID</td></tr></table></html>".encode(),
    "not_a_spreadsheet": b"\x89PNG\r\n\x1a\n\x00\x00",
    "password": compound("EncryptionInfo", "EncryptedPackage"),
    "macros": with_part(xlsx(LAYOUT_D), "xl/vbaProject.bin", b"macro"),
    "damaged": xlsx(LAYOUT_D)[:2000],
    "bomb": with_part(xlsx(LAYOUT_D), "xl/media/image1.png", bytes(300 * 1024 * 1024)),
    "binary_workbook": with_part(xlsx(LAYOUT_D), "xl/workbook.bin", b""),
    "no_rows": xlsx(LAYOUT_B[:3]),
    "no_user_id": xlsx([["姓名", "手机号"], ["张三", "13900000001"]]),
    "job_number": xlsx([["工号", "姓名"], ["GH001", "张三"]]),
}
