"""`/api/v1/services/{id}/accounts/import`: the people of a service from a file of contacts; and the blank file."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Query, Router
from ninja.files import UploadedFile

from dingbell.api.bodies import answer
from dingbell.api.callers import ApiRequest
from dingbell.api.describing import operation
from dingbell.api.problems import Problem
from dingbell.notify.refusals import FieldError
from dingbell.notify.services import importing
from dingbell.notify.services.contacts import files, template, words
from dingbell.notify.services.contacts.found import Unusable
from dingbell.notify.services.contacts.reading import read
from dingbell.notify.services.import_documents import ImportAnswer
from dingbell.notify.services.importing import Wishes
from dingbell.users.roles import Scope

router = Router(tags=["accounts"])

DryRun = Annotated[bool, Query(description="Only say what the file would change.")]
Numbers = Annotated[bool, Query(description="Also store userIds from number cells, in which zeros may be lost.")]
RemoveMissing = Annotated[bool, Query(description="Remove accounts that are not in the file and in no rule.")]
Listed = Annotated[int, Query(ge=0, le=100_000, description="How many of each kind the answer lists.")]


@router.post(
    "/{int:service_id}/accounts/import", **operation(Scope.CONFIG_WRITE, "从 Excel 导入账号", answer=ImportAnswer)
)
def import_accounts(
    request: ApiRequest,
    service_id: int,
    file: File[UploadedFile],
    dry_run: DryRun = False,
    numbers: Numbers = True,
    remove_missing: RemoveMissing = False,
    listed: Listed = 1_000,
) -> HttpResponse:
    """Merges by `user_id`: good rows are stored, bad ones listed with row number and reason.

    `.xlsx` or `.xls` as DingTalk's admin console exports it, or the blank file filled in. 422 for a file that cannot
    be used at all, 413 for one that is too large: both change nothing.
    """
    wishes = Wishes(numbers=numbers, remove_missing=remove_missing, listed=listed)
    if file.size is not None and file.size > files.MOST_BYTES:
        raise _refusal(Unusable("too_large"))
    try:
        contents = read(file.read())
    except Unusable as refusal:
        raise _refusal(refusal) from None
    if dry_run:
        return answer(importing.preview(service_id, contents, wishes))
    return answer(importing.make(service_id, contents, wishes))


@router.get("/accounts/template", **operation(Scope.CONFIG_READ, "空白的 Excel 文件"))
def blank_file(request: ApiRequest) -> HttpResponse:
    """An .xlsx with headings only. Its columns are text, so that a userId keeps its zeros."""
    name = quote(_("钉钉账号.xlsx"))
    return HttpResponse(
        template.workbook(),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f"attachment; filename=\"accounts.xlsx\"; filename*=UTF-8''{name}"},
    )


def _refusal(refusal: Unusable) -> Problem:
    text = words.unusable(refusal.reason)
    return Problem(413 if refusal.reason == "too_large" else 422, text, [FieldError("file", text)])
