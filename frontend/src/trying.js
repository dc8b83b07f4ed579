// A form with data-document-of="#form" sends the document of that form along, as it stands, saved or not.
import { read } from "./fields.js";

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const form = document.querySelector(detail.elt.dataset.documentOf ?? "[data-none]");
  if (form) detail.parameters.document = JSON.stringify(read(form));
});
