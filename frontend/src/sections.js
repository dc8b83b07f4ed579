// A box with data-shows="#section" shows that section while it is ticked; of several choices each shows its own.
document.addEventListener("change", ({ target }) => {
  const group = target.type === "radio" && target.form;
  const boxes = group ? group.querySelectorAll(`[type=radio][name="${CSS.escape(target.name)}"]`) : [target];
  for (const box of boxes) if (box.dataset.shows) document.querySelector(box.dataset.shows).hidden = !box.checked;
});
