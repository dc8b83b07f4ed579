// Rows that come and go: [data-add="#template"] puts a copy into the list named by data-into, else the one beside it,
// [data-copy-row] puts a copy of the [data-item] it stands in below it, [data-remove] takes it away, and
// [data-move="up"] or "down" changes its place.
// What the server puts into [data-rows] brings rows of its own.
const tell = (list) => list.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));

document.addEventListener("click", ({ target }) => {
  const adding = target.closest("[data-add]");
  if (adding) {
    const { into } = adding.dataset;
    const grown = into ? document.querySelector(into) : adding.parentElement.querySelector("[data-list]");
    const added = document.querySelector(adding.dataset.add).content.firstElementChild.cloneNode(true);
    grown.append(added);
    tell(grown);
    added.querySelector("input:not([type=hidden]), select")?.focus();
  }
  const copied = target.closest("[data-copy-row]")?.closest("[data-item]");
  if (copied) {
    const copy = copied.cloneNode(true);
    copied.after(copy);
    tell(copied.parentElement);
    copy.querySelector("input:not([type=hidden])")?.focus();
  }
  const moving = target.closest("[data-move]");
  if (moving) {
    const row = moving.closest("[data-item]");
    if (moving.dataset.move === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    tell(row.parentElement);
    moving.focus();
  }
  const item = target.closest("[data-remove]")?.closest("[data-item]");
  const list = item?.closest("[data-list], [data-map]");
  if (list) {
    item.remove();
    tell(list);
  }
});

document.addEventListener("htmx:afterSwap", ({ detail: { target } }) => {
  if (target.dataset?.rows !== undefined) tell(target);
});
