// [data-opens="#dialog"] opens a <dialog>; [data-closes] and its backdrop close it.
document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-opens]");
  if (opener) document.querySelector(opener.dataset.opens).showModal();
  if (target.closest("[data-closes]") || target.matches("dialog[data-light]")) target.closest("dialog").close();
});
