// Sends a form[data-document] as JSON (fields.js). A refused one keeps everything typed, secrets too, and shows
// each problem at its field; an accepted one leads on.
import { ask } from "./confirm.js";
import { csrf } from "./csrf.js";
import { clearProblems, read, showProblem } from "./fields.js";
import { toast } from "./toasts.js";

const text = (name) => document.body.dataset[name];

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.dataset.document === undefined) return;
  event.preventDefault();
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  clearProblems(form);
  try {
    await send(form);
  } catch {
    toast(text("textOffline"), "danger");
  } finally {
    form.ariaBusy = "false";
  }
});

async function send(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrf(), "X-Shown-Change": form.dataset.shownChange ?? "" },
    body: JSON.stringify(read(form)),
  });
  if (answer.redirected) {
    toast(text("textSignedOut"), "danger");
  } else if (!answer.ok) {
    toast(text(answer.status === 403 ? "textForbidden" : "textFailed"), "danger");
  } else {
    const { errors, location, overtaken } = await answer.json();
    if (location) lead(form, location);
    else if (overtaken) await insist(form, overtaken);
    else refuse(form, errors);
  }
}

function lead(form, location) {
  form.dataset.sent = "yes"; // nothing unsaved is left behind
  window.location.assign(location);
}

// Somebody changed it since the page was opened: theirs goes only if the person says so.
async function insist(form, { shown, question, detail, yes }) {
  if (!(await ask(question, { detail, yes, danger: true }))) return;
  form.dataset.shownChange = shown;
  await send(form);
}

function refuse(form, errors) {
  for (const { field, message } of errors) showProblem(form, field, message);
  setTimeout(() => {
    const first = form.querySelector("[aria-invalid], [data-problem]");
    first.scrollIntoView({ block: "center" });
    first.focus({ preventScroll: true });
  });
}

document.addEventListener("input", ({ target }) => {
  const box = target.closest("form[data-document]") && target.closest("[data-field]");
  if (box) clearProblems(box);
});

// What htmx asks for while such a form is being filled in: it gets the document so far, or a [data-asks] part of it.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const scope = detail.elt.closest("form[data-document], [data-apart], [data-asks]");
  if (scope && scope.dataset.apart === undefined) detail.parameters.document = JSON.stringify(read(scope));
});
