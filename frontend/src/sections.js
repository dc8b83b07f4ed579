// A box with data-shows="#section" shows that section while it is ticked.
document.addEventListener("change", ({ target }) => {
  if (target.dataset.shows) document.querySelector(target.dataset.shows).hidden = !target.checked;
});
