"""Importing the people of a service: tried, made, refused; nothing is changed by a file that cannot be used."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dingbell.notify.models import Account
from dingbell.notify.services.contacts import files
from dingbell.sources import uploads
from dingbell.users import tokens
from dingbell.users.models import AuditEntry
from tests.api.conftest import SERVICE, Answer, Caller
from tests.contact_files import BAD_FILES, LAYOUT_C, LAYOUT_D, xls, xlsx
from tests.serving import Server

STORED = [
    {"user_id": "manager4220", "name": "张三", "mobile": "13900000001", "department": "一车间"},
    {"user_id": "012345678901234567890", "name": "李四（旧）"},
    {"user_id": "left", "name": "离开的"},
    {"user_id": "named", "name": "规则里的"},
]


class Importer:
    """Posts files to a service with the people of STORED, the last of whom a rule names."""

    def __init__(self, api: Caller) -> None:
        self.api = api
        service = api.post("services", SERVICE | {"accounts": STORED}).body
        self.path = f"services/{service['id']}/accounts"
        block = {"service": service["id"], "receivers": [{"account": service["accounts"][-1]["id"]}]}
        api.post("rules", {"name": "紧急", "states": ["active_unacked"], "notifications": [block]})
        self._token = tokens.create("importer", ["config:write"])[1]

    def __call__(self, data: bytes | None, name: str = "通讯录.xlsx", **query: Any) -> Answer:
        form = {} if data is None else {"file": SimpleUploadedFile(name, data)}
        response = Client(raise_request_exception=False).post(
            f"/api/v1/{self.path}/import", form, query_params=query, headers={"Authorization": f"Bearer {self._token}"}
        )
        return Answer(response.status_code, response.json(), response.headers)

    def people(self) -> dict[str, str]:
        items = self.api.get(self.path, limit=1000).body["items"]
        return {one["user_id"]: one["name"] for one in items}


@pytest.fixture
def importer(api: Caller) -> Importer:
    return Importer(api)


FILE = xlsx([
    ["员工UserID", "姓名", "手机号", "部门"],
    ["必填", "", "", ""],
    ["manager4220", "张三", "", ""],
    ["012345678901234567890", "李四", "13900000002", "二车间"],
    ["new", "王五", "", ""],
    [4220, "赵六", "", ""],
    [1234567890123456789, "坏的", "", ""],
    ["nobody", "", "", ""],
    ["new", "王五", "", "三车间"],
])  # fmt: skip
COUNTS = {
    "new": 1, "changed": 1, "unchanged": 1, "missing": 2, "to_confirm": 1, "rejected": 2, "skipped": 1, "merged": 1,
}  # fmt: skip


def test_a_trial_tells_everything_and_changes_nothing(importer: Importer) -> None:
    before = importer.people()
    tried = importer(FILE, dry_run=True)
    assert tried.status == 200
    told = tried.body
    assert told["dry_run"] is True
    assert told["sheets"] == [{"name": "Sheet1", "heading": 1}]
    assert told["counts"] == COUNTS | {"stored": 0, "removed": 0}
    assert told["new"] == [
        {"sheet": "Sheet1", "row": 5, "user_id": "new", "name": "王五", "mobile": "", "department": "三车间"}
    ]
    assert told["changed"][0]["changes"] == {
        "name": {"before": "李四（旧）", "after": "李四"},
        "mobile": {"before": "", "after": "13900000002"},
        "department": {"before": "", "after": "二车间"},
    }
    assert [one["user_id"] for one in told["unchanged"]] == ["manager4220"]
    assert [(one["user_id"], one["rules"]) for one in told["missing"]] == [("left", ""), ("named", "“紧急”")]
    assert [(one["row"], one["user_id"]) for one in told["to_confirm"]] == [(6, "4220")]
    assert [(one["row"], one["reason"][:10]) for one in told["rejected"]] == [(7, "被 Excel 损坏"), (8, "没有姓名")]
    assert [(one["row"], one["text"], one["reason"]) for one in told["skipped"]] == [
        (2, "必填", "UserID 一格里是说明文字")
    ]
    assert [(one["row"], one["first_row"], one["names_differ"]) for one in told["merged"]] == [(9, 5, False)]
    assert importer.people() == before
    assert not AuditEntry.objects.filter(kind="service", action="changed").exists()


def test_good_rows_are_stored_and_the_rest_stays(importer: Importer) -> None:
    made = importer(FILE)
    assert made.status == 200
    assert made.body["dry_run"] is False
    assert made.body["counts"] == COUNTS | {"stored": 3, "removed": 0}
    assert importer.people() == {
        "manager4220": "张三", "012345678901234567890": "李四", "left": "离开的", "named": "规则里的",
        "new": "王五", "4220": "赵六",
    }  # fmt: skip
    kept = Account.objects.get(user_id="manager4220")
    assert (kept.mobile, kept.department) == ("13900000001", "一车间")
    again = importer(FILE).body["counts"]
    assert (again["new"], again["changed"], again["unchanged"], again["stored"]) == (0, 0, 4, 0)
    noted = AuditEntry.objects.get(kind="service", action="changed")
    assert (noted.before["accounts"], noted.after["accounts"]) == (4, 6)
    assert noted.after["fields"]["012345678901234567890"]["name"] == "李四"


def test_numbers_are_left_out_and_the_missing_removed_when_asked(importer: Importer) -> None:
    made = importer(FILE, numbers=False, remove_missing=True).body["counts"]
    assert (made["stored"], made["removed"]) == (2, 1)
    assert set(importer.people()) == {"manager4220", "012345678901234567890", "named", "new"}


def test_a_number_that_looks_like_somebody_with_leading_zeros(importer: Importer) -> None:
    importer(xlsx([["UserID"], ["007"]]))
    told = importer(xlsx([["UserID"], [7]]), dry_run=True).body
    assert told["to_confirm"][0]["similar"] == "007"


def test_a_file_of_bad_rows_only_removes_nobody(importer: Importer) -> None:
    bad = xlsx([["员工UserID", "姓名"], [1234567890123456789, "坏的"]])
    made = importer(bad, remove_missing=True)
    assert (made.status, made.body["counts"]["rejected"], made.body["counts"]["removed"]) == (200, 1, 0)


def test_lists_are_cut_but_counts_and_bad_rows_are_not(importer: Importer) -> None:
    lines = [[f"u{number}", f"员工{number}"] for number in range(20)] + [[1e17, "坏的"]] * 20
    told = importer(xlsx([["员工UserID", "姓名"], *lines]), dry_run=True, listed=3).body
    assert (told["counts"]["new"], len(told["new"]), len(told["rejected"])) == (20, 3, 20)


def test_old_workbooks_and_levels_of_departments(importer: Importer) -> None:
    assert importer(xls(LAYOUT_D), name="通讯录.xls").body["counts"]["changed"] == 1
    importer(xlsx(LAYOUT_C))
    assert Account.objects.get(user_id="manager4220").department == "一车间/维修班、三车间"


@pytest.mark.parametrize("reason", BAD_FILES)
def test_a_file_that_cannot_be_used_changes_nothing(importer: Importer, reason: str) -> None:
    before = importer.people()
    refused = importer(BAD_FILES[reason], remove_missing=True)
    assert refused.status == 422
    assert refused.errors["file"] == refused.body["title"]
    assert "%" not in refused.body["title"]
    assert importer.people() == before


def test_what_is_no_upload(importer: Importer, api: Caller) -> None:
    assert set(importer(None).errors) == {"file"}
    assert api.post(f"{importer.path}/import", {}).status == 422
    importer.path = "services/999/accounts"
    assert [importer(FILE).status, importer(FILE, dry_run=True).status] == [404, 404]


def test_a_file_that_is_too_large(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1_000)
    refused = importer(FILE)
    assert (refused.status, set(refused.errors)) == (413, {"file"})


def test_the_blank_file_is_one_that_can_be_imported(api: Caller, importer: Importer) -> None:
    response = Client().get(
        "/api/v1/services/accounts/template",
        headers={"Authorization": f"Bearer {tokens.create('t', ['config:read'])[1]}"},
    )
    assert response["Content-Disposition"].startswith('attachment; filename="accounts.xlsx"')
    refused = importer(response.content)
    assert (refused.status, refused.body["title"]) == (422, "表头下面没有员工数据。")


def test_a_thousand_people_and_a_thousand_changes(importer: Importer) -> None:
    lines = [[f"u{number:04}", f"员工{number}", f"139{number:08}"] for number in range(1_200)]
    assert importer(xlsx([["员工UserID", "姓名", "手机号"], *lines])).body["counts"]["stored"] == 1_200
    changed = [[user_id, name + "改", mobile] for user_id, name, mobile in lines]
    made = importer(xlsx([["员工UserID", "姓名", "手机号"], *changed]), listed=0).body
    assert (made["counts"]["stored"], made["changed"]) == (1_200, [])
    removed = importer(xlsx([["员工UserID", "姓名"], ["u0000", "员工0"]]), remove_missing=True).body["counts"]
    assert removed["removed"] == 1_199 + 3


def test_a_body_larger_than_any_file_is_refused_before_it_is_kept(shared_server: Server) -> None:
    path = "/api/v1/services/1/accounts/import"
    answer = shared_server.call("POST", path, bytes(uploads.LARGEST + 1))
    assert (answer.status, answer.json["title"]) == (413, "请求体过大。")
    with socket.create_connection(("127.0.0.1", shared_server.port), timeout=20) as raw:
        raw.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(34):
            raw.sendall(b"100000\r\n" + bytes(0x100000) + b"\r\n")
        raw.sendall(b"0\r\n\r\n")
        assert raw.recv(64).startswith(b"HTTP/1.1 413 ")
