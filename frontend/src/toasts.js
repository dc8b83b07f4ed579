// Short messages at the top right: from the server with the page, from an htmx answer
// (HX-Trigger: {"toast": {"text": …, "level": …}}), or from a script.
const ICONS = { success: "circle-check", info: "info-circle", warning: "alert-triangle", danger: "alert-circle" };
const STAY_MS = 5000;
const WARNING_STAYS_MS = 15000;

/** Show `text` and answer its element; level is success, info, warning or danger (which stays until it is closed). */
export function toast(text, level = "info") {
  const place = document.querySelector("[data-toasts]");
  const template = document.querySelector("#toast");
  if (!place || !template || !text) return;
  const shown = template.content.firstElementChild.cloneNode(true);
  const icon = shown.querySelector("use");
  icon.setAttribute("href", icon.getAttribute("href").replace(/#.*/, `#${ICONS[level] ?? ICONS.info}`));
  shown.classList.add(`note-${level}`);
  shown.setAttribute("role", level === "danger" ? "alert" : "status");
  shown.querySelector("[data-text]").textContent = text;
  place.append(shown);
  leaveLater(shown);
  return shown;
}

function leaveLater(shown) {
  if (shown.classList.contains("note-danger")) return;
  const stay = shown.classList.contains("note-warning") ? WARNING_STAYS_MS : STAY_MS;
  let timer = setTimeout(() => shown.remove(), stay);
  shown.addEventListener("mouseenter", () => clearTimeout(timer));
  shown.addEventListener("mouseleave", () => (timer = setTimeout(() => shown.remove(), stay)));
}

document.querySelectorAll("[data-toasts] > *").forEach(leaveLater);
document.addEventListener("click", (event) => event.target.closest("[data-toast-close]")?.parentElement.remove());
document.addEventListener("toast", (event) => toast(event.detail.text ?? event.detail.value, event.detail.level));
