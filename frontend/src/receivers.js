// [data-receivers]: whom of the chosen service a block tells. Everyone, or those ticked in a list that is
// searched, so that thousands can be chosen from. data-receivers holds the first choice: "robot 1,account 7".
import { parts } from "./fields.js";

const SHOWN = 100;
const asked = new Map(); // address → promise of [{kind, id, name, detail}]
const keyOf = ({ kind, id }) => `${kind} ${id}`;

function ask(address) {
  if (!asked.has(address)) asked.set(address, fetch(address).then((answer) => answer.json()).then((json) => json.receivers));
  return asked.get(address);
}

function adopt(field) {
  const find = (name) => field.querySelector(`[data-part=${name}]`);
  const [every, choice, search, list, more] = ["every", "choice", "search", "list", "more"].map(find);
  const block = field.closest("[data-item]");
  const service = block.querySelector("[name=service]");
  const title = block.querySelector("[data-title]");
  const chosen = new Set(field.dataset.receivers.split(",").filter(Boolean));
  let receivers = [];

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const found = receivers.filter((one) => `${one.name} ${one.detail}`.toLowerCase().includes(wanted));
    const first = receivers.filter((one) => chosen.has(keyOf(one)));
    const rest = found.filter((one) => !chosen.has(keyOf(one)));
    list.replaceChildren(...[...first, ...rest.slice(0, SHOWN)].map(row));
    more.hidden = rest.length <= SHOWN;
    search.hidden = receivers.length <= 10;
    show();
  }

  function show() {
    choice.hidden = every.checked;
    const text = every.checked ? title.dataset.textEvery : title.dataset.textChosen;
    const count = every.checked ? receivers.length : chosen.size;
    title.textContent = service.value
      ? text.replace("{service}", service.selectedOptions[0].textContent.trim()).replace("{count}", count)
      : "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function row(receiver) {
    const drawn = find("row").content.firstElementChild.cloneNode(true);
    const box = drawn.querySelector("input");
    box.checked = chosen.has(keyOf(receiver));
    box.addEventListener("change", () => {
      if (box.checked) chosen.add(keyOf(receiver));
      else chosen.delete(keyOf(receiver));
      show();
    });
    drawn.querySelector(`[data-kind=${receiver.kind}]`).hidden = false;
    drawn.querySelector("[data-name]").textContent = receiver.name;
    drawn.querySelector("[data-detail]").textContent = receiver.detail;
    return drawn;
  }

  async function load() {
    const address = service.selectedOptions[0]?.dataset.address;
    receivers = address ? await ask(address) : [];
    draw();
  }

  service.addEventListener("change", () => {
    chosen.clear();
    every.checked = true;
    search.value = "";
    load();
  });
  every.addEventListener("change", show);
  search.addEventListener("input", draw);
  const picked = () => [...chosen].map((key) => key.split(" ")).map(([kind, id]) => ({ [kind]: Number(id) }));
  parts.set(field, { value: () => (every.checked ? null : picked()) });
  load();
}

const adoptAll = (root) => root.querySelectorAll("[data-receivers]").forEach((field) => parts.has(field) || adopt(field));
adoptAll(document);
document.addEventListener("rows-changed", ({ target }) => adoptAll(target));
