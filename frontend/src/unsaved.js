// [data-unsaved] in a fetched dialog shows itself while the form behind it has changes that are not saved.
import { changed } from "./forms.js";

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  for (const note of detail.target.querySelectorAll?.("[data-unsaved]") ?? []) note.hidden = !changed();
});
