// Forms that say nothing in the browser's own language (they are novalidate) and still help:
//   data-wait   the submit button is disabled until every required field is filled, and in every
//               fieldset[data-required] something is ticked; what is hidden or disabled does not count
//   data-guard  leaving the page with changes asks first
// Every form is sent once, however often its button is pressed.
import { ask } from "./confirm.js";
import { read } from "./fields.js";

function isFilled(field) {
  if (field.matches(":disabled") || field.closest("[hidden]")) return true;
  if (field.matches("fieldset")) return field.querySelector(":checked") !== null;
  if (field.type === "checkbox") return field.checked;
  if (field.type === "radio") return field.form.querySelector(`[name="${CSS.escape(field.name)}"]:checked`) !== null;
  return field.value.trim() !== "";
}

function wait(form) {
  const ready = [...form.querySelectorAll("[required], fieldset[data-required]")].every(isFilled);
  for (const button of form.querySelectorAll("button[type=submit]:not([formnovalidate])")) button.disabled = !ready;
}

const typed = (form) => [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
const state = (form) => JSON.stringify(form.dataset.document === undefined ? typed(form) : read(form));
const untouched = new WeakMap();
export const changed = () =>
  [...document.querySelectorAll("form[data-guard]")].some(
    (form) => untouched.has(form) && !form.dataset.sent && state(form) !== untouched.get(form),
  );

function adopt(root) {
  for (const form of root.querySelectorAll("form[data-guard]")) if (!untouched.has(form)) untouched.set(form, state(form));
  root.querySelectorAll("form[data-wait]").forEach(wait);
  const around = root.closest?.("form[data-wait]");
  if (around) wait(around);
}

adopt(document);
document.addEventListener("htmx:load", (event) => adopt(event.detail.elt.parentElement ?? document));
for (const kind of ["input", "change", "rows-changed"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest("form[data-wait]");
    if (form) wait(form);
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog" || form.closest("[hx-post],[hx-put],[hx-get],[hx-delete]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});
// Back from another page, a form kept in memory may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

window.addEventListener("beforeunload", (event) => {
  if (changed()) event.preventDefault();
});
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey || !changed()) return;
  if (link.getAttribute("href").startsWith("#") || link.hasAttribute("download")) return;
  event.preventDefault();
  const { textLeave, textLeaveDetail, textLeaveYes } = document.body.dataset;
  if (!(await ask(textLeave, { detail: textLeaveDetail, yes: textLeaveYes, danger: true }))) return;
  for (const form of document.querySelectorAll("form[data-guard]")) form.dataset.sent = "left";
  window.location.assign(link.href);
});
