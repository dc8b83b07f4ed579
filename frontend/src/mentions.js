// Whom a robot calls: select[data-mentions] is nobody, everyone or people; the people's fields show for the last.
import { parts } from "./fields.js";

function adopt(select) {
  const people = select.closest("[data-object]").querySelector(".mentioned");
  const show = () => (people.hidden = select.value !== "people");
  select.addEventListener("change", show);
  parts.set(select, { value: () => select.value === "everyone" });
  show();
}

const adoptAll = (root) =>
  root.querySelectorAll("select[data-mentions]").forEach((select) => parts.has(select) || adopt(select));
adoptAll(document);
document.addEventListener("rows-changed", ({ target }) => adoptAll(target));
