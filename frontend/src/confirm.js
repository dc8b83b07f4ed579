// "Are you sure?" in the page's own words and look: a form or button with data-confirm="question", and every
// hx-confirm. data-confirm-detail adds a line, data-confirm-yes names the button, data-confirm-danger reddens it.
const dialog = document.querySelector("#confirm");

/** Ask, and resolve to whether the answer was yes. */
export function ask(question, { detail = "", yes = "", danger = false } = {}) {
  const button = dialog.querySelector("[value=yes]");
  dialog.querySelector("[data-question]").textContent = question;
  dialog.querySelector("[data-detail]").textContent = detail;
  button.textContent = yes || button.dataset.default;
  button.classList.toggle("btn-danger", danger);
  button.classList.toggle("btn-primary", !danger);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function wishes(element) {
  const { confirmDetail, confirmYes, confirmDanger } = element.dataset;
  return { detail: confirmDetail, yes: confirmYes, danger: confirmDanger !== undefined };
}

if (dialog) {
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // the backdrop
  });
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const source = event.submitter?.dataset.confirm ? event.submitter : form;
      const question = source.dataset.confirm;
      if (!question || form.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!(await ask(question, wishes(source)))) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(event.submitter);
      delete form.dataset.confirmed;
    },
    true,
  );
  document.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await ask(event.detail.question, wishes(event.detail.elt))) event.detail.issueRequest(true);
  });
}
