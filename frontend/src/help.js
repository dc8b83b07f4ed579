// dialog[data-help] stands beside its form and is put away by its button; on a small screen it covers the page.
// [data-learn="chapter"] opens it at #help-chapter, [data-help-search] narrows the chapters.
const help = document.querySelector("dialog[data-help]");
const KEY = "dingbell-help";
const wide = window.matchMedia("(min-width: 75rem)");

if (help) {
  const button = document.querySelector("[data-help-button]");
  const chapters = [...help.querySelectorAll("details")];

  const tell = () => {
    button.setAttribute("aria-expanded", String(help.open));
    help.parentElement.toggleAttribute("data-helped", help.open);
  };
  const open = () => {
    if (!help.open) {
      if (wide.matches) help.show();
      else help.showModal();
    }
    tell();
  };
  const shut = () => {
    help.close();
    tell();
  };
  const remember = () => {
    if (wide.matches) localStorage.setItem(KEY, help.open ? "open" : "shut");
  };

  button.addEventListener("click", () => {
    if (help.open) shut();
    else open();
    remember();
  });
  help.querySelector("[data-help-close]").addEventListener("click", () => {
    shut();
    remember();
  });
  help.addEventListener("close", tell);
  wide.addEventListener("change", shut);

  document.addEventListener("click", ({ target }) => {
    const learn = target.closest("[data-learn]");
    const chapter = learn && document.getElementById(`help-${learn.dataset.learn}`);
    if (!chapter) return;
    search.value = "";
    narrow();
    open();
    chapter.open = true;
    chapter.scrollIntoView({ block: "nearest" });
    chapter.querySelector("summary").focus();
  });

  const search = help.querySelector("[data-help-search]");
  const narrow = () => {
    const wanted = search.value.trim().toLowerCase();
    for (const chapter of chapters) chapter.hidden = !chapter.textContent.toLowerCase().includes(wanted);
    for (const title of help.querySelectorAll("h3")) title.hidden = wanted !== "";
    help.querySelector("[data-help-none]").hidden = chapters.some((chapter) => !chapter.hidden);
  };
  search.addEventListener("input", narrow);

  if (wide.matches && localStorage.getItem(KEY) !== "shut") {
    // show() would take the focus away from the form.
    help.setAttribute("open", "");
    tell();
  }
}
