// Parts of a page that ask for themselves again and again: [data-live] with hx-get and hx-swap="morph".
// What the new answer has in common with the old stays as it is, so that focus, scrolling, ticks, opened
// details and typed text survive. [data-fresh] elements that were not there before are shown off once.
// While the server is away no toast is shown; the body has data-offline until it answers again.
import htmx from "htmx.org";
import { Idiomorph } from "idiomorph";

let refreshing = false;

const callbacks = {
  beforeNodeMorphed: (old) => !(old.matches?.("[data-kept]") && old.open),
  beforeAttributeUpdated: (name, element) => {
    if (name === "value") return element.type === "hidden";
    return name !== "checked" && name !== "open";
  },
  afterNodeAdded: (node) => {
    if (!refreshing || !node.matches) return;
    if (node.matches("[data-fresh]")) node.classList.add("fresh");
    for (const one of node.querySelectorAll("[data-fresh]")) one.classList.add("fresh");
  },
};

htmx.defineExtension("morph", {
  isInlineSwap: (style) => style === "morph",
  handleSwap: (style, target, fragment) =>
    style === "morph" && Idiomorph.morph(target, fragment.children, { morphStyle: "outerHTML", callbacks }),
});

const isLive = ({ detail }) => detail.elt.matches?.("[data-live]");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLive(event) && document.hidden) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { elt, path } = detail.requestConfig;
  refreshing = elt === detail.target;
  // A filter was changed while the part was asking in its old words: that answer comes too late.
  if (refreshing && isLive({ detail: { elt } }) && path !== elt.getAttribute("hx-get")) detail.shouldSwap = false;
});
document.addEventListener("htmx:afterOnLoad", () => document.body.toggleAttribute("data-offline", false));
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(
    kind,
    (event) => {
      if (!isLive(event)) return;
      event.stopImmediatePropagation(); // it is asked again in a moment: no toast
      document.body.toggleAttribute("data-offline", true);
    },
    true,
  );
}
