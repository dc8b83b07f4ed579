// Two rows of a [data-map] with one name would silently become one: the second is refused before anything is sent.
import { clearProblems, mark, read } from "./fields.js";

function doubled(form) {
  return [...form.querySelectorAll("[data-map]")].flatMap((map) => {
    const seen = new Set();
    return [...map.querySelectorAll("[data-item]")]
      .filter((item) => {
        const { name } = read(item);
        const again = name !== "" && seen.has(name);
        seen.add(name);
        return again;
      })
      .map((item) => ({ field: item.querySelector("[name=name]"), text: map.dataset.textDoubled }));
  });
}

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const found = form.dataset.document === undefined ? [] : doubled(form);
    if (!found.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    clearProblems(form);
    for (const { field, text } of found) mark(field, text);
    found[0].field.focus();
  },
  true,
);
