// [data-copies="#id"] copies the text of a field or an element and says so (data-text-copied).
import { toast } from "./toasts.js";

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copies]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copies);
  if (await copied(source)) toast(button.dataset.textCopied, "success");
});

async function copied(source) {
  const text = source.value ?? source.textContent;
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  // Plain http inside a plant has no clipboard: what is selected can still be copied.
  getSelection().selectAllChildren(source);
  source.select?.();
  return document.execCommand("copy");
}
