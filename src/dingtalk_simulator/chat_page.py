"""The page at /: every group and person as a chat. Drawn here; its script only asks for what changed."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from html import escape
from importlib.resources import files
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from dingtalk_simulator.bubbles import bubble, preview
from dingtalk_simulator.clock import in_china
from dingtalk_simulator.control_http import answer
from dingtalk_simulator.ledger import UNKNOWN_CHAT, Chat, group_chat, person_chat
from dingtalk_simulator.world import World

QUIET_S = 300.0
"""After a pause this long the chat shows the time again."""
COLOURS = 8

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}
ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='8' fill='%231677ff'/%3E"
    "%3Cpath d='M16 6a7 7 0 0 0-7 7v5l-2 4h18l-2-4v-5a7 7 0 0 0-7-7zm-3 18a3 3 0 0 0 6 0z' fill='%23fff'/%3E"
    "%3C/svg%3E"
)


def page_routes(world: Callable[[], World]) -> list[Route]:
    async def page(request: Request) -> Response:
        selected = request.query_params.get("chat", "")
        # A message may hold a lone surrogate, which no UTF-8 page can.
        return HTMLResponse(_page(world(), selected).encode("utf-8", "replace"), headers=HEADERS)

    async def changes(request: Request) -> Response:
        return answer(chat_changes(world(), request.query_params.get("chat", ""), request.query_params.get("have")))

    def asset(name: str, media_type: str) -> Route:
        content = files("dingtalk_simulator").joinpath("page", name).read_bytes()

        async def send(_: Request) -> Response:
            return Response(content, media_type=media_type, headers={"cache-control": "no-cache"})

        return Route(f"/_sim/page/{name}", send)

    return [
        Route("/", page),
        Route("/_sim/chats", changes),
        asset("chat.css", "text/css"),
        asset("chat.js", "text/javascript"),
    ]


def chat_changes(world: World, selected: str, have: str | None) -> dict[str, object]:
    """What the script puts in place. `have` is the version it last got; the same version sends no lists."""
    version = f"{world.ledger.name}-{world.ledger.version}"
    changed: dict[str, object] = {"version": version, "status": _status(world)}
    if have != version:
        chat = world.ledger.chats.get(selected)
        changed |= {
            "chats": _chat_list(world, selected),
            "messages": _messages(world, chat),
            "unread": chat.unread if chat else 0,
        }
    return changed


def _page(world: World, selected: str) -> str:
    chat = world.ledger.chats.get(selected)
    first = chat_changes(world, selected, None)
    name, detail = _title(world, selected) if chat else ("", "")
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(name + " · " if name else "")}钉钉模拟器</title>
<link rel="icon" href="{ICON}">
<link rel="stylesheet" href="/_sim/page/chat.css">
<script src="/_sim/page/chat.js" defer></script>
</head>
<body class="{"open" if chat else "closed"}" data-chat="{escape(selected)}" data-version="{first["version"]}">
<nav aria-label="会话">
<header><h1>钉钉模拟器</h1><div id="status">{first["status"]}</div></header>
<div id="chats">{first["chats"]}</div>
</nav>
<main>
{_chat_header(name, detail, selected) if chat else ""}
<div id="messages" role="log" aria-label="消息" tabindex="0">{first["messages"]}</div>
</main>
</body>
</html>"""


def _chat_header(name: str, detail: str, selected: str) -> str:
    avatar = _avatar(name, selected)
    return (
        f'<header class="chat"><a class="back" href="/" aria-label="返回会话列表">‹</a>{avatar}'
        f"<div><h2>{escape(name)}</h2><p>{escape(detail)}</p></div></header>"
    )


def _status(world: World) -> str:
    clock = world.clock
    parts = [f"<span>模拟时间 {in_china(clock.wall()):%m-%d %H:%M}</span>"]
    if clock.skew_s:
        parts.append(f'<span class="warn">时钟偏差 {clock.skew_s:+.0f} 秒</span>')
    parts += [f'<span class="warn">故障 {escape(path)}</span>' for path in world.faults.paths()]
    now = clock.now()
    blocked = [robot.name for robot in world.robots.values() if now < robot.gate.blocked_until]
    parts += [f'<span class="warn">限流中 {escape(name)}</span>' for name in blocked]
    return "".join(parts)


def _chat_list(world: World, selected: str) -> str:
    chats = sorted(world.ledger.chats.items(), key=lambda item: item[1].latest, reverse=True)
    if not chats:
        return '<p class="hint">还没有群或个人。登记之后会出现在这里。</p>'
    return "".join(_chat_row(world, chat_id, chat, chat_id == selected) for chat_id, chat in chats)


def _chat_row(world: World, chat_id: str, chat: Chat, is_selected: bool) -> str:
    name, _ = _title(world, chat_id)
    shown = [message for message in chat.recent if not message.recalled]
    last = shown[-1] if shown else None
    when = f"{in_china(last.at):%H:%M}" if last else ""
    href = "/?chat=" + quote(chat_id, safe="", errors="replace")
    unread = f'<span class="unread">{min(chat.unread, 999)}</span>' if chat.unread and not is_selected else ""
    current = ' aria-current="page"' if is_selected else ""
    return (
        f'<a class="row" href="{href}"{current}>{_avatar(name, chat_id)}'
        f'<span class="name">{escape(name)}</span><time>{when}</time>'
        f'<span class="last">{escape(preview(last)) if last else "还没有消息"}</span>{unread}</a>'
    )


def _avatar(name: str, chat_id: str) -> str:
    kind = "group" if chat_id.startswith("group:") else "person"
    colour = zlib.crc32(chat_id.encode("utf-8", "replace")) % COLOURS
    if chat_id == UNKNOWN_CHAT:
        return '<span class="avatar group unknown" aria-hidden="true">?</span>'
    letters = name[-2:] if kind == "person" and not name.isascii() else name[:1].upper()
    return f'<span class="avatar {kind} c{colour}" aria-hidden="true">{escape(letters)}</span>'


def _title(world: World, chat_id: str) -> tuple[str, str]:
    if chat_id == UNKNOWN_CHAT:
        return "未登记的收件方", "发往这里没有登记的机器人或账号的消息"
    for robot in world.robots.values():
        if group_chat(robot.group) == chat_id:
            return robot.group, _robots_of(world, robot.group)
    for person in world.people.values():
        if person_chat(person.user_id) == chat_id:
            return person.name, f"{person.user_id} · {person.mobile}"
    return chat_id.partition(":")[2], ""


def _robots_of(world: World, group: str) -> str:
    shown = []
    for robot in world.robots.values():
        if robot.group == group:
            settings = [
                *(["加签"] if robot.secret else []),
                *([f"关键词 {'、'.join(robot.keywords)}"] if robot.keywords else []),
                *(["IP 名单"] if robot.ip_whitelist else []),
            ]
            shown.append(robot.name + (f"（{'，'.join(settings)}）" if settings else ""))
    return "机器人：" + "；".join(shown)


def _messages(world: World, chat: Chat | None) -> str:
    if chat is None:
        return _welcome(world)
    parts: list[str] = []
    before = float("-inf")
    today = in_china(world.clock.wall()).date()
    for message in chat.recent:
        if message.recalled:
            continue
        if message.at - before > QUIET_S:
            moment = in_china(message.at)
            form = "%H:%M" if moment.date() == today else "%Y-%m-%d %H:%M"
            parts.append(f'<div class="when">{moment:{form}}</div>')
        before = message.at
        parts.append(bubble(world, message))
    return "".join(parts) or '<p class="hint">还没有消息。</p>'


def _welcome(world: World) -> str:
    if world.ledger.chats:
        return '<div class="welcome"><div class="bell"></div><p>选择左边的群或个人查看消息。</p></div>'
    return """<div class="welcome"><div class="bell"></div>
<h2>这里会像手机一样显示收到的钉钉消息</h2>
<p>先登记一个群机器人：</p>
<pre>curl -X POST <b class="origin"></b>/_sim/robots \\
  -H "Content-Type: application/json" \\
  -d '{"token": "demo", "name": "报警机器人", "group": "一车间值班群"}'</pre>
<p>再向返回的 <code>webhook</code> 地址发一条消息，群会出现在左边。个人消息要登记应用和账号：
<code>/_sim/apps</code>、<code>/_sim/users</code>。</p></div>"""
