// A secret that is stored but never shown: typing replaces it, [data-clear] beside it marks it for removal.
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-clear]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  const cleared = field.dataset.cleared === undefined;
  field.toggleAttribute("data-cleared", cleared);
  field.value = "";
  field.required = !cleared && field.dataset.unreadable !== undefined;
  field.placeholder = cleared ? field.dataset.textCleared : field.dataset.textKept;
  button.setAttribute("aria-pressed", String(cleared));
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("input", ({ target }) => {
  if (target.dataset?.secret === undefined || target.value === "") return;
  target.removeAttribute("data-cleared");
  target.parentElement.querySelector("[data-clear]")?.setAttribute("aria-pressed", "false");
});
