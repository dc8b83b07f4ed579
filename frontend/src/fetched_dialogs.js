// dialog[data-fetched]: opens when htmx puts something into it, is emptied when it closes, and closes
// when the server says so (HX-Trigger: dialog-done).
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const dialog = detail.target.closest?.("dialog[data-fetched]");
  if (dialog && !dialog.open) dialog.showModal();
});
document.addEventListener("dialog-done", () => document.querySelector("dialog[data-fetched][open]")?.close());
for (const dialog of document.querySelectorAll("dialog[data-fetched]")) {
  dialog.addEventListener("close", () => dialog.replaceChildren());
}
