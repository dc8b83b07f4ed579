// Rows that can be ticked: inside [data-ticks], boxes [data-tick], one [data-tick-all] for all of them, and a bar
// [data-tick-bar] with their number [data-tick-count] that shows while there are any. [data-tick-none] unticks all.
const boxes = (place) => [...place.querySelectorAll("[data-tick]")];

function tell(place) {
  const all = boxes(place);
  const ticked = all.filter((box) => box.checked).length;
  const head = place.querySelector("[data-tick-all]");
  if (head) {
    head.checked = ticked > 0 && ticked === all.length;
    head.indeterminate = ticked > 0 && ticked < all.length;
    head.disabled = all.length === 0;
  }
  const bar = place.querySelector("[data-tick-bar]");
  if (bar) {
    bar.hidden = ticked === 0;
    bar.querySelector("[data-tick-count]").textContent = ticked;
  }
}

function tick(place, yes) {
  for (const box of boxes(place)) box.checked = yes;
  tell(place);
}

const placeOf = (element) => element.closest("[data-ticks]");

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-tick-all]")) tick(placeOf(target), target.checked);
  else if (target.matches("[data-tick]")) tell(placeOf(target));
});
document.addEventListener("click", ({ target }) => {
  const none = target.closest("[data-tick-none]");
  if (none) tick(placeOf(none), false);
});
// What was done to ticked rows (HX-Trigger: {"ticks-done": {"values": […]}}): they need no tick any more.
document.addEventListener("ticks-done", ({ detail }) => {
  for (const place of document.querySelectorAll("[data-ticks]")) {
    for (const box of boxes(place)) if (detail.values.includes(box.value)) box.checked = false;
    tell(place);
  }
});
document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("[data-ticks]").forEach(tell));
document.querySelectorAll("[data-ticks]").forEach(tell);
