// The other ways of a block: its line names them in their order.
const say = (part) => {
  const chosen = [...part.querySelectorAll("[data-item] select[name=service]")].map(({ value, selectedOptions: [one] }) => value && one.textContent.trim());
  part.querySelector("[data-part=said]").textContent = chosen.filter(Boolean).join(part.dataset.textBetween) || part.dataset.textNone;
};

const each = (root) => root.querySelectorAll("[data-fallback]").forEach(say);
for (const kind of ["change", "rows-changed"]) {
  document.addEventListener(kind, ({ target }) => {
    const part = target.closest("[data-fallback]");
    if (part) say(part);
    else if (kind === "rows-changed") each(target);
  });
}
each(document);
