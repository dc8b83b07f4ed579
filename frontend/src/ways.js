// select[data-ways] of an item shows the [data-way] of its value; the others are hidden, so they are not sent.
document.addEventListener("change", ({ target }) => {
  if (target.dataset.ways === undefined) return;
  const item = target.closest("[data-item]");
  for (const way of item.querySelectorAll("[data-way]")) way.hidden = way.dataset.way !== target.value;
  item.dispatchEvent(new CustomEvent("rows-changed", { bubbles: true })); // what is required now is something else
});
