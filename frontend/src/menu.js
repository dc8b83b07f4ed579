// The side menu on a small screen: opened by a button, closed by a link, the backdrop or Escape. The tab one is on is
// in sight, however many there are.
const body = document.body;
const button = document.querySelector("[data-menu-button]");

function open(yes) {
  body.toggleAttribute("data-menu-open", yes);
  button.setAttribute("aria-expanded", String(yes));
  if (yes) document.querySelector("#side a")?.focus();
  else button.focus();
}

if (button) {
  button.addEventListener("click", () => open(!body.hasAttribute("data-menu-open")));
  document.querySelector("[data-menu-backdrop]").addEventListener("click", () => open(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && body.hasAttribute("data-menu-open")) open(false);
  });
}

const tabs = document.querySelector(".tabs");
const current = tabs?.querySelector("[aria-current]");
if (current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
