// [data-tags]: several short texts in one field. Enter, a comma or leaving the field makes a tag of what is
// typed; Backspace in the empty field takes the last one back.
import { parts } from "./fields.js";

const BETWEEN = /[,，;；\n]+/;

function adopt(field) {
  const input = field.querySelector("input");
  const values = [...field.querySelectorAll(".tag")].map((tag) => tag.textContent);

  const typed = () => input.value.split(BETWEEN).map((part) => part.trim()).filter(Boolean);
  const draw = () => {
    for (const tag of field.querySelectorAll(".tag")) tag.remove();
    values.forEach((value, place) => input.before(chip(value, () => take(place))));
    input.placeholder = values.length ? "" : (input.dataset.placeholder ??= input.placeholder);
  };
  const changed = () => {
    draw();
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const take = (place) => {
    values.splice(place, 1);
    changed();
    input.focus();
  };
  const settle = () => {
    const fresh = typed().filter((value) => !values.includes(value));
    input.value = "";
    values.push(...new Set(fresh));
    changed();
  };
  const chip = (value, remove) => {
    const tag = document.createElement("span");
    tag.className = "tag";
    tag.textContent = value;
    const button = document.createElement("button");
    button.type = "button";
    button.ariaLabel = `${field.dataset.textRemove} ${value}`;
    button.textContent = "×";
    button.addEventListener("click", remove);
    tag.append(button);
    return tag;
  };

  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (typed().length) settle();
    } else if (event.key === "Backspace" && input.value === "" && values.length) {
      take(values.length - 1);
    }
  });
  input.addEventListener("input", (event) => {
    const chosen = input.list && !event.inputType?.startsWith("insertText") && isOffered(input);
    if (!event.isComposing && (BETWEEN.test(input.value) || chosen)) settle();
  });
  input.addEventListener("change", (event) => event.stopPropagation());
  input.addEventListener("blur", () => input.value.trim() && settle());
  field.addEventListener("click", ({ target }) => target === field && input.focus());
  parts.set(field, { value: () => [...new Set([...values, ...typed()])] });
  draw();
}

// A suggestion that was picked, rather than typed letter by letter.
const isOffered = (input) => [...input.list.options].some((option) => option.value === input.value);

const adoptAll = (root) => root.querySelectorAll("[data-tags]").forEach((field) => parts.has(field) || adopt(field));
adoptAll(document);
document.addEventListener("rows-changed", ({ target }) => adoptAll(target));
