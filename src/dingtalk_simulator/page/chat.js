"use strict";
// Asks once a second what changed and puts the server's own drawing in place.
const page = document.body;
const list = document.getElementById("messages");
const chat = page.dataset.chat;
let version = page.dataset.version;
let first = true;

function atBottom() {
  return list.scrollHeight - list.scrollTop - list.clientHeight < 80;
}

function showOrigin() {
  for (const place of document.querySelectorAll(".origin")) place.textContent = location.origin;
}

async function markRead() {
  if (!chat || document.hidden) return;
  await fetch("/_sim/read", { method: "POST", body: JSON.stringify({ chat }) });
}

async function poll() {
  try {
    const query = new URLSearchParams({ chat, have: first ? "" : version });
    const changed = await (await fetch("/_sim/chats?" + query)).json();
    page.classList.remove("offline");
    document.getElementById("status").innerHTML = changed.status;
    if (changed.chats !== undefined) {
      const follow = first || atBottom();
      document.getElementById("chats").innerHTML = changed.chats;
      if (list.innerHTML !== changed.messages) list.innerHTML = changed.messages;
      showOrigin();
      if (follow && chat) list.scrollTop = list.scrollHeight;
      if (changed.unread) await markRead();
    }
    version = changed.version;
    first = false;
  } catch {
    page.classList.add("offline");
  }
  setTimeout(poll, document.hidden ? 5000 : 1000);
}

showOrigin();
if (chat) list.scrollTop = list.scrollHeight;
poll();
