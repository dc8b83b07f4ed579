// A form as one document in the words of the REST API, and the problems of that document back at its fields.
//
//   form[data-document]            the document
//   [data-object="app"]            an object in it
//   [data-list="robots"]           a list; each [data-item] in it is one object
//   [data-map="labels"]            an object whose items have the fields `name` and `value`
//   [data-value="keywords"]        a part that knows its own value (see `parts` below)
//   input[name], select[name] …    a field; data-type="number" for ids, "count" for how many (empty: 0), data-many for boxes that fill a list
//   input[data-secret]             left out while empty: what is stored stays; data-cleared removes it
//
// What stands in something [hidden] or [data-apart] is left out. Errors show in the nearest [data-field].
const SCOPE = "[data-object], [data-item], [data-apart], form";
const PART = "[data-object], [data-list], [data-map], [data-value], input[name], select[name], textarea[name]";

/** Parts with a value of their own: element → {value(), problem?(steps, message), forget?()}. */
export const parts = new WeakMap();

const nameOf = ({ dataset, name }) => dataset.object ?? dataset.list ?? dataset.map ?? dataset.value ?? name;
const partsOf = (scope) => [...scope.querySelectorAll(PART)].filter((part) => part.parentElement.closest(SCOPE) === scope);
const itemsOf = (list) =>
  [...list.querySelectorAll("[data-item]")].filter((item) => item.parentElement.closest("[data-list], [data-map]") === list);

/** The document of a form, or of one object in it. */
export function read(scope) {
  const found = {};
  for (const part of partsOf(scope)) {
    if (part.closest("[hidden]")) continue;
    const name = nameOf(part);
    if (part.dataset.many !== undefined) {
      found[name] ??= [];
      if (part.checked) found[name].push(part.dataset.type === "number" ? Number(part.value) : part.value);
    } else {
      const value = valueOf(part);
      if (value !== undefined) found[name] = value;
    }
  }
  return found;
}

function valueOf(part) {
  const { dataset } = part;
  if (parts.has(part)) return parts.get(part).value();
  if (dataset.object !== undefined) return read(part);
  if (dataset.list !== undefined) return itemsOf(part).map(read);
  if (dataset.map !== undefined) {
    const entries = itemsOf(part).map(read);
    return Object.fromEntries(entries.filter(({ name }) => name).map(({ name, value }) => [name, value]));
  }
  if (part.type === "checkbox") return part.checked;
  if (dataset.secret !== undefined && part.value === "") return dataset.cleared === undefined ? undefined : "";
  if (dataset.type === "count") return Math.min(Math.round(Number(part.value)), 1e9);
  if (dataset.type === "number") return part.value === "" ? null : Number(part.value);
  return part.value;
}

/** Show `message` at the field that a path like `robots[0].webhook` names. */
export function showProblem(form, path, message) {
  const steps = path.split(/[.[\]]+/).filter(Boolean).map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  let place = form;
  while (steps.length) {
    if (parts.get(place)?.problem) break;
    const next = below(place, steps[0]);
    if (!next) break;
    place = next;
    steps.shift();
  }
  const part = parts.get(place);
  if (part?.problem) part.problem(steps, message);
  else mark(place === form ? form.querySelector("[data-general]") : place, message);
}

const below = (place, step) =>
  typeof step === "number"
    ? place.dataset.list === undefined
      ? undefined
      : itemsOf(place)[step]
    : place.matches(SCOPE)
      ? partsOf(place).find((part) => nameOf(part) === step)
      : undefined;

/** Put a message below a field. */
export function mark(place, message) {
  const box = place.closest("[data-field]") ?? place;
  const text = document.createElement("div");
  text.className = "invalid-feedback d-block";
  text.dataset.problem = "";
  text.textContent = message;
  box.append(text);
  const inputs = place.matches("input, select, textarea") ? [place] : [...place.querySelectorAll(":scope > input")];
  for (const input of inputs) {
    input.classList.add("is-invalid");
    input.setAttribute("aria-invalid", "true");
  }
  for (let folded = place.closest("details"); folded; folded = folded.parentElement.closest("details")) folded.open = true;
}

export function clearProblems(root) {
  for (const part of root.querySelectorAll("[data-value]")) parts.get(part)?.forget?.();
  for (const text of root.querySelectorAll("[data-problem]")) text.remove();
  for (const input of root.querySelectorAll("[aria-invalid]")) {
    input.classList.remove("is-invalid");
    input.removeAttribute("aria-invalid");
  }
}
