// The form of a message (通知内容): parameters go in at the cursor, and what looks at it or tries it is told which
// kind of event is open.
//
//   [data-inserting] [data-insert="{name}"]   puts its text into the field last used of the same group
//   details[data-kind]                        one kind of event; content-opened tells that it opened
//   [data-looks]                              asks about the kind that is open and the alarm that is chosen
const used = new WeakMap(); // group → the field last used in it

document.addEventListener("focusin", ({ target }) => {
  const group = target.matches("[data-templated]") && target.closest("[data-inserting]");
  if (group) used.set(group, target);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-insert]");
  const group = button?.closest("[data-inserting]");
  if (!group) return;
  const known = used.get(group);
  const field = known?.isConnected ? known : group.querySelector("textarea");
  field.focus();
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener(
  "toggle",
  ({ target }) => {
    if (target.dataset.kind && target.open) target.dispatchEvent(new CustomEvent("content-opened", { bubbles: true }));
  },
  true,
);

document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.dataset.looks === undefined) return;
  detail.parameters.kind = document.querySelector("details[data-kind][open]")?.dataset.kind ?? "raised";
  detail.parameters.alarm = document.querySelector("#preview-alarm").value;
});
