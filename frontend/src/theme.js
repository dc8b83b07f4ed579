// Light or dark, before the first paint: what was chosen here, else what the system says.
const system = window.matchMedia("(prefers-color-scheme: dark)");

function apply() {
  const chosen = localStorage.getItem("theme");
  const theme = chosen === "light" || chosen === "dark" ? chosen : system.matches ? "dark" : "light";
  document.documentElement.dataset.bsTheme = theme;
  for (const button of document.querySelectorAll("[data-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.theme === (chosen ?? "system")));
  }
}

apply();
system.addEventListener("change", apply);
document.addEventListener("DOMContentLoaded", apply);
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-theme]");
  if (!button) return;
  if (button.dataset.theme === "system") localStorage.removeItem("theme");
  else localStorage.setItem("theme", button.dataset.theme);
  apply();
});
