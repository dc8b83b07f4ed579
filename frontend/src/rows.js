// Rows that come and go: [data-add="#template"] puts a copy into the list named by data-into,
// [data-remove] takes the [data-item] it stands in away.
const tell = (list) => list.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true }));

document.addEventListener("click", ({ target }) => {
  const adding = target.closest("[data-add]");
  if (adding) {
    const grown = document.querySelector(adding.dataset.into);
    const added = document.querySelector(adding.dataset.add).content.firstElementChild.cloneNode(true);
    grown.append(added);
    tell(grown);
    added.querySelector("input:not([type=hidden]), select")?.focus();
  }
  const item = target.closest("[data-remove]")?.closest("[data-item]");
  const list = item?.closest("[data-list], [data-map]");
  if (list) {
    item.remove();
    tell(list);
  }
});
