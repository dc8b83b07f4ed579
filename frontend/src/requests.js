// htmx under our content policy: nothing is evaluated, no style is injected, and a form that the server
// refuses (422) is shown with its errors.
import htmx from "htmx.org";
import { csrf } from "./csrf.js";
import { toast } from "./toasts.js";

Object.assign(htmx.config, {
  // The focus goes to its field with the content, not 20 ms later into the middle of what somebody began to type.
  defaultSettleDelay: 0,
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  responseHandling: [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ],
});

const text = (name) => document.body.dataset[name];

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrf();
});
document.addEventListener("htmx:responseError", (event) => {
  toast(event.detail.xhr.status === 403 ? text("textForbidden") : text("textFailed"), "danger");
});
document.addEventListener("htmx:sendError", () => toast(text("textOffline"), "danger"));
document.addEventListener("htmx:timeout", () => toast(text("textOffline"), "danger"));
