// The timing of a block: the line that says it follows what is filled in, and what is for people only shows with them.
import htmx from "htmx.org";

const pending = new WeakMap();

document.addEventListener("input", ({ target }) => {
  const timing = target.closest("[data-asks]");
  if (!timing) return;
  clearTimeout(pending.get(timing));
  pending.set(timing, setTimeout(() => say(timing), 250));
});

const say = (timing) =>
  htmx.ajax("POST", timing.dataset.asks, { source: timing, target: timing.querySelector("[data-said-of]"), swap: "innerHTML" });

function ofPeople(block) {
  const service = block.querySelector("select[name=service]");
  const robotsOnly = service?.selectedOptions[0]?.dataset.people === undefined;
  if (service) for (const part of block.querySelectorAll("[data-of-people]")) part.hidden = robotsOnly;
}

const each = (root) => root.querySelectorAll(".block").forEach(ofPeople);
document.addEventListener("change", ({ target }) => target.name === "service" && target.closest(".block") && ofPeople(target.closest(".block")));
document.addEventListener("rows-changed", ({ target }) => each(target));
each(document);
