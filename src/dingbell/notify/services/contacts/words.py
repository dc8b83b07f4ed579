"""What people read when a file or a row of it cannot be taken: what is wrong and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dingbell.notify.services.contacts import cells, files, headings, rows

_UNUSABLE: dict[str, str | Promise] = {
    "empty": _("文件是空的。"),
    "too_large": _("文件太大，最大 %(most)d MB。"),
    "password": _("文件有密码保护。请在 Excel 或 WPS 中去掉密码，另存后再导入。"),
    "macros": _("文件含有宏。为了安全不导入带宏的文件，请另存为不带宏的 .xlsx 再导入。"),
    "bomb": _("文件解压后大得不正常，没有打开。请把员工数据复制到新的工作簿再导入。"),
    "damaged": _("文件已损坏，或展开后过大。请在 Excel 或 WPS 中打开，另存为 .xlsx 再导入。"),
    "binary_workbook": _("不支持 .xlsb。请在 Excel 中另存为 .xlsx 再导入。"),
    "open_document": _("不支持 .ods。请另存为 .xlsx 再导入。"),
    "markup": _("这是网页或 XML，只是扩展名像表格。请在 Excel 或 WPS 中打开，另存为 .xlsx 再导入。"),
    "text": _("这是文本文件（如 CSV），不是 Excel 表格。请在 Excel 中把 UserID 列设为文本，另存为 .xlsx 再导入。"),
    "not_a_spreadsheet": _("这不是 Excel 表格。请选择从钉钉管理后台导出的 .xlsx 或 .xls 文件。"),
    "too_many_sheets": _("工作表太多。请把员工数据复制到新的工作簿再导入。"),
    "too_many_rows": _("超过 %(rows)d 人。请分成几个文件导入。"),
    "no_user_id": _(
        "没有找到“员工UserID”列（看了每个工作表的前 %(lines)d 行）。请使用钉钉管理后台导出的文件，或下载空白模板。"
    ),
    "job_number": _(
        "只有“工号”列，没有“员工UserID”列。工号不是 UserID，不能用来发消息；请导出带“员工UserID”的通讯录。"
    ),
    "no_rows": _("表头下面没有员工数据。"),
}
_REFUSED: dict[str, str | Promise] = {
    "number_long": _(
        "被 Excel 损坏：超过 %(digits)d 位的 UserID 存成了数字，Excel 已丢失末尾几位。"
        "请把这一列的格式设为文本后重新导出，或按手机号添加"
    ),
    "scientific": _(
        "被 Excel 损坏：UserID 已变成科学计数法，无法还原。请把这一列的格式设为文本后重新导出，或按手机号添加"
    ),
    "not_whole": _("UserID 是数字，但不是正整数"),
    "not_text": _("UserID 不是文本"),
    "date": _("UserID 变成了日期。请把该列设为文本后重新填写"),
    "space": _("UserID 中有空格"),
    "characters": _("含有不能保存的字符"),
    "name_long": _("姓名最多 %(name)d 个字符"),
    "name_missing": _("没有姓名"),
    "mobile": _("手机号最多 %(mobile)d 个字符"),
}
_SKIPPED: dict[str, str | Promise] = {
    "empty": _("没有 UserID"),
    "remark": _("UserID 一格里是说明文字"),
    "heading": _("又一行表头"),
}
_PARTICULARS = {
    "most": files.MOST_BYTES // 2**20,
    "rows": rows.MOST_ROWS,
    "lines": headings.LOOKED_AT,
    "digits": cells.LONGEST_NUMBER,
    "name": cells.MOST_NAME,
    "mobile": cells.MOST_MOBILE,
}


def unusable(reason: str) -> str:
    """Why the whole file cannot be used."""
    return str(_UNUSABLE[reason]) % _PARTICULARS


def skipped(reason: str, mobile: str) -> str:
    """Why a row was left out."""
    return gettext("没有 UserID，可以按手机号添加") if reason == "empty" and mobile else str(_SKIPPED[reason])


def refused(reason: str) -> str:
    """Why one row cannot be taken."""
    return str(_REFUSED[reason]) % _PARTICULARS
