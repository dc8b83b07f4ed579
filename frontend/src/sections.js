// A box with data-shows="#section" shows that section while it is ticked; of several choices each shows its own.
document.addEventListener("change", ({ target }) => {
  const choices = target.type === "radio" ? target.form?.elements[target.name] ?? target : target;
  for (const one of choices instanceof RadioNodeList ? choices : [choices]) {
    if (one.dataset.shows) document.querySelector(one.dataset.shows).hidden = !one.checked;
  }
});
