// A switch in a list sends itself (htmx); when that fails it goes back to what is true.
const back = ({ detail }) => {
  if (detail.elt.matches("[data-switch]")) detail.elt.checked = !detail.elt.checked;
};
for (const kind of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(kind, back);
