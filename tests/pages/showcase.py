"""Pages made of nothing but the parts of docs/pages.md: what the parts' tests open."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import include, path

ROWS = [{"id": number, "name": f"{number} 号车间钉钉", "enabled": number % 3 > 0} for number in range(1, 46)]


class ServiceForm(forms.Form):
    name = forms.CharField(label="名称", max_length=64)
    description = forms.CharField(label="描述", required=False, help_text="写给同事看的说明。")
    kind = forms.ChoiceField(label="类型", choices=[("robot", "钉钉机器人"), ("account", "钉钉账号")])
    send_to = forms.MultipleChoiceField(
        label="发送至", choices=[("robot", "钉钉机器人"), ("account", "钉钉账号")], widget=forms.CheckboxSelectMultiple
    )
    secret = forms.CharField(label="加签", widget=forms.PasswordInput, required=False)
    enabled = forms.BooleanField(label="启用", required=False, initial=True)

    def clean_name(self) -> str:
        if self.cleaned_data["name"] == "重复":
            raise forms.ValidationError("已经有这个名称。")
        return str(self.cleaned_data["name"])


def listing(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "")
    rows = [row for row in ROWS if search in str(row["name"])]
    page = Paginator(rows, 20).get_page(request.GET.get("page"))
    return render(request, "showcase_list.html", {"page": page, "search": search})


def form(request: HttpRequest) -> HttpResponse:
    shown = ServiceForm(request.POST or None)
    if shown.is_valid():
        messages.success(request, "已保存。")
        return redirect("/services/")
    return render(request, "showcase_form.html", {"form": shown})


def delete(request: HttpRequest, number: int) -> HttpResponse:
    messages.error(request, f"{number} 号还在规则里使用，不能删除。")
    return redirect("/services/")


def part(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse("<p id='part'>新的部分</p>")
    answer["HX-Trigger"] = '{"toast": {"text": "done", "level": "success"}}'
    return answer


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=500)


urlpatterns = [
    path("services/", listing),
    path("services/new/", form),
    path("services/<int:number>/delete/", delete),
    path("part/", part),
    path("broken/", broken),
    path("", include("dingbell.urls")),
]
