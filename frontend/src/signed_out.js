// A part of the page that is asked for after the sign-in was lost would lead the whole page to the sign-in page.
// While something typed would be lost with it, the page stays and says so, until that part is answered again.
import { changed } from "./forms.js";
import { toast } from "./toasts.js";

let said, refused;

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  const { signIn, textSignedOut } = document.body.dataset;
  if (!xhr.getResponseHeader("HX-Redirect")?.startsWith(signIn)) {
    if (elt === refused) said?.remove();
    return;
  }
  if (!changed() && !document.querySelector("dialog[open] form")) return;
  event.preventDefault();
  refused = elt;
  if (!said?.isConnected) said = toast(textSignedOut, "danger");
});
